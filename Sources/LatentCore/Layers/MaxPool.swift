/// The largest value of each window; see ``Variable/maxPooled(kernel:stride:)`` for windows at the border.
public struct MaxPool: Layer {
  package let kernel: Int
  package let stride: Int

  /// Describes a pooling with square windows.
  public init(kernel: Int, stride: Int) { (self.kernel, self.stride) = (kernel, stride) }

  public var parameters: [ParameterSpecification] { [] }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.maxPooled(kernel: kernel, stride: stride)
  }
}
