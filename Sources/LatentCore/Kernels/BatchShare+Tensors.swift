extension BatchShare {
  /// The sum over the rows that lie here of tensors, which ``GradientSums`` adds to those of the other ranks.
  func ownSum(rows: Int, threads: Int, _ part: (Range<Int>) -> Tensor) -> Tensor {
    ownSum(rows: rows, part) { Kernels.add($1, to: &$0, threads: threads) }
  }
}
