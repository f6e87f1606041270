import Foundation
import LatentCore

/// Draws images from latent codes.
public protocol Generator<Space>: Sendable {
  /// The latent space of the codes.
  associatedtype Space: LatentSpace

  /// How many numbers a code has.
  var latentSize: Int { get }

  /// Draws an image for each code, all in one batch.
  ///
  /// - Precondition: Each code has ``latentSize`` finite numbers.
  func generate(_ codes: [Latent<Space>]) -> [Image]

  /// Refines the code of a face until it is drawn better, and maybe the generator with it.
  ///
  /// An image of the network's size is used whole; of any other the face is cut out first.
  ///
  /// - Parameters:
  ///   - face: The image to draw.
  ///   - code: Where to start: what an encoder found for it.
  ///   - refinement: What is fitted, and how long.
  /// - Returns: A code and a generator that together draw the face no worse than this generator draws `code`.
  /// - Precondition: The code has ``latentSize`` finite numbers; at least one step is made.
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  func inversion(
    of face: Image, from code: Latent<Space>, by refinement: Refinement
  ) throws -> Inversion<Space>
}

extension Generator {
  /// Draws the image of one code.
  ///
  /// - Precondition: The code has ``latentSize`` finite numbers.
  public func generate(_ code: Latent<Space>) -> Image { generate([code])[0] }
}

extension Generator where Space == ZSpace {
  /// Codes of images that nobody took, drawn from the generator's own distribution.
  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<ZSpace>] {
    var stream = RandomStream(seed: seed, name: "codes")
    return (0..<count).map { _ in Latent(stream.normal(shape: [latentSize]).elements) }
  }
}

/// A generator that text-driven editing can differentiate.
public protocol DifferentiableGenerator<Space>: Generator {
  /// The height and width of the images in pixels.
  var imageSize: Int { get }

  /// Draws a batch of codes, [batch, latentSize] → [batch, imageSize, imageSize, 3] with −1 … 1 for black … white.
  ///
  /// Recorded on the codes' tape, whose threads it uses; the weights are constants there. Drawings may reach beyond
  /// −1 … 1.
  func images(of codes: Variable) -> Variable

  /// Which numbers of a code text-driven editing moves: all, if not told otherwise.
  var editedRanges: [Range<Int>] { get }
}

extension DifferentiableGenerator {
  public var editedRanges: [Range<Int>] { [0..<latentSize] }
}

/// A generator of convolutions: that of a model, 80×80 images, or of a foreign checkpoint.
public struct ConvolutionalGenerator: DifferentiableGenerator {
  /// How many numbers a code has.
  public let latentSize: Int
  /// The height and width of the images in pixels.
  public let imageSize: Int
  package let network: InferenceNetwork
  package let threads: Int

  /// Takes the generator out of a model.
  ///
  /// - Throws: ``ModelError`` when the model has none.
  public init(_ model: Model, threads: Int) throws(ModelError) {
    latentSize = model.network.latentSize
    imageSize = NetworkConfiguration.imageSize
    network = InferenceNetwork(model.network.generator, try model.parameters(of: .generator))
    self.threads = threads
  }

  /// Opens the generator of PyTorch's DCGAN example, of any depth and width, in any format that ``TensorFile`` reads.
  ///
  /// The checkpoint may hold it below keys, such as `generator.` or `state_dict.`. Codes are drawn from N(0, I).
  ///
  /// - Throws: ``FileError``, ``TensorFileError``; ``WeightSourceError`` with every tensor that is not the network's.
  public init(
    pyTorchDCGAN url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let checkpoint = try PyTorchDCGAN(TensorFile(contentsOf: url))
    (latentSize, imageSize) = (checkpoint.latentSize, checkpoint.imageSize)
    network = InferenceNetwork(checkpoint.layers, checkpoint.parameters)
    self.threads = threads
  }

  private init(latentSize: Int, imageSize: Int, network: InferenceNetwork, threads: Int) {
    (self.latentSize, self.imageSize, self.network, self.threads) = (
      latentSize, imageSize, network, threads
    )
  }

  public func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
    guard !codes.isEmpty else { return [] }
    for code in codes { check(code) }
    let batch = Tensor(shape: [codes.count, latentSize], elements: codes.flatMap(\.values))
    return Image.images(from: images(of: batch))
  }

  public func images(of codes: Variable) -> Variable { network(codes) }

  /// The drawings of a batch of codes, [batch, d] → [batch, size, size, 3] in −1...1.
  package func images(of codes: Tensor) -> Tensor { network(codes, threads: threads) }

  public func inversion(
    of face: Image, from code: Latent<ZSpace>, by refinement: Refinement
  ) throws -> Inversion<ZSpace> {
    check(code)
    precondition(refinement.steps > 0, "A refinement makes at least one step, not \(refinement.steps).")
    let target = Tensor(face.faceCrop(size: imageSize))
    let objective = InversionObjective(network, parts: refinement.parts, target: target, threads: threads)
    var search = InversionSearch(objective, from: code.values, by: refinement, threads: threads)
    let best = try search.run()
    let generator =
      refinement.parts == .code
      ? self
      : ConvolutionalGenerator(
        latentSize: latentSize, imageSize: imageSize, network: network.absorbing(best), threads: threads)
    return Inversion(
      code: Latent(best[InversionObjective.codePath]?.elements ?? code.values), generator: generator)
  }

  private func check(_ code: Latent<ZSpace>) {
    precondition(
      code.values.count == latentSize,
      "The generator takes codes of \(latentSize) numbers, not \(code.values.count).")
    if let index = code.values.firstIndex(where: { !$0.isFinite }) {
      preconditionFailure("The generator takes finite codes; number \(index) is \(code.values[index]).")
    }
  }
}
