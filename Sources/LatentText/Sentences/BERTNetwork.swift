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
  /// How many numbers the table has for a token, of which a dense layer without a bias makes `width`; nil where it has
  /// `width` itself.
  package var tableWidth: Int?
  /// How many numbers a last dense layer makes of each mean; nil where there is none.
  package var outputs: Int?

  /// How many numbers a feature has.
  package var featureSize: Int { outputs ?? width }

  /// Describes a BERT.
  package init(
    width: Int, heads: Int, depth: Int, expandedWidth: Int, vocabularySize: Int, positions: Int, types: Int,
    epsilon: Float, tableWidth: Int? = nil, outputs: Int? = nil
  ) {
    (self.width, self.heads, self.depth, self.expandedWidth) = (width, heads, depth, expandedWidth)
    (self.vocabularySize, self.positions, self.types) = (vocabularySize, positions, types)
    (self.epsilon, self.tableWidth, self.outputs) = (epsilon, tableWidth, outputs)
  }
}

/// Texts as tokens, to the means of what the last layer makes of their tokens, and of these what a dense layer without a
/// bias makes where there is one, [count, featureSize].
///
/// Source: Devlin and others, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019;
/// the mean is that of Reimers and Gurevych, "Sentence-BERT", 2019.
package struct BERTNetwork: Sendable {
  private let architecture: BERTArchitecture
  private let transformer: Transformer
  private let norm: LayerNorm
  private let projection: Linear?
  private let dense: Linear?

  package init(_ architecture: BERTArchitecture) {
    self.architecture = architecture
    transformer = Transformer(
      path: "text", width: architecture.width, heads: architecture.heads, depth: architecture.depth,
      isCausal: false, gelu: .exact, expandedWidth: architecture.expandedWidth,
      normalization: .ofSums(epsilon: architecture.epsilon))
    norm = LayerNorm(path: "text.norm", channels: architecture.width, epsilon: architecture.epsilon)
    func linear(_ name: String, from inputs: Int, to outputs: Int) -> Linear {
      Linear(
        Weight(path: "text." + name, hasBias: false, initialization: .glorotUniform), inputs: inputs,
        outputs: outputs)
    }
    projection = architecture.tableWidth.map { linear("projection", from: $0, to: architecture.width) }
    dense = architecture.outputs.map { linear("dense", from: architecture.width, to: $0) }
  }

  package var parameters: [ParameterSpecification] {
    func table(_ name: String, _ rows: Int, width: Int? = nil) -> ParameterSpecification {
      ParameterSpecification(
        path: "text." + name, shape: [rows, width ?? architecture.width],
        initializer: .normal(mean: 0, deviation: 0.02))
    }
    return [
      table("embeddings", architecture.vocabularySize, width: architecture.tableWidth),
      table("positions", architecture.positions),
      table("types", architecture.types),
    ] + norm.parameters + transformer.parameters
      + [projection, dense].compactMap { $0 }.flatMap(\.parameters)
  }

  /// The features of texts of equal length, of any length.
  ///
  /// - Parameters:
  ///   - texts: The tokens of each text, with the start and the end.
  ///   - binding: Holds the parameters.
  /// - Returns: The features, a row each.
  /// - Precondition: There is a text, all have as many tokens, at least one and at most as many as there are positions, and
  ///   tokens are of the vocabulary.
  package func callAsFunction(_ texts: [[Int]], _ binding: Binding) -> Variable {
    let length = texts.first?.count ?? 0
    precondition(
      length > 0 && texts.allSatisfy { $0.count == length },
      "Texts of one length are run together, not of \(texts.map(\.count)) tokens.")
    return features(
      ofTokens: binding.variable("text.embeddings").rows(texts.flatMap { $0 }), texts: texts.count, binding)
  }

  /// The features of texts of any lengths, those of one length together: which texts they are of, and a row for each.
  ///
  /// The table is read once for all, since each reading makes a gradient of the whole table.
  ///
  /// - Precondition: As above, but for the equal lengths.
  package func features(
    ofTexts texts: [[Int]], _ binding: Binding
  ) -> [(texts: [Int], features: Variable)] {
    let groups = Dictionary(grouping: texts.indices) { texts[$0].count }.sorted { $0.key < $1.key }
    let tokens = binding.variable("text.embeddings").rows(groups.flatMap { $0.value.flatMap { texts[$0] } })
    var start = 0
    return groups.map { length, members in
      let rows = start..<start + length * members.count
      start = rows.upperBound
      return (members, features(ofTokens: tokens.rows(Array(rows)), texts: members.count, binding))
    }
  }

  /// The features of texts of equal length, of their tokens' rows of the table, one text after the other.
  private func features(ofTokens rows: Variable, texts: Int, _ binding: Binding) -> Variable {
    let (length, width) = (rows.shape[0] / texts, architecture.width)
    let places = binding.variable("text.positions").rows(Array(0..<length))
      .adding(binding.variable("text.types").rows([Int](repeating: 0, count: length)))
    let tokens = (projection?(rows, binding) ?? rows).reshaped(to: [texts, length, width]).positioned(
      by: places)
    let means = transformer(norm(tokens, binding), binding)
      .reshaped(to: [texts, length, 1, width])
      .resampled(rows: .windowMeans(from: length, to: 1), columns: .windowMeans(from: 1, to: 1))
      .reshaped(to: [texts, width])
    return dense?(means, binding) ?? means
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
