import LatentArithmetic
import LatentCore

/// The sizes of a CLIP with a vision transformer.
package struct CLIPArchitecture: Sendable, Equatable {
  /// The sizes of one of the two towers.
  package struct Tower: Sendable, Equatable {
    package var width: Int
    package var heads: Int
    package var depth: Int
  }

  package var featureSize: Int
  /// The height and width of the images, a multiple of `patchSize`.
  package var imageSize: Int
  package var patchSize: Int
  package var vision: Tower
  package var text: Tower
  package var vocabularySize: Int
  /// The most tokens of a text.
  package var contextLength: Int
  package var gelu: GELU
}

/// Images [batch, size, size, 3], normalized, to features [batch, featureSize] of any length.
///
/// Source: Radford and others, "Learning Transferable Visual Models From Natural Language Supervision", 2021;
/// Dosovitskiy and others, "An Image is Worth 16x16 Words", 2020.
package struct VisionTower: Layer {
  private let architecture: CLIPArchitecture
  private let patches: Convolution
  private let transformer: Transformer
  private let (before, after): (LayerNorm, LayerNorm)

  package init(_ architecture: CLIPArchitecture) {
    self.architecture = architecture
    let (width, size) = (architecture.vision.width, architecture.patchSize)
    patches = Convolution(
      Weight(path: "vision.patches", hasBias: false, initialization: .normal(deviation: 0.02)),
      inChannels: 3, outChannels: width,
      geometry: ConvolutionGeometry(
        kernel: size, stride: size, padding: .init(top: 0, bottom: 0, left: 0, right: 0)))
    before = LayerNorm(path: "vision.before", channels: width)
    after = LayerNorm(path: "vision.after", channels: width)
    transformer = Transformer(
      path: "vision", width: width, heads: architecture.vision.heads, depth: architecture.vision.depth,
      isCausal: false, gelu: architecture.gelu)
  }

  package var parameters: [ParameterSpecification] {
    let side = architecture.imageSize / architecture.patchSize
    let width = architecture.vision.width
    let deviation = 1 / Float(width).squareRoot()
    func tensor(_ name: String, _ shape: [Int]) -> ParameterSpecification {
      ParameterSpecification(
        path: "vision." + name, shape: shape, initializer: .normal(mean: 0, deviation: deviation))
    }
    return patches.parameters + [
      tensor("class", [width]), tensor("positions", [side * side + 1, width]),
      tensor("projection", [width, architecture.featureSize]),
    ] + before.parameters + transformer.parameters + after.parameters
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    let (batch, width) = (x.shape[0], architecture.vision.width)
    let patches = patches(x, binding)
    let sequence = patches.reshaped(to: [batch, patches.shape[1] * patches.shape[2], width])
      .positioned(by: binding.variable("vision.positions"), behind: binding.variable("vision.class"))
    let tokens = transformer(before(sequence, binding), binding)
    // Only the first token of each sequence is read.
    let count = tokens.shape[1]
    let first = tokens.reshaped(to: [batch * count, width]).rows((0..<batch).map { $0 * count })
    return after(first, binding).matrixProduct(binding.variable("vision.projection"))
  }
}

/// Texts as tokens, to features [count, featureSize] of any length.
///
/// A text's feature is read at its end token, and no token sees those behind it: so a batch is run only as far as the
/// end of its longest text, with the same result.
///
/// Source: Radford and others 2021.
package struct TextTower: Sendable {
  private let architecture: CLIPArchitecture
  private let transformer: Transformer
  private let after: LayerNorm

  package init(_ architecture: CLIPArchitecture) {
    self.architecture = architecture
    transformer = Transformer(
      path: "text", width: architecture.text.width, heads: architecture.text.heads,
      depth: architecture.text.depth, isCausal: true, gelu: architecture.gelu)
    after = LayerNorm(path: "text.after", channels: architecture.text.width)
  }

  package var parameters: [ParameterSpecification] {
    let width = architecture.text.width
    func tensor(_ name: String, _ shape: [Int], _ deviation: Float) -> ParameterSpecification {
      ParameterSpecification(
        path: "text." + name, shape: shape, initializer: .normal(mean: 0, deviation: deviation))
    }
    return [
      tensor("embeddings", [architecture.vocabularySize, width], 0.02),
      tensor("positions", [architecture.contextLength, width], 0.01),
      tensor("projection", [width, architecture.featureSize], 1 / Float(width).squareRoot()),
    ] + transformer.parameters + after.parameters
  }

  /// The features of texts.
  ///
  /// - Parameters:
  ///   - texts: The tokens of each text, with the start and the end; what stands behind the end does not matter.
  ///   - binding: Holds the parameters.
  ///   - length: How many tokens are run, at least up to the last end; nil for no more than that.
  /// - Returns: The features, a row each.
  /// - Precondition: There is a text, none is empty or longer than the context, and tokens are of the vocabulary.
  package func callAsFunction(_ texts: [[Int]], _ binding: Binding, length: Int? = nil) -> Variable {
    // The end token has the largest number there is, as the published code relies on.
    let ends = texts.map { text in text.firstIndex(of: text.max() ?? 0) ?? 0 }
    let length = length ?? (ends.max() ?? 0) + 1
    precondition(
      length <= architecture.contextLength && ends.allSatisfy { $0 < length },
      "Texts of up to \((ends.max() ?? 0) + 1) tokens do not fit \(length) of \(architecture.contextLength).")
    let tokens = texts.flatMap { text in
      (0..<length).map { $0 < text.count ? text[$0] : 0 }
    }
    let width = architecture.text.width
    let sequence = binding.variable("text.embeddings").rows(tokens)
      .reshaped(to: [texts.count, length, width])
      .positioned(by: binding.variable("text.positions").rows(Array(0..<length)))
    let last = transformer(sequence, binding).reshaped(to: [texts.count * length, width])
      .rows(ends.enumerated().map { $0.offset * length + $0.element })
    return after(last, binding).matrixProduct(binding.variable("text.projection"))
  }
}
