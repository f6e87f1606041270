import Foundation
import LatentCore

/// What a text means to a model: θ for each of its attributes, and how sure that is.
package struct TextMeaning: Sendable, Equatable {
  /// θ by attribute, in the model's order; none says more than ±1.
  package let coordinates: [Float]
  /// How probable it is that the text names something on a face, 0...1.
  package let certainty: Float

  package init(coordinates: [Float], certainty: Float) {
    (self.coordinates, self.certainty) = (coordinates, certainty)
  }

  /// How sure a text has to be to count as naming something.
  package static let leastSure: Float = 0.5

  /// Whether the text is more probably about something on a face than not.
  package var namesSomething: Bool { certainty >= Self.leastSure }

  /// Whether the text changes nothing.
  package var isNothing: Bool { coordinates.allSatisfy { $0 == 0 } }

  /// What clauses mean together, as sure as the surest; nil without any.
  package static func sum(of parts: [TextMeaning]) -> TextMeaning? {
    guard let first = parts.first else { return nil }
    return TextMeaning(
      coordinates: first.coordinates.indices.map { attribute in
        min(1, max(-1, parts.reduce(0) { $0 + $1.coordinates[attribute] }))
      }, certainty: parts.reduce(0) { max($0, $1.certainty) })
  }
}

/// Finds what texts mean over a model's attributes, and their directions.
///
/// A text's feature x, of a sentence encoder, goes through two layers to logits: for each attribute rₖ, whether the text is
/// about it, and oₖ, whether it is then said to be absent, as “woman” says of the attribute male; and n, whether all that is
/// negated. θₖ = ±σ(rₖ), of the sign that o and n ask for, made so long that the largest is 1 where the text is about anything
/// at all, and Σ θ·d over the attributes' directions d is the text's direction: what draws the attributes draws the text. What
/// common words mean is kept in a table, so that it needs no encoder.
package struct TextProjector: Sendable {
  /// What a model's file says of it besides the tensors.
  package struct Configuration: Sendable, Equatable, Codable {
    /// The word of each attribute.
    package let attributes: [String]
    /// The common words, a line each.
    package let words: String

    package init(attributes: [String], words: [String]) {
      (self.attributes, self.words) = (attributes, words.joined(separator: "\n"))
    }

    /// How many common words there are.
    var count: Int { words.lineCount }

    /// Whether these can be attributes; a file may hold any texts.
    var isSensible: Bool { (1...1 << 12).contains(attributes.count) }
  }

  /// Where a model keeps the directions of the attributes, [attributes, latentSize].
  package static let directionsPath = "texts.directions"
  /// Where a model keeps what the first of its common words mean, [words, attributes]; the others mean nothing.
  package static let wordsPath = "texts.words"
  /// Where a model keeps how sure that is, [words].
  package static let certaintiesPath = "texts.certainties"

  /// The word of each attribute.
  package let attributes: [String]
  /// Common words, those that mean something first.
  let words: WordVectors
  /// The coordinates of those that mean something, [words, attributes].
  private let coordinates: Tensor
  private let certainties: Tensor
  private let directions: Tensor
  private let network: ProjectorNetwork
  private let parameters: Parameters

  /// Takes the projector of texts out of a model; nil where it has none.
  ///
  /// - Throws: ``ModelError`` where a word of the table is empty or comes twice.
  init?(_ model: Model) throws(ModelError) {
    guard let configuration = model.texts else { return nil }
    parameters = try model.parameters(of: .texts)
    attributes = configuration.attributes
    guard let directions = parameters[Self.directionsPath], let coordinates = parameters[Self.wordsPath],
      let certainties = parameters[Self.certaintiesPath], let words = WordVectors(lines: configuration.words)
    else { throw model.missing(.texts) }
    (self.words, self.coordinates) = (words, coordinates)
    (self.directions, self.certainties) = (directions, certainties)
    network = Self.network(parameters, attributes: attributes.count)
  }

  /// The length of the features that it takes.
  var dimension: Int { network.dimension }

  /// The layers, whose sizes are those of given parameters.
  package static func network(_ parameters: Parameters, attributes: Int) -> ProjectorNetwork {
    ProjectorNetwork(path: "texts", parameters: parameters, latentSize: 2 * attributes + 1)
  }

  /// All parameters, as the sizes of some of them ask.
  static func specifications(
    of configuration: Configuration, in parameters: Parameters, latentSize: Int
  ) -> [ParameterSpecification] {
    let attributes = configuration.attributes.count
    func table(_ path: String, _ shape: [Int]) -> ParameterSpecification {
      ParameterSpecification(path: path, shape: shape, initializer: .constant(0), isTrainable: false)
    }
    return network(parameters, attributes: attributes).layers.parameters + [
      table(directionsPath, [attributes, latentSize]),
      table(
        wordsPath, [min(parameters[wordsPath]?.shape.first ?? 0, configuration.count), attributes]),
      table(certaintiesPath, [configuration.count]),
    ]
  }

  /// What a common word means.
  func meaning(ofWordAt position: Int) -> TextMeaning {
    TextMeaning(
      coordinates: position < coordinates.shape[0]
        ? coordinates.row(position) : [Float](repeating: 0, count: attributes.count),
      certainty: certainties.withElements { $0[position] })
  }

  /// The common words whose coordinates make the smallest angles with those given.
  func nearest(to coordinates: [Float], count: Int) -> [WordVectors.Neighbor] {
    let named = words.words.prefix(self.coordinates.shape[0])
    guard !named.isEmpty else { return [] }
    return WordVectors(words: named, values: self.coordinates.elements).nearest(to: coordinates, count: count)
  }

  /// What a text of a given feature means.
  func meaning(of feature: [Float], threads: Int) -> TextMeaning {
    let input = Tensor(shape: [1, feature.count], elements: feature)
    return Self.meanings(of: network.layers.inferred(input, parameters, threads: threads))[0]
  }

  /// What texts mean by the network's logits, [texts, 2·attributes + 1]: r, o and n.
  package static func meanings(of logits: Tensor) -> [TextMeaning] {
    let attributes = logits.shape[1] / 2
    return (0..<logits.shape[0]).map { text in
      let row = logits.row(text).map { 1 / (1 + exp(-$0)) }
      let certainty = row[..<attributes].max() ?? 0
      let sign: Float = row[2 * attributes] > 0.5 ? -1 : 1
      let thetas = (0..<attributes).map { sign * row[$0] * (row[attributes + $0] > 0.5 ? -1 : 1) }
      // Beside what a text is about, what it may be about a little would be a change that nobody asked for.
      let named = thetas.map { abs($0) < leastShare * certainty ? 0 : $0 }
      let scale = certainty < leastCertainty ? 0 : min(1, 2 * certainty) / certainty
      return TextMeaning(coordinates: named.map { scale * $0 }, certainty: certainty)
    }
  }

  /// A text that is less probably about anything on a face changes nothing.
  private static let leastCertainty: Float = 0.1
  /// Coordinates that are smaller parts of the largest count as none.
  private static let leastShare: Float = 0.3

  /// The direction of what a text means.
  func direction(of meaning: TextMeaning) -> [Float] {
    let coordinates = Tensor(shape: [1, attributes.count], elements: meaning.coordinates)
    return Kernels.matrixProduct(coordinates, directions, threads: 1).elements
  }
}
