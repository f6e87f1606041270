/// The largest value of each window; see ``Variable/maxPooled(kernel:stride:)`` for windows at the border.
package struct MaxPool: Layer {
  package let kernel: Int
  package let stride: Int

  /// Describes a pooling with square windows.
  package init(kernel: Int, stride: Int) { (self.kernel, self.stride) = (kernel, stride) }

  package var parameters: [ParameterSpecification] { [] }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.maxPooled(kernel: kernel, stride: stride)
  }
}
