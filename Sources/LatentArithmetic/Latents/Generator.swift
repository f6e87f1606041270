import LatentCore

/// Draws pictures from latent codes.
public protocol Generator<Space>: Sendable {
  /// The latent space of the codes.
  associatedtype Space: LatentSpace

  /// How many numbers a code has.
  var latentSize: Int { get }

  /// Draws a picture for each code, all in one batch.
  ///
  /// - Precondition: Each code has ``latentSize`` numbers.
  func generate(_ codes: [Latent<Space>]) -> [Image]
}

extension Generator {
  /// Draws the picture of one code.
  ///
  /// - Precondition: The code has ``latentSize`` numbers.
  public func generate(_ code: Latent<Space>) -> Image { generate([code])[0] }
}

extension Generator where Space == Z {
  /// Codes of pictures that nobody took, drawn from the generator's own distribution.
  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<Z>] {
    var stream = RandomStream(seed: seed, name: "codes")
    return (0..<count).map { _ in Latent(stream.normal(shape: [latentSize]).elements) }
  }
}

/// The generator of a model: the paper's network or DCGAN's, 80×80 pictures.
public struct ConvolutionalGenerator: Generator {
  /// How many numbers a code has.
  public let latentSize: Int
  private let network: InferenceNetwork
  private let threads: Int

  /// Takes the generator out of a model.
  ///
  /// - Throws: ``ModelError`` when the model has none.
  public init(_ model: Model, threads: Int) throws(ModelError) {
    latentSize = model.network.latentSize
    network = InferenceNetwork(model.network.generator, try model.parameters(of: .generator))
    self.threads = threads
  }

  public func generate(_ codes: [Latent<Z>]) -> [Image] {
    guard !codes.isEmpty else { return [] }
    for code in codes {
      precondition(
        code.values.count == latentSize,
        "The generator takes codes of \(latentSize) numbers, not \(code.values.count).")
    }
    let batch = Tensor(shape: [codes.count, latentSize], elements: codes.flatMap(\.values))
    return Image.images(from: network(batch, threads: threads))
  }
}
