extension Variable {
  /// Some neighboring columns of a matrix.
  ///
  /// - Precondition: The matrix has these columns.
  public func columns(_ range: Range<Int>) -> Variable {
    let shape = shape
    precondition(
      shape.count == 2 && range.lowerBound >= 0 && range.upperBound <= shape[1],
      "A tensor of shape \(shape) has no columns \(range).")
    return tape.record(
      self,
      operation: Operation(value: value.columns(range)) { dy, _ in
        let dx = Tensor(unsafeUninitialized: shape) { dx in
          dx.initialize(repeating: 0)
          dy.withElements { dy in
            for row in 0..<shape[0] {
              let start = row * shape[1] + range.lowerBound
              _ = dx[start..<start + range.count]
                .update(fromContentsOf: dy[row * range.count..<(row + 1) * range.count])
            }
          }
        }
        return [dx]
      })
  }
}

extension Tensor {
  fileprivate func columns(_ range: Range<Int>) -> Tensor {
    let (rows, width) = (shape[0], shape[1])
    return Tensor(unsafeUninitialized: [rows, range.count]) { out in
      withElements { elements in
        for row in 0..<rows {
          let start = row * width + range.lowerBound
          _ = out[row * range.count..<(row + 1) * range.count]
            .update(fromContentsOf: elements[start..<start + range.count])
        }
      }
    }
  }
}
