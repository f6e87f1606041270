import LatentArithmetic
import LatentCore
import LatentText

/// What a small sentence encoder learns: texts as its own tokens, and the teacher's feature of each.
package struct SentenceLessons: Sendable {
  /// The teacher's tokenizer with the tokens that are kept.
  let tokenizer: WordPiece
  /// The teacher's features of single tokens, [tokens, size].
  let tokenFeatures: Tensor
  /// The texts' tokens: single words first.
  package let texts: [[Int]]
  /// The teacher's features of the texts, [texts, size].
  package let targets: Tensor
  private let words: Int

  init(
    _ recipe: SentenceEncoderRecipe, teacher: SentenceEncoder, texts phrases: [String], seed: UInt64,
    report: (StepProgress) -> Void
  ) throws {
    let (tokenizer, kept) = teacher.tokenizer.keeping { token in
      !Self.isUnused(token) && (recipe.keepsAllScripts || token.unicodeScalars.allSatisfy(Self.isLatin))
    }
    let (start, end) = (teacher.tokenizer.start, teacher.tokenizer.end)
    let tokens = tokenizer.vocabulary
    let single = try teacher.features(
      "reading single tokens", of: kept.map { [start, $0, end] }, report: report)
    let words = tokens.indices.filter { tokens[$0].unicodeScalars.allSatisfy(\.properties.isAlphabetic) }
    let mixed = Self.mixed(phrases, words.map { tokens[$0] }, count: recipe.mixedTexts, seed: seed)
    let all = phrases + mixed
    let features = try teacher.features(
      "reading texts", of: all.map { teacher.tokens(of: $0) }, report: report)
    (self.tokenizer, self.words, tokenFeatures) = (tokenizer, words.count, single)
    texts =
      words.map { [tokenizer.start, $0, tokenizer.end] }
      + all.map { tokenizer.tokens(of: $0, atMost: recipe.positions) }
    targets = .concatenated([single.rows(words), features])
  }

  /// Texts of a step, a third of them single words.
  func chosen(_ count: Int, seed: UInt64, name: String) -> [Int] {
    var stream = RandomStream(seed: seed, name: name)
    let single = words > 0 ? count / 3 : 0
    return (0..<count).map {
      $0 < single ? stream.index(below: words) : words + stream.index(below: texts.count - words)
    }
  }

  // MARK: - Beginning

  /// The first principal components of the texts' features, [width, size]; nil where these are not finite.
  ///
  /// Rows beyond the features' own size are 0.
  func components(_ width: Int, threads: Int) -> Tensor? {
    let size = targets.shape[1]
    let moments = Kernels.matrixProduct(targets, targets, transposingFirst: true, threads: threads)
    guard let eigen = Kernels.symmetricEigen(moments.elements.map(Double.init), order: size) else {
      return nil
    }
    var rows = [Float](repeating: 0, count: width * size)
    for (index, value) in eigen.vectors.prefix(rows.count).enumerated() { rows[index] = Float(value) }
    return Tensor(shape: [width, size], elements: rows)
  }

  /// The features of single tokens as their parts along components, [tokens, width].
  ///
  /// Numbers are about 1, which the rate of Adam is made for. The start and the end are in every text: being opposite,
  /// they begin by adding nothing.
  func table(by components: Tensor, threads: Int) -> Tensor {
    var table = Kernels.matrixProduct(tokenFeatures, components, transposingSecond: true, threads: threads)
    let width = components.shape[0]
    let scale = Float(width).squareRoot()
    table.withMutableElements { table in
      for index in table.indices { table[index] *= scale }
      for column in 0..<width {
        table[tokenizer.end * width + column] = -table[tokenizer.start * width + column]
      }
    }
    return table
  }

  // MARK: - Texts

  /// Texts with one or two of their words replaced by others: what nouns nobody listed mean in phrases is learned of them.
  private static func mixed(_ texts: [String], _ words: [String], count: Int, seed: UInt64) -> [String] {
    var stream = RandomStream(seed: seed, name: "mixed texts")
    let words = words.filter { $0.unicodeScalars.count > 2 }
    guard !words.isEmpty else { return [] }
    return (0..<count).map { _ in
      var parts = texts[stream.index(below: texts.count)].split(separator: " ").map(String.init)
      for _ in 0...stream.index(below: 2) where !parts.isEmpty {
        parts[stream.index(below: parts.count)] = words[stream.index(below: words.count)]
      }
      return parts.joined(separator: " ")
    }
  }

  /// Whether a vocabulary has a token for nothing but later use.
  private static func isUnused(_ token: String) -> Bool { token.hasPrefix("[unused") && token.hasSuffix("]") }

  /// Latin letters with those of their phonetic signs left out, and general punctuation.
  private static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x250 || (0x2000..<0x2100).contains(scalar.value)
  }
}

extension SentenceEncoder {
  /// The features of texts of tokens, with progress.
  fileprivate func features(
    _ activity: String, of texts: [[Int]], report: (StepProgress) -> Void
  ) throws -> Tensor {
    // Texts of one length are run together, whatever their order.
    let order = texts.indices.sorted { (texts[$0].count, $0) < (texts[$1].count, $1) }
    var parts: [Tensor] = []
    try StepLoop.forEach(activity, of: texts.count, batch: 512, report: report) { items in
      parts.append(features(ofTokens: order[items].map { texts[$0] }))
    }
    var rows = [Int](repeating: 0, count: texts.count)
    for (row, text) in order.enumerated() { rows[text] = row }
    return Tensor.concatenated(parts).rows(rows)
  }
}
