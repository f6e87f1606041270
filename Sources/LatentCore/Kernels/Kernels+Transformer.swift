import CKernels

/// What transformers are made of besides matrix products.
extension Kernels {
  // MARK: - Layer normalization

  static func layerNorm(
    _ x: Tensor, scale: Tensor, offset: Tensor, epsilon: Float, threads: Int
  ) -> Tensor {
    let channels = channels(of: x, scale, offset)
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x, scale, offset) { x, scale, offset in
        ck_layer_norm_forward(
          y.count / max(channels, 1), channels, epsilon, x, scale, offset, y.baseAddress, Int32(threads))
      }
    }
  }

  /// The cotangents of the input and, where asked for, of the scale and the offset.
  static func layerNormBackward(
    _ x: Tensor, scale: Tensor, _ dy: Tensor, epsilon: Float, needsVectors: Bool, threads: Int
  ) -> (dx: Tensor, dscale: Tensor?, doffset: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let channels = channels(of: x, scale, scale)
    let rows = x.count / max(channels, 1)
    var dx = unwritten(x.shape)
    var (dscale, doffset) = needsVectors ? (unwritten([channels]), unwritten([channels])) : (nil, nil)
    withMutablePointers(to: &dx, &dscale, &doffset) { dx, dscale, doffset in
      withPointers(to: x, scale, dy) { x, scale, dy in
        ck_layer_norm_backward(
          rows, channels, epsilon, x, scale, dy, dx, dscale, doffset, Int32(threads))
      }
    }
    return (dx, dscale, doffset)
  }

  private static func channels(of x: Tensor, _ scale: Tensor, _ offset: Tensor) -> Int {
    let channels = x.shape.last ?? 1
    precondition(
      scale.shape == [channels] && offset.shape == [channels],
      "A scale and an offset of shapes \(scale.shape) and \(offset.shape) do not fit an input of shape \(x.shape)."
    )
    return channels
  }

  // MARK: - Gaussian error linear units

  static func gelu(_ x: Tensor, _ form: GELU, threads: Int) -> Tensor {
    Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x) { ck_gelu_forward(form.kernel, y.count, $0, y.baseAddress, Int32(threads)) }
    }
  }

  /// The input's cotangent, from the input and the output's cotangent.
  static func geluBackward(_ x: Tensor, _ dy: Tensor, _ form: GELU, threads: Int) -> Tensor {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    return Tensor(unsafeUninitialized: x.shape) { dx in
      withPointers(to: x, dy) { x, dy in
        ck_gelu_backward(form.kernel, dx.count, x, dy, dx.baseAddress, Int32(threads))
      }
    }
  }

  // MARK: - Attention

  /// Of the queries, keys and values [batch, tokens, 3·width], side by side, the attended values.
  static func attention(_ qkv: Tensor, heads: Int, isCausal: Bool, threads: Int) -> Tensor {
    var shape = attentionShape(qkv.shape, heads, isCausal)
    return Tensor(unsafeUninitialized: [shape.batch, shape.tokens, shape.width]) { y in
      withPointers(to: qkv) { ck_attention_forward(&shape, $0, y.baseAddress, Int32(threads)) }
    }
  }

  /// The cotangent of the queries, keys and values.
  static func attentionBackward(
    _ qkv: Tensor, _ dy: Tensor, heads: Int, isCausal: Bool, threads: Int
  ) -> Tensor {
    var shape = attentionShape(qkv.shape, heads, isCausal)
    precondition(
      dy.shape == [shape.batch, shape.tokens, shape.width],
      "Queries, keys and values of shape \(qkv.shape) have no cotangent of shape \(dy.shape).")
    return Tensor(unsafeUninitialized: qkv.shape) { dqkv in
      withPointers(to: qkv, dy) { qkv, dy in
        ck_attention_backward(&shape, qkv, dy, dqkv.baseAddress, Int32(threads))
      }
    }
  }

  private static func attentionShape(_ qkv: [Int], _ heads: Int, _ isCausal: Bool) -> ck_attention {
    precondition(
      qkv.count == 3 && heads > 0 && qkv[2] % (3 * heads) == 0,
      "Attention of \(heads) heads cannot take queries, keys and values of shape \(qkv).")
    return ck_attention(
      batch: qkv[0], tokens: qkv[1], width: qkv[2] / 3, heads: heads, is_causal: isCausal)
  }

  // MARK: - Tokens

  /// x + positions, behind a token where there is one.
  static func positioned(_ x: Tensor, token: Tensor?, positions: Tensor) -> Tensor {
    precondition(
      x.shape.count == 3 && positions.shape == [x.shape[1] + (token == nil ? 0 : 1), x.shape[2]]
        && token?.shape ?? [x.shape[2]] == [x.shape[2]],
      "A token and positions of shapes \(token?.shape ?? []) and \(positions.shape) do not fit sequences of shape "
        + "\(x.shape).")
    return Tensor(unsafeUninitialized: [x.shape[0]] + positions.shape) { y in
      let (batch, tokens, width) = (
        y.count / max(positions.count, 1), positions.shape[0], positions.shape[1]
      )
      withPointers(to: x, token, positions) { x, token, positions in
        ck_positions_forward(batch, tokens, width, x, token, positions, y.baseAddress)
      }
    }
  }

  /// The cotangents of the sequences, the token and the positions, those that are needed.
  static func positionedBackward(
    _ dy: Tensor, hasToken: Bool, needed: (x: Bool, token: Bool, positions: Bool)
  ) -> (dx: Tensor?, dtoken: Tensor?, dpositions: Tensor?) {
    let (batch, tokens, width) = (dy.shape[0], dy.shape[1], dy.shape[2])
    var dx = needed.x ? unwritten([batch, tokens - (hasToken ? 1 : 0), width]) : nil
    var dtoken = needed.token ? unwritten([width]) : nil
    var dpositions = needed.positions ? unwritten([tokens, width]) : nil
    withMutablePointers(to: &dx, &dtoken, &dpositions) { dx, dtoken, dpositions in
      withPointers(to: dy) {
        ck_positions_backward(batch, tokens, width, hasToken, $0, dx, dtoken, dpositions)
      }
    }
    return (dx, dtoken, dpositions)
  }

  /// The cotangent of a table of `count` rows, from that of the rows looked up.
  static func rowsBackward(_ dy: Tensor, indices: [Int], count: Int) -> Tensor {
    let width = dy.shape[1]
    var table = Tensor(shape: [count, width], repeating: 0)
    table.withMutableElements { table in
      withPointers(to: dy) { dy in
        ck_add_rows(indices.count, width, indices.map { UInt32($0) }, dy, table.baseAddress)
      }
    }
    return table
  }
}

/// The two forms of the Gaussian error linear unit.
///
/// Source: "Gaussian Error Linear Units (GELUs)", Hendrycks and Gimpel 2016.
package enum GELU: Sendable, Hashable {
  /// x·Φ(x), Φ being the normal distribution.
  case exact
  /// x·σ(1.702·x), which OpenAI's CLIP calls QuickGELU.
  case logistic

  fileprivate var kernel: ck_gelu { self == .exact ? CK_GELU_EXACT : CK_GELU_LOGISTIC }
}
