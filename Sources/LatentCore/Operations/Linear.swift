extension Variable {
  /// The matrix product self·b.
  ///
  /// - Precondition: Both are matrices whose inner lengths agree.
  public func matrixProduct(_ b: Variable) -> Variable {
    let (a, right, threads) = (value, b.value, tape.threads)
    return tape.record(self, b, value: Kernels.matrixProduct(a, right, threads: threads)) { dc, needed in
      [
        needed[0] ? Kernels.matrixProduct(dc, right, transposingSecond: true, threads: threads) : nil,
        needed[1] ? Kernels.matrixProduct(a, dc, transposingFirst: true, threads: threads) : nil,
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

  /// Each element multiplied by a number.
  public func scaled(by factor: Float) -> Variable {
    let threads = tape.threads
    func scale(_ x: Tensor) -> Tensor { Kernels.linearCombination(factor, x, 0, x, threads: threads) }
    return tape.record(self, value: scale(value)) { dy, _ in [scale(dy)] }
  }

  /// The mean over all elements, a scalar.
  public func mean() -> Variable {
    let (shape, count) = (value.shape, Float(value.count))
    let ones = Tensor(shape: shape, repeating: 1)
    let mean = Float(Kernels.dot(value, ones, threads: tape.threads)) / count
    return tape.record(self, value: Tensor(shape: [], repeating: mean)) { dy, _ in
      [Tensor(shape: shape, repeating: dy.scalar / count)]
    }
  }
}
