extension Variable {
  /// The largest value of each window of an NHWC image, channel by channel.
  ///
  /// y[b, i, j, c] = max x[b, i·s + p, j·s + q, c] over p, q in 0 ..< kernel. There are ⌈(size − kernel)/s⌉ + 1
  /// windows along an axis, less a last one that would begin outside. The last may reach outside; it has only the
  /// pixels that exist (PyTorch's `ceil_mode`). The cotangent goes to the first largest value of a window, row by row.
  ///
  /// - Precondition: The input is [batch, height, width, channels] and at least as large as the kernel.
  public func maxPooled(kernel: Int, stride: Int) -> Variable {
    let (x, threads) = (value, tape.threads)
    let y = Kernels.maxPool(x, kernel: kernel, stride: stride, threads: threads)
    return tape.record(
      self,
      operation: Operation(value: y) { dy, _ in
        [Kernels.maxPoolBackward(x, y, dy, kernel: kernel, stride: stride, threads: threads)]
      })
  }
}
