extension Tensor {
  /// The elements with dimensions in another order: dimension i of the result is dimension `order[i]` of this tensor.
  ///
  /// Filters of other layouts are converted with it, once, when a checkpoint is read.
  ///
  /// - Precondition: `order` names each dimension once.
  package func permuted(_ order: [Int]) -> Tensor {
    precondition(
      order.sorted() == Array(shape.indices), "\(order) is no order of the dimensions of \(shape).")
    var strides = [Int](repeating: 1, count: shape.count)
    for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
    let lengths = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    return Tensor(unsafeUninitialized: lengths) { out in
      withElements { elements in
        var index = [Int](repeating: 0, count: lengths.count)
        var source = 0
        for place in out.indices {
          out.initializeElement(at: place, to: elements[source])
          for i in lengths.indices.reversed() {
            index[i] += 1
            source += steps[i]
            if index[i] < lengths[i] { break }
            index[i] = 0
            source -= steps[i] * lengths[i]
          }
        }
      }
    }
  }
}
