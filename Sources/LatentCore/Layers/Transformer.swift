/// Layer normalization over the last dimension; the tensors are `path.scale` and `path.offset`.
///
/// Source: "Layer Normalization", Ba and others 2016.
package struct LayerNorm: Layer {
  package let path: String
  package let channels: Int
  package let epsilon: Float

  /// Describes a normalization of `channels` channels; `epsilon` is PyTorch's unless said otherwise.
  package init(path: String, channels: Int, epsilon: Float = 1e-5) {
    (self.path, self.channels, self.epsilon) = (path, channels, epsilon)
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(path: path + ".scale", shape: [channels], initializer: .constant(1)),
      ParameterSpecification(path: path + ".offset", shape: [channels], initializer: .constant(0)),
    ]
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.layerNormalized(
      scale: binding.variable(path + ".scale"), offset: binding.variable(path + ".offset"),
      epsilon: epsilon)
  }
}

/// Layers of a transformer, each of two parts: attention, and contraction(GELU(expansion(x))).
///
/// Sequences are [batch, tokens, width]. Block i is at `path.block{i}`, with the parts `norm1`, `attention.inputs`,
/// `attention.output`, `norm2`, `expansion` and `contraction`.
///
/// Source: "Attention Is All You Need", Vaswani and others 2017; the initial values are those of CLIP (Radford and
/// others 2021).
package struct Transformer: Layer {
  /// Where a part is normalized.
  package enum Normalization: Sendable {
    /// x ← x + part(norm(x)), as in CLIP.
    case ofInputs
    /// x ← norm(x + part(x)), as in the first transformers and BERT.
    case ofSums(epsilon: Float)
  }

  package let blocks: [Sequential]

  /// Describes a transformer; an expansion goes to four times the width unless said otherwise.
  ///
  /// - Precondition: `heads` divides `width`.
  package init(
    path: String, width: Int, heads: Int, depth: Int, isCausal: Bool, gelu: GELU, expandedWidth: Int? = nil,
    normalization: Normalization = .ofInputs
  ) {
    precondition(heads > 0 && width % heads == 0, "\(heads) heads do not divide \(width) channels.")
    let deviation = 1 / Float(width).squareRoot()
    let last = deviation / Float(2 * depth).squareRoot()
    let expanded = expandedWidth ?? 4 * width
    blocks = (0..<depth).map { index in
      let block = "\(path).block\(index)."
      func linear(_ name: String, from inputs: Int, to outputs: Int, _ deviation: Float) -> Linear {
        Linear(
          Weight(path: block + name, hasBias: true, initialization: .normal(deviation: deviation)),
          inputs: inputs, outputs: outputs)
      }
      func part(_ norm: String, _ layers: [any Layer]) -> [any Layer] {
        switch normalization {
        case .ofInputs:
          [Residual(Sequential([LayerNorm(path: block + norm, channels: width)] + layers))]
        case .ofSums(let epsilon):
          [
            Residual(Sequential(layers)),
            LayerNorm(path: block + norm, channels: width, epsilon: epsilon),
          ]
        }
      }
      return Sequential(
        part(
          "norm1",
          [
            linear("attention.inputs", from: width, to: 3 * width, deviation),
            Attention(heads: heads, isCausal: isCausal),
            linear("attention.output", from: width, to: width, last),
          ])
          + part(
            "norm2",
            [
              linear("expansion", from: width, to: expanded, deviation / Float(2).squareRoot()),
              GELULayer(form: gelu),
              linear("contraction", from: expanded, to: width, last),
            ]))
    }
  }

  package var parameters: [ParameterSpecification] { blocks.flatMap(\.parameters) }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
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
