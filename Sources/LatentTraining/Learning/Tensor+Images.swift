import LatentCore

extension Tensor {
  /// Those images of a batch, or rows of a matrix, that `indices` name, in that order.
  func images(_ indices: [Int]) -> Tensor {
    let size = count / max(shape[0], 1)
    return reshaped(to: [shape[0], size]).rows(indices).reshaped(to: [indices.count] + shape.dropFirst())
  }
}
