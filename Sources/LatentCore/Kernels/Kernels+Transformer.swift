import CKernels

/// What transformers are made of besides matrix products.
extension Kernels {
  // MARK: - Layer normalisation

  static func layerNorm(
    _ x: Tensor, scale: Tensor, offset: Tensor, epsilon: Float, threads: Int
  ) -> Tensor {
    let channels = channels(of: x, scale, offset)
    return Tensor(unsafeUninitialized: x.shape) { y in
      x.withElements { x in
        scale.withElements { scale in
          offset.withElements { offset in
            ck_layer_norm_forward(
              x.count / max(channels, 1), channels, epsilon, x.baseAddress, scale.baseAddress,
              offset.baseAddress, y.baseAddress, Int32(threads))
          }
        }
      }
    }
  }

  /// The cotangents of the input and, where asked for, of the scale and the offset.
  static func layerNormBackward(
    _ x: Tensor, scale: Tensor, _ dy: Tensor, epsilon: Float, needsVectors: Bool, threads: Int
  ) -> (dx: Tensor, dscale: Tensor?, doffset: Tensor?) {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    let channels = channels(of: x, scale, scale)
    var (dscale, doffset): (Tensor?, Tensor?)
    let dx = Tensor(unsafeUninitialized: x.shape) { dx in
      x.withElements { x in
        scale.withElements { scale in
          dy.withElements { dy in
            func run(_ dscale: UnsafeMutablePointer<Float>?, _ doffset: UnsafeMutablePointer<Float>?) {
              ck_layer_norm_backward(
                x.count / max(channels, 1), channels, epsilon, x.baseAddress, scale.baseAddress,
                dy.baseAddress, dx.baseAddress, dscale, doffset, Int32(threads))
            }
            guard needsVectors else { return run(nil, nil) }
            dscale = Tensor(unsafeUninitialized: [channels]) { dscale in
              doffset = Tensor(unsafeUninitialized: [channels]) { doffset in
                run(dscale.baseAddress, doffset.baseAddress)
              }
            }
          }
        }
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
      x.withElements { ck_gelu_forward(form.kernel, $0.count, $0.baseAddress, y.baseAddress, Int32(threads)) }
    }
  }

  /// The input's cotangent, from the input and the output's cotangent.
  static func geluBackward(_ x: Tensor, _ dy: Tensor, _ form: GELU, threads: Int) -> Tensor {
    precondition(x.shape == dy.shape, "An output of shape \(x.shape) has no cotangent of shape \(dy.shape).")
    return Tensor(unsafeUninitialized: x.shape) { dx in
      x.withElements { x in
        dy.withElements { dy in
          ck_gelu_backward(
            form.kernel, x.count, x.baseAddress, dy.baseAddress, dx.baseAddress, Int32(threads))
        }
      }
    }
  }

  // MARK: - Attention

  /// Of the queries, keys and values [batch, tokens, 3·width], side by side, the attended values.
  static func attention(_ qkv: Tensor, heads: Int, isCausal: Bool, threads: Int) -> Tensor {
    var shape = attentionShape(qkv.shape, heads, isCausal)
    return Tensor(unsafeUninitialized: [shape.batch, shape.tokens, shape.width]) { y in
      qkv.withElements { ck_attention_forward(&shape, $0.baseAddress, y.baseAddress, Int32(threads)) }
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
      qkv.withElements { qkv in
        dy.withElements { dy in
          ck_attention_backward(
            &shape, qkv.baseAddress, dy.baseAddress, dqkv.baseAddress, Int32(threads))
        }
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
      x.withElements { x in
        withElements(of: token) { token in
          positions.withElements {
            ck_positions_forward(
              y.count / max($0.count, 1), positions.shape[0], positions.shape[1], x.baseAddress, token,
              $0.baseAddress, y.baseAddress)
          }
        }
      }
    }
  }

  /// The cotangents of the sequences, the token and the positions, those that are needed.
  static func positionedBackward(
    _ dy: Tensor, hasToken: Bool, needed: (x: Bool, token: Bool, positions: Bool)
  ) -> (dx: Tensor?, dtoken: Tensor?, dpositions: Tensor?) {
    let (batch, tokens, width) = (dy.shape[0], dy.shape[1], dy.shape[2])
    func part(
      _ isNeeded: Bool, _ shape: [Int],
      _ run: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
    ) -> Tensor? {
      guard isNeeded else { return nil }
      return Tensor(unsafeUninitialized: shape) { part in
        dy.withElements { run($0.baseAddress, part.baseAddress) }
      }
    }
    return (
      part(needed.x, [batch, tokens - (hasToken ? 1 : 0), width]) {
        ck_positions_backward(batch, tokens, width, hasToken, $0, $1, nil, nil)
      },
      part(needed.token, [width]) {
        ck_positions_backward(batch, tokens, width, hasToken, $0, nil, $1, nil)
      },
      part(needed.positions, [tokens, width]) {
        ck_positions_backward(batch, tokens, width, hasToken, $0, nil, nil, $1)
      }
    )
  }

  /// The cotangent of a table of `count` rows, from that of the rows looked up.
  static func rowsBackward(_ dy: Tensor, indices: [Int], count: Int) -> Tensor {
    let width = dy.shape[1]
    var table = Tensor(shape: [count, width], repeating: 0)
    table.withMutableElements { table in
      dy.withElements {
        ck_add_rows(indices.count, width, indices.map { UInt32($0) }, $0.baseAddress, table.baseAddress)
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
