import LatentCore
import Testing

/// Keras's `same` padding.
struct ConvolutionGeometryTests {
  // ⌈size/stride⌉ outputs need (outputs − 1)·stride + kernel − size zeros, the odd one at the bottom right.
  @Test(arguments: [
    (kernel: 4, stride: 1, before: 1, after: 2), (4, 2, 1, 1), (5, 1, 2, 2), (5, 2, 1, 2), (1, 1, 0, 0),
  ])
  func samePadsAsKerasDoes(kernel: Int, stride: Int, before: Int, after: Int) {
    for size in [2, 6, 80] {
      let geometry = ConvolutionGeometry.same(kernel: kernel, stride: stride, size: size)
      let padding = ConvolutionGeometry.Padding(top: before, bottom: after, left: before, right: after)
      #expect(geometry == ConvolutionGeometry(kernel: kernel, stride: stride, padding: padding))
      let tape = Tape(threads: 1)
      let x = tape.constant(Tensor(shape: [1, size, size, 1], repeating: 1))
      let w = tape.constant(Tensor(shape: [kernel, kernel, 1, 1], repeating: 1))
      let expected = [1, size / stride, size / stride, 1]
      #expect(x.convolved(with: w, geometry).shape == expected)
    }
  }
}
