import Foundation
import LatentCore

/// Tells which attributes a face has: a convolutional network with a logit for each.
///
///     let scorer = try AttributeScorer(contentsOf: url)
///     let smiles = scorer.score(face)["Smiling"] ?? 0 > 0
///
/// A scorer is a file of its own and knows no generator, so that it can judge what any of them draws.
public struct AttributeScorer: Sendable {
  /// The names of the attributes, in the order of the logits.
  public let attributeNames: [String]
  /// How the images that it was trained on were cut out, and are to be cut out for it.
  package let framing: Framing
  private let network: InferenceNetwork
  private let threads: Int

  /// Opens the file that `latent train scorer` wrote.
  ///
  /// - Throws: `FileError`, `TensorFileError`; ``ModelError/notAScorer(name:)``,
  ///   `WeightSourceError`.
  public init(contentsOf url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount) throws {
    let file = try TensorFile(contentsOf: url)
    let name = url.lastPathComponent
    // The first release's scorers do not say their family and how faces are cut out for them.
    let architecture = file.metadata[Key.architecture] ?? ScorerConfiguration.Architecture.pyramid.rawValue
    guard file.metadata[Key.format] == Key.currentFormat, let names = file.metadata[Key.attributes],
      let width = file.metadata[Key.width].flatMap({ Int($0) }), (1...1024).contains(width),
      let architecture = ScorerConfiguration.Architecture(rawValue: architecture),
      let framing = Framing(recorded: file.metadata[Key.framing] ?? FaceAlignment.celeba.rawValue)
    else { throw ModelError.notAScorer(name: name) }
    let attributeNames = names.split(separator: "\n").map(String.init)
    guard !attributeNames.isEmpty, Set(attributeNames).count == attributeNames.count else {
      throw ModelError.notAScorer(name: name)
    }
    let layers = ScorerConfiguration(architecture: architecture, width: width)
      .layers(outputs: attributeNames.count)
    let parameters = try Parameters(file)
    try parameters.check(against: layers.parameters, name: name)
    self.init(
      attributeNames: attributeNames, framing: framing, layers: layers, parameters: parameters,
      threads: threads)
  }

  package init(
    attributeNames: [String], framing: Framing, layers: Sequential, parameters: Parameters,
    threads: Int
  ) {
    (self.attributeNames, self.framing) = (attributeNames, framing)
    network = InferenceNetwork(layers, parameters)
    self.threads = threads
  }

  /// How the faces that it was trained on were cut out, and are to be cut out for it.
  public var alignment: FaceAlignment { framing.alignment }

  /// The height and width of the crops in pixels.
  public var imageSize: Int { ScorerConfiguration.imageSize }

  /// The logit of each attribute of a face, by name: above zero it is more likely there than not.
  ///
  /// - Precondition: The crop is ``imageSize`` pixels square.
  public func score(_ crop: Image) -> [String: Float] {
    Dictionary(uniqueKeysWithValues: zip(attributeNames, logits(of: [crop])[0]))
  }

  /// The logits of faces in the order of ``attributeNames``, all in one batch.
  ///
  /// - Precondition: Each crop is ``imageSize`` pixels square.
  package func logits(of crops: [Image]) -> [[Float]] {
    guard !crops.isEmpty else { return [] }
    let logits = logits(of: batch(of: crops))
    return crops.indices.map { logits.row($0) }
  }

  private func batch(of crops: some Collection<Image>) -> Tensor {
    for crop in crops {
      precondition(
        crop.width == imageSize && crop.height == imageSize,
        "The scorer takes crops of \(imageSize)×\(imageSize) pixels, not \(crop.width)×\(crop.height).")
    }
    return Tensor(Array(crops))
  }

  /// The logits of a batch of faces, [batch, 80, 80, 3] in −1...1 → [batch, attributes].
  package func logits(of faces: Tensor) -> Tensor { network(faces, threads: threads) }

  /// The same on the faces' tape; the weights are constants there.
  package func logits(of faces: Variable) -> Variable { network(faces) }

  /// What the scorer sees in faces before it judges: its last hidden activations, averaged over the 5×5 places.
  ///
  /// - Returns: [faces, 8·width], 256 features for a scorer of width 32.
  /// - Precondition: There is at least one crop, and each is ``imageSize`` pixels square.
  package func features(of faces: [Image]) -> Tensor {
    precondition(!faces.isEmpty, "There are no features of no faces.")
    let trunk = InferenceNetwork(Sequential(Array(network.layers.layers.dropLast())), network.parameters)
    return .concatenated(
      stride(from: 0, to: faces.count, by: Self.batch).map { start in
        let part = faces[start..<min(start + Self.batch, faces.count)]
        return trunk(batch(of: part), threads: threads).averagedOverPlaces()
      })
  }

  /// How many faces are judged at a time where there may be thousands, whose activations would take gigabytes.
  private static let batch = 64

  /// Writes a scorer's parameters, and how it was trained.
  package static func write(
    _ parameters: Parameters, attributeNames: [String], framing: Framing,
    configuration: ScorerConfiguration, record: String, to url: URL
  ) throws {
    var metadata = [
      Key.format: Key.currentFormat, Key.attributes: attributeNames.joined(separator: "\n"),
      Key.architecture: configuration.architecture.rawValue, Key.width: "\(configuration.width)",
      Key.record: record,
    ]
    metadata[Key.framing] = framing.recorded
    try parameters.write(to: url, metadata: metadata, precision: .half)
  }

  private enum Key {
    static let format = "format"
    static let currentFormat = "LatentArithmetic scorer 1"
    static let attributes = "attributes"
    static let framing = "alignment"
    static let architecture = "architecture"
    static let width = "width"
    static let record = "training"
  }
}

extension Tensor {
  /// [batch, height, width, channels] → [batch, channels], the mean of each channel.
  fileprivate func averagedOverPlaces() -> Tensor {
    let (places, channels) = (shape[1] * shape[2], shape[3])
    return withElements { elements in
      Tensor(unsafeUninitialized: [shape[0], channels]) { means in
        for index in means.indices {
          let start = index / channels * places * channels + index % channels
          let sum = (0..<places).reduce(Float(0)) { $0 + elements[start + $1 * channels] }
          means.initializeElement(at: index, to: sum / Float(places))
        }
      }
    }
  }
}
