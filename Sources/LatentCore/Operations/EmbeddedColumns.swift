extension Variable {
  /// A matrix of `width` columns, zero but for these from `start` on: the adjoint of ``columns(_:)``.
  ///
  /// - Precondition: The value is a matrix, and the wider one has room for it there.
  package func columns(amongZerosAt start: Int, of width: Int) -> Variable {
    let shape = shape
    precondition(
      shape.count == 2 && start >= 0 && start + shape[1] <= width,
      "A tensor of shape \(shape) is not part of \(width) columns from \(start) on.")
    let y = Tensor(unsafeUninitialized: [shape[0], width]) { out in
      out.initialize(repeating: 0)
      value.withElements { elements in
        for row in 0..<shape[0] {
          _ = out[row * width + start..<row * width + start + shape[1]]
            .update(fromContentsOf: elements[row * shape[1]..<(row + 1) * shape[1]])
        }
      }
    }
    return tape.record(self, value: y) { dy, _ in
      // On a tape without anything watched this is no more than the columns themselves.
      [Tape(threads: 1).constant(dy).columns(start..<start + shape[1]).value]
    }
  }
}
