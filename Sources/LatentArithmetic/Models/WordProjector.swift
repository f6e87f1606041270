import Foundation
import LatentCore

/// Gives each word its direction in a latent space.
///
/// A word of a file of word vectors goes through the projector's network; without such a file, the model's own table
/// of common words serves, or its projector of texts, which knows phrases and sentences, too, where a sentence encoder is
/// at hand. All give calibrated directions: θ = 1 makes most photos show the attribute.
public struct WordProjector<Space: LatentSpace>: Sendable {
  /// The code of the mean of the images that the projector was trained on: the plainest face there is.
  public let meanCode: Latent<Space>
  private let source: Source

  /// Where directions come from.
  private enum Source {
    case table(WordVectors)
    /// The table knows the words that the vectors lack.
    case vectors(Projected, table: WordVectors)
    case texts(TextReader)
  }

  /// A trained projector with the word vectors that it knows.
  private struct Projected {
    let network: ProjectorNetwork
    let parameters: Parameters
    let vectors: WordVectors
    let threads: Int
  }

  /// Gives words directions that were found in another way: boundaries, principal components, differences of means.
  ///
  /// - Parameters:
  ///   - directions: The direction of each word; words are looked up as they are written, or else in lower case.
  ///   - meanCode: The code of the plainest image, such as the mean of W.
  /// - Precondition: There is at least one word, and all directions have as many numbers as the code.
  public init(directions: [String: Direction<Space>], meanCode: Latent<Space>) {
    let words = directions.sorted { $0.key < $1.key }
    precondition(!words.isEmpty, "A projector knows at least one word.")
    for (word, direction) in words {
      precondition(
        direction.values.count == meanCode.values.count,
        "The direction of “\(word)” has \(direction.values.count) numbers, and codes have \(meanCode.values.count)."
      )
    }
    source = .table(WordVectors(words: words.map(\.key), values: words.flatMap(\.value.values)))
    self.meanCode = meanCode
  }

  /// The words whose direction is known, the most frequent first.
  public var words: WordVectors.Words { known.words }

  private var known: WordVectors {
    switch source {
    case .table(let table): table
    case .vectors(let projected, _): projected.vectors
    case .texts(let reader): reader.projector.words
    }
  }

  /// The direction of a word as it is written, or else of its lower case.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)`` with the known words that are spelt most alike.
  public func direction(for word: String) throws(WordVectorsError) -> Direction<Space> {
    guard let values = values(for: word) else {
      throw .unknownWord(word, suggestions: known.suggestions(for: word))
    }
    return Direction(values)
  }

  private func values(for word: String) -> [Float]? {
    switch source {
    case .table(let table): return table[word]
    case .vectors(let projected, let table):
      guard let vector = projected.vectors[word] else { return table[word] }
      let input = Tensor(shape: [1, vector.count], elements: vector)
      return projected.network.layers.inferred(input, projected.parameters, threads: projected.threads)
        .elements
    case .texts(let reader):
      return reader.meaning(of: word).map(reader.projector.direction)
    }
  }

  /// What a text means over the model's attributes; nil where the projector knows no meanings, or not this text's.
  package func meaning(of text: String) -> (attributes: [String], meaning: TextMeaning)? {
    guard case .texts(let reader) = source, let meaning = reader.meaning(of: text) else { return nil }
    return (reader.projector.attributes, meaning)
  }

  /// What may have been meant by a text that is misspelt, or means nothing; empty without a projector of texts.
  package func suggestions(for text: String) -> [String] {
    guard case .texts(let reader) = source else { return [] }
    return reader.suggestions(for: text)
  }

  /// Σ θ·w of words; without any word, a direction of no length.
  ///
  /// Directions n of words and C, in rows, of kept words give n − Cᵀ(CCᵀ)⁻¹Cn: what changes no code along a kept word. A
  /// word that is kept and added at once is left out of C.
  ///
  /// Source: "Interpreting the Latent Space of GANs for Semantic Face Editing", Shen and others 2020, section 2.2.
  ///
  /// - Parameters:
  ///   - words: θ by word.
  ///   - kept: Words whose meaning is not to change.
  /// - Returns: What is added to a code.
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``LatentError/thetaNotFinite(word:theta:)``,
  ///   ``LatentError/wordTwice(_:_:)``, ``LatentError/tooFar``.
  public func direction(of words: [String: Float], keeping kept: [String] = []) throws -> Direction<Space> {
    // In alphabetical order, so that the same words give the same sum.
    let words = words.sorted { $0.key < $1.key }
    let places = words.map { place(of: $0.key) }
    for (index, place) in places.enumerated() {
      guard let place, let first = places[..<index].firstIndex(of: place) else { continue }
      throw LatentError.wordTwice(words[first].key, words[index].key)
    }
    let others = try kept.filter { word in !places.contains { $0 == place(of: word) } }
      .map { try direction(for: $0) }
    let sum = try words.reduce(Direction.zero(size: meanCode.values.count)) { sum, entry in
      let (word, theta) = entry
      guard theta.isFinite else { throw LatentError.thetaNotFinite(word: word, theta: theta) }
      return sum + theta * (try direction(for: word)).orthogonalized(to: others)
    }
    guard sum.values.isWithinReach else { throw LatentError.tooFar }
    return sum
  }

  /// Where the direction of a word comes from, nil for an unknown one: two spellings of a word have one place.
  private func place(of word: String) -> Place? {
    switch source {
    case .table(let table): table.position(of: word).map(Place.table)
    case .vectors(let projected, let table):
      projected.vectors.position(of: word).map(Place.vectors) ?? table.position(of: word).map(Place.table)
    case .texts: .text(TextReader.normalized(word))
    }
  }

  private enum Place: Equatable {
    case table(Int)
    case vectors(Int)
    case text(String)
  }

  /// The words of the table whose directions make the smallest angles with that of `word`, itself left out.
  ///
  /// What a projector of texts knows is compared by θ over the attributes, among the words that mean something.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``.
  public func nearest(to word: String, count: Int) throws(WordVectorsError) -> [WordVectors.Neighbor] {
    let direction = try direction(for: word).values
    let neighbors =
      switch source {
      case .table(let table), .vectors(_, let table): table.nearest(to: direction, count: count + 1)
      case .texts(let reader):
        reader.projector.nearest(to: reader.meaning(of: word)?.coordinates ?? [], count: count + 1)
      }
    return Array(neighbors.filter { $0.word != word.lowercased() }.prefix(count))
  }
}

extension WordProjector where Space == ZSpace {
  /// Takes the projector and the table of directions out of a model, or its projector of texts where it has one and no word
  /// vectors are given.
  ///
  /// - Parameters:
  ///   - model: A model that has a table of directions; for word vectors, its projector has to be trained, too.
  ///   - vectors: The word vectors the projector was trained with, for words beyond the table.
  ///   - threads: The most threads to use.
  /// - Throws: ``ModelError`` when the model has no table, or no projector for the vectors, or these are of another length than those it was
  ///   trained with.
  public init(
    _ model: Model, vectors: WordVectors? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(ModelError) {
    try self.init(model, vectors: vectors, encoder: nil, threads: threads)
  }

  /// Takes the projector out of a model, with an encoder of texts that the model's table does not know.
  package init(
    _ model: Model, vectors: WordVectors?, encoder: TextReader.Encoder?, threads: Int
  ) throws(ModelError) {
    guard let meanCode = model.meanCode else { throw model.missing(.projector) }
    self.meanCode = Latent(meanCode.elements)
    if vectors == nil, let texts = try TextProjector(model) {
      source = .texts(try TextReader(texts, encoder: encoder, threads: threads))
      return
    }
    guard let table = model.directions else { throw model.missing(.projector) }
    guard let vectors else {
      source = .table(table)
      return
    }
    let parameters = try model.parameters(of: .projector)
    let network = ProjectorNetwork(parameters: parameters, latentSize: model.network.latentSize)
    if vectors.dimension != network.dimension {
      throw .wrongWordVectors(expected: network.dimension, got: vectors.dimension)
    }
    source = .vectors(
      Projected(network: network, parameters: parameters, vectors: vectors, threads: threads), table: table)
  }
}
