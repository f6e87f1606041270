/// Layers whose result is added to their input: x + f(x).
///
/// Source: "Deep Residual Learning for Image Recognition", He and others 2016.
public struct Residual: Layer {
  package let body: Sequential

  /// Describes layers around which the input is led; they keep its shape.
  public init(_ body: Sequential) { self.body = body }

  public var parameters: [ParameterSpecification] { body.parameters }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.adding(body(x, binding))
  }
}
