extension Variable {
  /// Images at another size: a linear map along the rows and one along the columns.
  ///
  /// y[b, i, j, c] = Σ R[i, p]·C[j, q]·x[b, p, q, c] for x [batch, height, width, channels].
  ///
  /// - Precondition: The height and the width are the tables' inputs.
  /// - Complexity: For each row of the result its taps times the width, and for each pixel its taps.
  public func resampled(rows: ResamplingTaps, columns: ResamplingTaps) -> Variable {
    let threads = tape.threads
    return tape.record(
      self,
      operation: Operation(
        value: Kernels.resample(value, rows: rows, columns: columns, threads: threads)
      ) { dy, _ in
        [Kernels.resample(dy, rows: rows.transposed, columns: columns.transposed, threads: threads)]
      })
  }
}
