/// Layer normalization over the last dimension; the tensors are `path.scale` and `path.offset`.
///
/// Source: "Layer Normalization", Ba and others 2016.
public struct LayerNorm: Layer {
  package static let epsilon: Float = 1e-5

  package let path: String
  package let channels: Int

  /// Describes a normalization of `channels` channels.
  public init(path: String, channels: Int) { (self.path, self.channels) = (path, channels) }

  public var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(path: path + ".scale", shape: [channels], initializer: .constant(1)),
      ParameterSpecification(path: path + ".offset", shape: [channels], initializer: .constant(0)),
    ]
  }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.layerNormalized(
      scale: binding.variable(path + ".scale"), offset: binding.variable(path + ".offset"),
      epsilon: Self.epsilon)
  }
}

/// Layers of a transformer: x ← x + attention(norm(x)), then x ← x + contraction(GELU(expansion(norm(x)))).
///
/// Sequences are [batch, tokens, width]; the expansion is fourfold. Block i is at `path.block{i}`, with the parts
/// `norm1`, `attention.inputs`, `attention.output`, `norm2`, `expansion` and `contraction`.
///
/// Source: "Attention Is All You Need", Vaswani and others 2017, with the norms first; the initial values are those of
/// CLIP (Radford and others 2021).
public struct Transformer: Layer {
  package let blocks: [Sequential]

  /// Describes a transformer.
  ///
  /// - Precondition: `heads` divides `width`.
  public init(path: String, width: Int, heads: Int, depth: Int, isCausal: Bool, gelu: GELU) {
    precondition(heads > 0 && width % heads == 0, "\(heads) heads do not divide \(width) channels.")
    let deviation = 1 / Float(width).squareRoot()
    let last = deviation / Float(2 * depth).squareRoot()
    blocks = (0..<depth).map { index in
      let block = "\(path).block\(index)."
      func linear(_ name: String, from inputs: Int, to outputs: Int, _ deviation: Float) -> Linear {
        Linear(
          Weight(path: block + name, hasBias: true, initialization: .normal(deviation: deviation)),
          inputs: inputs, outputs: outputs)
      }
      return Sequential([
        Residual(
          Sequential([
            LayerNorm(path: block + "norm1", channels: width),
            linear("attention.inputs", from: width, to: 3 * width, deviation),
            Attention(heads: heads, isCausal: isCausal),
            linear("attention.output", from: width, to: width, last),
          ])),
        Residual(
          Sequential([
            LayerNorm(path: block + "norm2", channels: width),
            linear("expansion", from: width, to: 4 * width, deviation / Float(2).squareRoot()),
            GELULayer(form: gelu),
            linear("contraction", from: 4 * width, to: width, last),
          ])),
      ])
    }
  }

  public var parameters: [ParameterSpecification] { blocks.flatMap(\.parameters) }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    blocks.reduce(x) { x, block in block(x, binding) }
  }
}

/// Multi-head attention to queries, keys and values that stand side by side.
private struct Attention: Layer {
  let heads: Int
  let isCausal: Bool

  var parameters: [ParameterSpecification] { [] }

  func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.attended(heads: heads, isCausal: isCausal)
  }
}

private struct GELULayer: Layer {
  let form: GELU

  var parameters: [ParameterSpecification] { [] }

  func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable { x.gelu(form) }
}
