import LatentCore

/// Gives each word its direction in a latent space.
///
/// A word of a file of word vectors goes through the projector's network; without such a file, the model's own table
/// of common words serves. Both give calibrated directions: θ = 1 makes most photos show the attribute.
public struct WordProjector<Space: LatentSpace>: Sendable {
  /// The code of the mean of the pictures that the projector was trained on: the plainest face there is.
  public let meanCode: Latent<Space>
  private let network: ProjectorNetwork
  private let parameters: Parameters
  private let table: WordVectors
  private let vectors: WordVectors?
  private let threads: Int

  /// The words whose direction is known, the most frequent first.
  public var words: WordVectors.Words { (vectors ?? table).words }

  /// The direction of a word as it is written, or else of its lower case.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)`` with the known words that are spelt most alike.
  public func direction(for word: String) throws(WordVectorsError) -> Direction<Space> {
    if let vector = vectors?[word] {
      let input = Tensor(shape: [1, vector.count], elements: vector)
      return Direction(network.layers.inferred(input, parameters, threads: threads).elements)
    }
    if let values = table[word] { return Direction(values) }
    throw .unknownWord(word, suggestions: (vectors ?? table).suggestions(for: word))
  }

  /// The words of the table whose directions make the smallest angles with that of `word`, itself left out.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``.
  public func nearest(to word: String, count: Int) throws(WordVectorsError) -> [WordVectors.Neighbour] {
    let neighbours = table.nearest(to: try direction(for: word).values, count: count + 1)
    return Array(neighbours.filter { $0.word != word.lowercased() }.prefix(count))
  }
}

extension WordProjector where Space == Z {
  /// Takes the projector and the table of directions out of a model.
  ///
  /// - Parameters:
  ///   - model: A model whose projector is trained.
  ///   - vectors: The word vectors the projector was trained with, for words beyond the table.
  ///   - threads: The most threads to use.
  /// - Throws: ``ModelError`` when the model has no projector, ``EditingError/wrongWordVectors(expected:got:)`` when the
  ///   vectors are of another length than those it was trained with.
  public init(_ model: Model, vectors: WordVectors? = nil, threads: Int) throws {
    parameters = try model.parameters(of: .projector)
    network = ProjectorNetwork(parameters: parameters, latentSize: model.network.latentSize)
    guard let table = model.directions, let meanCode = model.meanCode else {
      throw model.missing(.projector)
    }
    self.table = table
    self.meanCode = Latent(meanCode.elements)
    self.vectors = vectors
    self.threads = threads
    if let vectors, vectors.dimension != network.dimension {
      throw EditingError.wrongWordVectors(expected: network.dimension, got: vectors.dimension)
    }
  }
}
