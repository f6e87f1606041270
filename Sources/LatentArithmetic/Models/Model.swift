import Foundation
import LatentCore

/// A model file: the trained parts, the table of word directions, and how each part was trained.
///
/// One `.safetensors` file holds everything. Tensors are named by path (`generator.block1.weight`, `encoder.…`,
/// `projector.…`, `directions`); the network's sizes and the training records are JSON in the metadata, the
/// table's words a line each. A model may lack parts: training adds them one after the other.
public struct Model: Sendable {
  /// The parts in the order they are trained; each has its parameters under its own prefix.
  package enum Part: String, CaseIterable {
    case generator, encoder, projector, painter, texts

    package var prefix: String { rawValue + "." }

    /// The parts that were trained on this one.
    ///
    /// A painter keeps the directions it was trained with, so that projectors may come and go.
    fileprivate var dependents: [Part] {
      switch self {
      case .generator: [.encoder, .projector, .painter, .texts]
      case .encoder: [.projector, .painter, .texts]
      case .projector: [.texts]
      case .painter, .texts: []
      }
    }
  }

  /// The sizes of the networks.
  public let network: NetworkConfiguration
  /// How the images that the model was trained on were cut out: faces by an alignment, others as the center square.
  package let framing: Framing
  /// The sizes of the painter's network, where there is one.
  package private(set) var painter: PainterConfiguration?
  /// What the projector of texts knows, where there is one.
  package private(set) var texts: TextProjector.Configuration?
  /// Directions of single words that need no word vectors; those of the file that the model was opened from are read when
  /// they are asked for, since a projector of texts goes without.
  package var directions: WordVectors? {
    get {
      guard let (words, file) = filedDirections else { return ownDirections }
      return (try? file.tensor(Key.directions)).flatMap { WordVectors(lines: words, values: $0.elements) }
    }
    set { (ownDirections, filedDirections) = (newValue, nil) }
  }
  private var ownDirections: WordVectors?
  private var filedDirections: (words: String, file: TensorFile)?
  /// The mean code of the training images, [latentSize].
  package var meanCode: Tensor?
  /// The distribution of random codes where it is not the normal one.
  package var randomCodes: GaussianMixture?
  /// How each part was trained, as JSON by the part's name.
  package var records: [String: String] = [:]
  /// The parameters of the parts that were put in.
  private var parameters = Parameters()
  /// The parts that lie in the file that the model was opened from, which is read when they are asked for: an editor
  /// makes other numbers of them, and both need not be in memory.
  private var filed: [Part: TensorFile] = [:]
  private let name: String

  /// Makes a model without parts.
  ///
  /// - Precondition: The framing is one that training images can have.
  package init(_ network: NetworkConfiguration, framing: Framing) {
    precondition(
      framing.recorded != nil,
      "Training images are cut out by an alignment or as the center square, not by \(framing).")
    precondition(
      network.isSensible,
      "Codes of \(network.latentSize) numbers and \(network.width) channels make no network of \(network.imageSize) pixels."
    )
    (self.network, self.framing) = (network, framing)
    name = "the model"
  }

  /// Opens a model file.
  ///
  /// - Throws: `FileError` and `TensorFileError` when the file cannot be read; ``ModelError`` when it is no model;
  ///   `WeightSourceError` when it lacks tensors that its networks need, or holds numbers that are not finite.
  public init(contentsOf url: URL) throws {
    let file = try TensorFile(contentsOf: url)
    name = url.lastPathComponent
    guard file.metadata[Key.format] == Key.currentFormat, let network = file.metadata[Key.network] else {
      throw ModelError.notAModel(name: name)
    }
    do {
      self.network = try JSONDecoder().decode(NetworkConfiguration.self, from: Data(network.utf8))
    } catch {
      throw ModelError.notAModel(name: name)
    }
    // The first release's models do not say.
    guard self.network.isSensible,
      let framing = Framing(recorded: file.metadata[Key.framing] ?? FaceAlignment.celeba.rawValue)
    else { throw ModelError.notAModel(name: name) }
    self.framing = framing
    if let painter = file.metadata[Key.painter] {
      self.painter = try? JSONDecoder().decode(PainterConfiguration.self, from: Data(painter.utf8))
      guard self.painter?.isSensible == true else { throw ModelError.notAModel(name: name) }
    }
    if let texts = file.metadata[Key.texts] {
      self.texts = try? JSONDecoder().decode(TextProjector.Configuration.self, from: Data(texts.utf8))
      guard self.texts?.isSensible == true else { throw ModelError.notAModel(name: name) }
    }
    for (key, value) in file.metadata where key.hasPrefix(Key.record) {
      records[String(key.dropFirst(Key.record.count))] = value
    }
    let others = try Parameters(file) { name in
      !Part.allCases.contains { name.hasPrefix($0.prefix) }
    }
    if let words = file.metadata[Key.words], let vectors = others[Key.directions] {
      let expected = [words.lineCount, self.network.latentSize]
      if WordVectors(lines: words) == nil { throw ModelError.notAModel(name: name) }
      guard vectors.shape == expected else {
        throw WeightSourceError(
          file: name, faults: [.misshapen(Key.directions, expected: expected, got: vectors.shape)])
      }
      filedDirections = (words, file)
    }
    meanCode = others[Key.meanCode]
    randomCodes = try GaussianMixture(others, latentSize: self.network.latentSize, name: name)
    for part in Part.allCases {
      let found = try Parameters(file) { $0.hasPrefix(part.prefix) }
      if found.paths.isEmpty, !isDescribed(part) { continue }
      try found.check(against: specifications(of: part, in: found), name: name)
      filed[part] = file
    }
    if let meanCode, meanCode.shape != [self.network.latentSize] {
      throw WeightSourceError(
        file: name,
        faults: [.misshapen(Key.meanCode, expected: [self.network.latentSize], got: meanCode.shape)])
    }
    var numbers = Parameters()
    for key in [Key.directions, Key.meanCode] { numbers[key] = others[key] }
    try numbers.checkNumbers(name: name)
  }

  /// Writes the model; half precision halves the file and rounds each number to 11 significant bits.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL, precision: StoragePrecision = .half) throws {
    var all = Parameters()
    for part in Part.allCases { all.merge(stored(part)) }
    var metadata = [Key.format: Key.currentFormat, Key.network: network.json]
    metadata[Key.framing] = framing.recorded
    metadata[Key.painter] = painter?.json
    metadata[Key.texts] = texts?.json
    for (part, record) in records { metadata[Key.record + part] = record }
    if let directions {
      metadata[Key.words] = directions.words.joined(separator: "\n")
      all[Key.directions] = directions.matrix
    }
    all[Key.meanCode] = meanCode
    if let randomCodes { all.merge(randomCodes.tensors) }
    try all.write(to: url, metadata: metadata, precision: precision)
  }

  /// The parameters of a part.
  ///
  /// - Throws: ``ModelError/partMissing(part:name:)`` when the model has no such part.
  package func parameters(of part: Part) throws(ModelError) -> Parameters {
    let found = stored(part)
    if found.paths.isEmpty { throw missing(part) }
    return found
  }

  private func stored(_ part: Part) -> Parameters {
    guard let file = filed[part] else { return parameters.filtered(byPrefix: part.prefix) }
    guard let found = try? Parameters(file, where: { $0.hasPrefix(part.prefix) }) else {
      preconditionFailure("“\(name)” was read when the model was opened, and cannot be any more.")
    }
    return found
  }

  /// The error of a model that was not trained as far as a part.
  func missing(_ part: Part) -> ModelError { .partMissing(part: part.rawValue, name: name) }

  /// Puts a part in the place of an older one, and drops the parts that were trained on that one.
  ///
  /// - Parameters:
  ///   - part: Which part.
  ///   - trained: Its parameters.
  ///   - record: How it was trained, as JSON; nil where nothing tells.
  package mutating func set(_ part: Part, to trained: Parameters, record: String?) {
    let dropped = [part] + part.dependents
    for stale in dropped {
      parameters.removeAll(byPrefix: stale.prefix)
      filed[stale] = nil
      records[stale.rawValue] = nil
    }
    if dropped.contains(.projector) { (directions, meanCode) = (nil, nil) }
    if dropped.contains(.painter) { painter = nil }
    if dropped.contains(.texts) { texts = nil }
    if dropped.contains(.encoder) { randomCodes = nil }
    parameters.merge(trained)
    records[part.rawValue] = record
  }

  /// Puts a trained painter in the place of an older one.
  package mutating func setPainter(
    _ configuration: PainterConfiguration, to trained: Parameters, record: String
  ) {
    set(.painter, to: trained, record: record)
    painter = configuration
  }

  /// Puts a trained projector of texts in the place of an older one.
  package mutating func setTexts(
    _ configuration: TextProjector.Configuration, to trained: Parameters, record: String
  ) {
    set(.texts, to: trained, record: record)
    texts = configuration
  }

  /// Whether the file's metadata say that it has a part.
  private func isDescribed(_ part: Part) -> Bool {
    switch part {
    case .painter: painter != nil
    case .texts: texts != nil
    case .generator, .encoder, .projector: false
    }
  }

  /// The parameters of the network of a part; the sizes of a projector are those of its tensors.
  package func specifications(of part: Part, in parameters: Parameters) -> [ParameterSpecification] {
    switch part {
    case .generator: network.generator.parameters
    case .encoder: network.encoder.parameters
    case .projector:
      ProjectorNetwork(parameters: parameters, latentSize: network.latentSize).layers.parameters
    case .painter:
      painter.map { configuration in
        PainterNetwork(configuration).parameters + [
          ParameterSpecification(
            path: PainterNetwork.directionsPath, shape: [configuration.attributes, network.latentSize],
            initializer: .constant(0), isTrainable: false)
        ]
      } ?? []
    case .texts:
      texts.map {
        TextProjector.specifications(of: $0, in: parameters, latentSize: network.latentSize)
      } ?? []
    }
  }

  private enum Key {
    static let format = "format"
    static let currentFormat = "LatentArithmetic 1"
    static let network = "network"
    static let framing = "alignment"
    static let painter = "painter"
    static let texts = "texts"
    static let record = "training."
    static let words = "words"
    static let directions = "directions"
    static let meanCode = "mean"
  }
}

extension String {
  /// How many lines there are, 1 and the ends between them.
  var lineCount: Int { utf8.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 } }
}

extension Parameters {
  /// Makes sure that these are exactly the tensors described, no more and no fewer, and that their numbers are finite.
  package func check(against specifications: [ParameterSpecification], name: String) throws(WeightSourceError)
  {
    let faults = WeightFault.all(
      in: paths.map { ($0, self[$0]?.shape ?? []) }, wanted: specifications.map { ($0.path, $0.shape) })
    if !faults.isEmpty { throw WeightSourceError(file: name, faults: faults) }
    try checkNumbers(name: name)
  }

  /// Makes sure that all numbers are finite.
  func checkNumbers(name: String) throws(WeightSourceError) {
    let places = nonFinite
    if !places.isEmpty { throw WeightSourceError(file: name, faults: places.map { .notFinite($0) }) }
  }
}

/// Why a file cannot serve as a model.
public enum ModelError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The file is a safetensors file, but no model of this library.
  case notAModel(name: String)
  /// The file is a safetensors file, but no scorer of this library.
  case notAScorer(name: String)
  /// The encoder gave the image of this number, from 0, a code that is not finite.
  case codeNotFinite(image: Int)
  /// The word vectors are not those the projector was trained with.
  case wrongWordVectors(expected: Int, got: Int)
  /// The model was not trained this far.
  case partMissing(part: String, name: String)

  public var description: String {
    switch self {
    case .notAModel(let name): "“\(name)” is not a model of LatentArithmetic."
    case .notAScorer(let name): "“\(name)” is not a scorer of LatentArithmetic."
    case .codeNotFinite(let image):
      "The encoder gives image \(image + 1) a code that is not finite; train it again."
    case .wrongWordVectors(let expected, let got):
      "The model takes word vectors of \(expected, "number"), not \(got)."
    case .partMissing(let part, let name): "“\(name)” has no \(part) yet."
    }
  }

  public var errorDescription: String? { description }
}
