extension Tape {
  /// Computes a part of a network of which only the inputs are kept, and which is computed again for its gradient.
  ///
  /// Memory for time: the tape keeps the inputs instead of all that `segment` would record, at the price of computing
  /// it twice. Values are the same, bit for bit. So are gradients, but that of an input which is also used elsewhere may
  /// have its parts added in another order: those of the segment come as one sum.
  ///
  /// Source: "Training Deep Nets with Sublinear Memory Cost", Chen and others 2016.
  ///
  /// - Parameters:
  ///   - inputs: All variables that the segment depends on. Parameters that it reads besides are constants.
  ///   - segment: Computes the part from variables of the inputs' values, which may be on another tape. It is called
  ///     once now and once for the gradient, and must compute the same.
  /// - Returns: What the segment returned.
  /// - Precondition: The inputs are on this tape; the segment's result is on the tape of the variables it is given.
  package func checkpointed(
    _ inputs: [Variable], segment: @escaping (_ inputs: [Variable]) -> Variable
  ) -> Variable {
    let (values, threads) = (inputs.map(\.value), threads)
    let value = segment(values.map(constant)).value
    return record(
      inputs,
      value: value
    ) { dy, needed in
      let tape = Tape(threads: threads)
      let variables = values.indices.map { index in
        needed[index] ? tape.watch(values[index], path: "\(index)") : tape.constant(values[index])
      }
      let gradients = tape.gradients(of: segment(variables), cotangent: dy)
      return values.indices.map { gradients["\($0)"] }
    }
  }
}
