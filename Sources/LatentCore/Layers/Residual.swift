/// Layers whose result is added to their input, or to a shortcut of it: shortcut(x) + f(x).
///
/// Source: "Deep Residual Learning for Image Recognition", He and others 2016.
package struct Residual: Layer {
  package let body: Sequential
  package let shortcut: Sequential

  /// Describes layers around which the input is led; both ways end in the same shape.
  package init(_ body: Sequential, shortcut: Sequential = Sequential([])) {
    (self.body, self.shortcut) = (body, shortcut)
  }

  package var parameters: [ParameterSpecification] { shortcut.parameters + body.parameters }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    shortcut(x, binding).adding(body(x, binding))
  }
}
