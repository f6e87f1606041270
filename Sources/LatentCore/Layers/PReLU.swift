/// The rectifier with a trained slope for each channel, at `path.slope`: x above zero, slope·x below.
///
/// Source: "Delving Deep into Rectifiers", He and others 2015, whose slopes begin at 0.25.
public struct PReLU: Layer {
  package let path: String
  package let channels: Int

  /// Describes a rectifier of `channels` channels.
  public init(path: String, channels: Int) { (self.path, self.channels) = (path, channels) }

  public var parameters: [ParameterSpecification] {
    [ParameterSpecification(path: path + ".slope", shape: [channels], initializer: .constant(0.25))]
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.prelu(slope: binding.variable(path + ".slope"))
  }
}
