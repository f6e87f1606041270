extension Variable {
  /// The matrix product self·b, or self·bᵀ.
  ///
  /// - Precondition: Both are matrices whose inner lengths agree.
  public func matrixProduct(_ b: Variable, transposingSecond: Bool = false) -> Variable {
    let (a, right, threads) = (value, b.value, tape.threads)
    let share = share(with: b)
    let product = Kernels.matrixProduct(a, right, transposingSecond: transposingSecond, threads: threads)
    return tape.recordSliced(self, b, value: product) { dc, needed in
      let da =
        needed[0]
        ? Kernels.matrixProduct(dc, right, transposingSecond: !transposingSecond, threads: threads) : nil
      guard needed[1] else { return [da, nil] }
      let (first, second) = transposingSecond ? (dc, a) : (a, dc)
      return [
        da,
        share.ownSum(rows: a.shape[0], threads: threads) {
          Kernels.productOfRows(first, second, $0, threads: threads)
        },
      ]
    }
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: Both shapes hold as many elements.
  public func reshaped(to shape: [Int]) -> Variable {
    let original = value.shape
    return tape.record(self, value: value.reshaped(to: shape)) { dy, _ in [dy.reshaped(to: original)] }
  }

  /// self + b, element by element.
  ///
  /// - Precondition: The shapes are equal.
  public func adding(_ b: Variable) -> Variable {
    tape.record(
      self, b,
      value: Kernels.linearCombination(1, value, 1, b.value, threads: tape.threads)
    ) { dy, _ in [dy, dy] }
  }

  /// self − b, element by element, b being a constant.
  ///
  /// - Precondition: The shapes are equal.
  package func subtracting(_ b: Tensor) -> Variable {
    tape.record(self, value: value.subtracting(b)) { dy, _ in [dy] }
  }

  /// Each element multiplied by a number.
  public func scaled(by factor: Float) -> Variable {
    let threads = tape.threads
    func scale(_ x: Tensor) -> Tensor { Kernels.linearCombination(factor, x, 0, x, threads: threads) }
    return tape.record(self, value: scale(value)) { dy, _ in [scale(dy)] }
  }

  /// The mean over all elements, a scalar.
  public func mean() -> Variable {
    let (shape, count, threads) = (value.shape, Float(share.whole(value.count)), tape.threads)
    let sum = share.sum(rows: shape.first ?? 1) { rows in
      let part = value.part(rows)
      return [Kernels.dot(part, Tensor(shape: part.shape, repeating: 1), threads: threads)]
    }
    return tape.record(self, value: Tensor(shape: [], repeating: Float(sum[0]) / count)) { dy, _ in
      [Tensor(shape: shape, repeating: dy.scalar / count)]
    }
  }
}
