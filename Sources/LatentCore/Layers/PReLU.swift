/// The rectifier with a trained slope for each channel, at `path.slope`: x above zero, slope·x below.
///
/// Source: "Delving Deep into Rectifiers", He and others 2015, whose slopes begin at 0.25.
package struct PReLU: Layer {
  package let path: String
  package let channels: Int

  /// Describes a rectifier of `channels` channels.
  package init(path: String, channels: Int) { (self.path, self.channels) = (path, channels) }

  package var parameters: [ParameterSpecification] {
    [ParameterSpecification(path: path + ".slope", shape: [channels], initializer: .constant(0.25))]
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.prelu(slope: binding.variable(path + ".slope"))
  }
}
