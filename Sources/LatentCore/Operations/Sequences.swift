extension Variable {
  /// Each vector along the last dimension to mean 0 and variance 1, then scaled and shifted channel by channel.
  ///
  /// y = scale·(x − mean)/√(variance + ε) + offset, with the biased variance.
  ///
  /// Source: "Layer Normalization", Ba and others 2016.
  ///
  /// - Precondition: Scale and offset have the shape [channels].
  public func layerNormalized(scale: Variable, offset: Variable, epsilon: Float) -> Variable {
    let (x, factors, threads) = (value, scale.value, tape.threads)
    let y = Kernels.layerNorm(x, scale: factors, offset: offset.value, epsilon: epsilon, threads: threads)
    return tape.record(
      self, scale, offset,
      operation: Operation(value: y) { dy, needed in
        let (dx, dscale, doffset) = Kernels.layerNormBackward(
          x, scale: factors, dy, epsilon: epsilon, needsVectors: needed[1] || needed[2], threads: threads)
        return [dx, dscale, doffset]
      })
  }

  /// The Gaussian error linear unit of each element.
  public func gelu(_ form: GELU) -> Variable {
    let (x, threads) = (value, tape.threads)
    return tape.record(
      self,
      operation: Operation(value: Kernels.gelu(x, form, threads: threads)) { dy, _ in
        [Kernels.geluBackward(x, dy, form, threads: threads)]
      })
  }

  /// Multi-head attention, softmax(Q·Kᵀ/√d)·V for each of the heads, which have d = width/heads channels each.
  ///
  /// This variable is [batch, tokens, 3·width], queries, keys and values side by side; the result is
  /// [batch, tokens, width]. A causal one lets a token attend to itself and to those before it.
  ///
  /// Source: "Attention Is All You Need", Vaswani and others 2017.
  ///
  /// - Precondition: The last length is a multiple of 3·heads.
  public func attended(heads: Int, isCausal: Bool) -> Variable {
    let (qkv, threads) = (value, tape.threads)
    let y = Kernels.attention(qkv, heads: heads, isCausal: isCausal, threads: threads)
    return tape.record(
      self,
      operation: Operation(value: y) { dy, _ in
        [Kernels.attentionBackward(qkv, dy, heads: heads, isCausal: isCausal, threads: threads)]
      })
  }

  /// Sequences [batch, tokens, width] with a row of `positions` added to each token.
  ///
  /// A `token` is a vector that is put before each sequence, and so has the first position.
  ///
  /// - Precondition: The shapes agree.
  public func positioned(by positions: Variable, behind token: Variable? = nil) -> Variable {
    let hasToken = token != nil
    return tape.record(
      self, positions, token,
      operation: Operation(
        value: Kernels.positioned(value, token: token?.value, positions: positions.value)
      ) { dy, needed in
        let (dx, dtoken, dpositions) = Kernels.positionedBackward(
          dy, hasToken: hasToken, needed: (needed[0], needed[2], needed[1]))
        return [dx, dpositions, dtoken]
      })
  }

  /// The rows of a matrix that `indices` name, in that order.
  ///
  /// - Precondition: The variable is a matrix that has these rows.
  public func rows(_ indices: [Int]) -> Variable {
    let count = shape.first ?? 0
    return tape.record(
      self,
      operation: Operation(value: value.rows(indices)) { dy, _ in
        [Kernels.rowsBackward(dy, indices: indices, count: count)]
      })
  }
}
