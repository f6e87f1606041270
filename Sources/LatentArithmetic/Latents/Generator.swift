import LatentCore

/// Generates images from latent codes.
public protocol Generator<Space>: Sendable {
  /// The latent space of the codes.
  associatedtype Space: LatentSpace

  /// How many numbers a code has.
  var latentSize: Int { get }

  /// The height and width of the images in pixels.
  var imageSize: Int { get }

  /// Generates an image from each code, all in one batch.
  ///
  /// - Precondition: Each code has ``latentSize`` finite numbers.
  func generate(_ codes: [Latent<Space>]) -> [Image]

  /// Codes of random images; the first codes of a seed do not depend on how many there are.
  ///
  /// - Precondition: `count` is not negative.
  func randomCodes(_ count: Int, seed: UInt64) -> [Latent<Space>]
}

extension Generator {
  /// Generates the image of one code.
  ///
  /// - Precondition: The code has ``latentSize`` finite numbers.
  public func generate(_ code: Latent<Space>) -> Image { generate([code])[0] }
}

extension Generator where Space == ZSpace {
  /// Codes of independent standard normal numbers.
  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<ZSpace>] { normalCodes(count, seed: seed) }

  package func normalCodes(_ count: Int, seed: UInt64) -> [Latent<ZSpace>] {
    var stream = RandomStream(seed: seed, name: "codes")
    return (0..<count).map { _ in Latent(stream.normal(shape: [latentSize]).elements) }
  }
}

/// A generator with gradients, by which codes can be fitted to photos and texts.
public protocol DifferentiableGenerator<Space>: Generator {
  /// Generates a batch, [batch, latentSize] → [batch, imageSize, imageSize, 3] with −1 … 1 for black … white.
  ///
  /// Recorded on the codes' tape, whose threads it uses; the weights are constants there. Values may lie beyond −1 … 1.
  func images(of codes: Variable) -> Variable

  /// Which numbers of a code edits move; all of them unless the generator says otherwise.
  var editedRanges: [Range<Int>] { get }

  /// Refines the code of an image until it is generated more closely, and the generator with it where asked.
  ///
  /// - Parameters:
  ///   - image: The image, ``Generator/imageSize`` pixels square.
  ///   - code: Where to start: what an encoder found for it.
  ///   - refinement: What is fitted, and how long.
  ///   - report: Called after each step, with the mean squared error on the scale of −1 … 1.
  /// - Returns: A code and a generator that together are no farther from the image than this generator is with `code`.
  /// - Precondition: The image has the generator's size and the code ``Generator/latentSize`` finite numbers; the
  ///   refinement makes at least one step.
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  func inversion(
    of image: Image, from code: Latent<Space>, by refinement: Refinement, report: (StepProgress) -> Void
  ) throws -> Inversion<Space>
}

extension DifferentiableGenerator {
  /// All numbers of a code.
  public var editedRanges: [Range<Int>] { [0..<latentSize] }
}

extension Generator {
  /// Makes sure that a generator can take a code.
  package func check(_ code: Latent<Space>) {
    precondition(
      code.values.count == latentSize,
      "The generator takes codes of \(latentSize) numbers, not \(code.values.count).")
    if let index = code.values.firstIndex(where: { !$0.isFinite }) {
      preconditionFailure("The generator takes finite codes; number \(index) is \(code.values[index]).")
    }
  }

  /// Codes as a batch, [codes, latentSize].
  ///
  /// - Precondition: There is at least one, and the generator can take all.
  package func batch(of codes: [Latent<Space>]) -> Tensor {
    for code in codes { check(code) }
    return Tensor(shape: [codes.count, latentSize], elements: codes.flatMap(\.values))
  }

  /// The target of a refinement, [1, imageSize, imageSize, 3].
  package func target(_ image: Image) -> Tensor {
    precondition(
      image.width == imageSize && image.height == imageSize,
      "The generator's images are \(imageSize)×\(imageSize), not \(image.width)×\(image.height).")
    return Tensor(image)
  }
}
