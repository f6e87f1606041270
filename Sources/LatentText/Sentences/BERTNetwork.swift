import LatentCore

/// The sizes of a BERT.
package struct BERTArchitecture: Sendable, Equatable {
  package var width: Int
  package var heads: Int
  package var depth: Int
  /// What each token's feed-forward part expands to.
  package var expandedWidth: Int
  package var vocabularySize: Int
  /// The most tokens of a text.
  package var positions: Int
  /// The kinds of text that tokens may belong to; a sentence is of the first.
  package var types: Int
  /// What is added to variances before they are divided by.
  package var epsilon: Float
}

/// Texts as tokens, to the means of what the last layer makes of their tokens, [count, width].
///
/// Source: Devlin and others, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019;
/// the mean is that of Reimers and Gurevych, "Sentence-BERT", 2019.
package struct BERTNetwork: Sendable {
  private let architecture: BERTArchitecture
  private let transformer: Transformer
  private let norm: LayerNorm

  package init(_ architecture: BERTArchitecture) {
    self.architecture = architecture
    transformer = Transformer(
      path: "text", width: architecture.width, heads: architecture.heads, depth: architecture.depth,
      isCausal: false, gelu: .exact, expandedWidth: architecture.expandedWidth,
      normalization: .ofSums(epsilon: architecture.epsilon))
    norm = LayerNorm(path: "text.norm", channels: architecture.width, epsilon: architecture.epsilon)
  }

  package var parameters: [ParameterSpecification] {
    func table(_ name: String, _ rows: Int) -> ParameterSpecification {
      ParameterSpecification(
        path: "text." + name, shape: [rows, architecture.width],
        initializer: .normal(mean: 0, deviation: 0.02))
    }
    return [
      table("embeddings", architecture.vocabularySize), table("positions", architecture.positions),
      table("types", architecture.types),
    ] + norm.parameters + transformer.parameters
  }

  /// The means of texts of equal length.
  ///
  /// - Parameters:
  ///   - texts: The tokens of each text, with the start and the end.
  ///   - binding: Holds the parameters.
  /// - Returns: The means, a row each.
  /// - Precondition: There is a text, all have as many tokens, at least one and at most as many as there are positions, and
  ///   tokens are of the vocabulary.
  package func callAsFunction(_ texts: [[Int]], _ binding: Binding) -> Variable {
    let (length, width) = (texts.first?.count ?? 0, architecture.width)
    precondition(
      length > 0 && texts.allSatisfy { $0.count == length },
      "Texts of one length are run together, not of \(texts.map(\.count)) tokens.")
    let places = binding.variable("text.positions").rows(Array(0..<length))
      .adding(binding.variable("text.types").rows([Int](repeating: 0, count: length)))
    let tokens = binding.variable("text.embeddings").rows(texts.flatMap { $0 })
      .reshaped(to: [texts.count, length, width])
      .positioned(by: places)
    return transformer(norm(tokens, binding), binding)
      .reshaped(to: [texts.count, length, 1, width])
      .resampled(rows: .windowMeans(from: length, to: 1), columns: .windowMeans(from: 1, to: 1))
      .reshaped(to: [texts.count, width])
  }

  /// The parameters' source in a checkpoint of Hugging Face, with or without `bert.` before the names.
  ///
  /// The numbers of the positions, which some checkpoints hold, say nothing, and the pooler serves the sentence pairs that a
  /// BERT is first trained on.
  func source(of file: TensorFile) -> WeightSource {
    var modules = ["text.norm": "embeddings.LayerNorm"]
    var places: [String: WeightSource.Place] = [
      "text.embeddings": .init("embeddings.word_embeddings.weight", isTurned: false),
      "text.positions": .init("embeddings.position_embeddings.weight", isTurned: false),
      "text.types": .init("embeddings.token_type_embeddings.weight", isTurned: false),
    ]
    for index in 0..<architecture.depth {
      let (ours, theirs) = ("text.block\(index).", "encoder.layer.\(index).")
      for (part, module) in Self.modules { modules[ours + part] = theirs + module }
      for kind in ["weight", "bias"] {
        let attention = theirs + "attention.self."
        places[ours + "attention.inputs." + kind] = .init(
          attention + "query." + kind, attention + "key." + kind, attention + "value." + kind, isTurned: true)
      }
    }
    return WeightSource(
      file, modules: modules, tensors: places,
      prefix: file.prefix(beforeOneOf: [
        "embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.weight",
      ]),
      ignoring: { $0.hasPrefix("pooler.") || $0.hasSuffix("position_ids") })
  }

  private static let modules = [
    "norm1": "attention.output.LayerNorm", "attention.output": "attention.output.dense",
    "norm2": "output.LayerNorm", "expansion": "intermediate.dense", "contraction": "output.dense",
  ]
}
