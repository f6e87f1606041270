extension Tensor {
  /// The rows of a matrix that `indices` name, in that order.
  ///
  /// - Precondition: The tensor is a matrix that has these rows.
  package func rows(_ indices: [Int]) -> Tensor {
    precondition(shape.count == 2, "Rows are taken of a matrix, not of shape \(shape).")
    let width = shape[1]
    return Tensor(unsafeUninitialized: [indices.count, width]) { out in
      withElements { elements in
        for (row, index) in indices.enumerated() {
          precondition(index >= 0 && index < shape[0], "A matrix of \(shape[0]) rows has no row \(index).")
          _ = out[row * width..<(row + 1) * width]
            .update(fromContentsOf: elements[index * width..<(index + 1) * width])
        }
      }
    }
  }

  /// Neighboring rows along the first dimension; nothing is copied where they are all.
  ///
  /// - Precondition: The tensor has these rows.
  package func part(_ rows: Range<Int>) -> Tensor {
    let length = shape.first ?? 1
    if rows == 0..<length { return self }
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= length, "A tensor of shape \(shape) has no rows \(rows).")
    let size = count / length
    return withElements { elements in
      Tensor(
        shape: [rows.count] + shape.dropFirst(),
        elements: elements[rows.lowerBound * size..<rows.upperBound * size])
    }
  }

  /// The elements of one row of a matrix.
  package func row(_ index: Int) -> [Float] { rows([index]).elements }

  /// Tensors of equal shape, each one a row range of the result, stacked along the first dimension.
  ///
  /// - Precondition: There is at least one, and all agree in every dimension but the first.
  package static func concatenated(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { preconditionFailure("There is nothing to concatenate.") }
    let tail = first.shape.dropFirst()
    let length = parts.reduce(0) { length, part in
      precondition(
        part.shape.dropFirst() == tail, "Shapes \(first.shape) and \(part.shape) cannot be concatenated.")
      return length + part.shape[0]
    }
    return Tensor(unsafeUninitialized: [length] + tail) { out in
      var start = 0
      for part in parts {
        part.withElements { elements in
          _ = out[start..<start + elements.count].update(fromContentsOf: elements)
          start += elements.count
        }
      }
    }
  }
}
