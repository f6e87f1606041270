import LatentArithmetic
import LatentCore
import LatentText

extension Benchmark {
  /// The networks of editing by texts, and the step of latent optimization through both.
  static let textEditing = [
    Benchmark("stylegan2 256 B1") { try Drawing(threads: $0) },
    Benchmark("clip vit-b32 image B1") { try ImageFeatures(threads: $0) },
    Benchmark("text step stylegan2 256") { try TextStep(threads: $0) },
    Benchmark("sentence") { try Sentence(threads: $0) },
  ]
}

extension StyleGAN2Generator<WPlusSpace> {
  /// FFHQ's sizes at 256 pixels.
  fileprivate static func random(threads: Int) throws -> StyleGAN2Generator {
    try RandomCheckpoint.styleGAN2(size: 256)
      .opened { try StyleGAN2Generator(contentsOf: $0, threads: threads) }
  }

  fileprivate var randomCode: Tensor {
    var stream = RandomStream(input: "code")
    return stream.normal(shape: [1, latentSize])
  }
}

extension CLIP {
  /// ViT-B/32 with StyleCLIP's pre-processing, which leaves images of the model's own size as they are.
  fileprivate static func random(threads: Int) throws -> CLIP {
    try RandomCheckpoint.clip()
      .opened { try CLIP(contentsOf: $0, fidelity: .reference, threads: threads) }
  }
}

/// An image of a code of W⁺.
private struct Drawing: Workload {
  private let generator: StyleGAN2Generator<WPlusSpace>
  private let code: Tensor
  private let threads: Int

  init(threads: Int) throws {
    generator = try .random(threads: threads)
    code = generator.randomCode
    self.threads = threads
  }

  func iterate() -> Tensor { generator.images(of: Tape(threads: threads).constant(code)).value }
}

/// The features of an image that needs no change of size.
private struct ImageFeatures: Workload {
  private let clip: CLIP
  private let image: Tensor
  private let threads: Int

  init(threads: Int) throws {
    clip = try .random(threads: threads)
    var stream = RandomStream(input: "image")
    image = stream.normal(shape: [1, clip.imageSize, clip.imageSize, 3])
    self.threads = threads
  }

  func iterate() -> Tensor { clip.features(ofImages: Tape(threads: threads).constant(image)).value }
}

/// One step of StyleCLIP's latent optimization, without a recognizer.
private struct TextStep: Workload {
  private var optimizer: LatentOptimizer<WPlusSpace>

  init(threads: Int) throws {
    let generator = try StyleGAN2Generator<WPlusSpace>.random(threads: threads)
    optimizer = try LatentOptimizer(
      LatentOptimization(steps: 300, distanceWeight: 0.008),
      of: Editor(generator: generator).face(of: Latent(generator.randomCode.elements)), toward: "a face",
      model: TextlessModel(clip: .random(threads: threads)), threads: threads)
  }

  mutating func iterate() throws -> Tensor {
    Tensor(shape: [], repeating: try optimizer.update().total)
  }
}

/// CLIP's tower of images, with random features for texts: those are computed once, before the steps.
private struct TextlessModel: ImageTextModel {
  let clip: CLIP

  var featureSize: Int { clip.featureSize }

  func features(ofImages images: Variable) -> Variable { clip.features(ofImages: images) }

  func features(ofTexts texts: [String]) -> Tensor {
    var stream = RandomStream(input: "texts")
    let features = stream.normal(shape: [texts.count, featureSize])
    return Tape(threads: 1).constant(features).unitLength().value
  }
}

/// The feature of a sentence of eight tokens, its start and end included.
private struct Sentence: Workload {
  private let encoder: SentenceEncoder
  private let text: String

  init(threads: Int) throws {
    encoder = try RandomCheckpoint.miniLM()
      .opened { try SentenceEncoder(contentsOf: $0.deletingLastPathComponent(), threads: threads) }
    var stream = RandomStream(input: "sentence")
    text = (0..<6).map { _ in "\(Int.random(in: 1000..<30000, using: &stream))" }.joined(separator: " ")
    precondition(encoder.tokens(of: text).count == 8, "“\(text)” has not eight tokens.")
  }

  func iterate() -> Tensor { encoder.features(ofTexts: [text]) }
}
