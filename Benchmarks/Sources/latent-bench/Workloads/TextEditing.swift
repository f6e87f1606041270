import LatentArithmetic

extension Benchmark {
  /// The networks of editing by texts, and the step of latent optimisation through both.
  static let textEditing = [
    Benchmark("stylegan2 256 B1") { try Drawing(threads: $0) },
    Benchmark("clip vit-b32 image B1") { try PictureFeatures(threads: $0) },
    Benchmark("text step stylegan2 256") { try TextStep(threads: $0) },
  ]
}

extension StyleGAN2Generator<WPlus> {
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
  /// ViT-B/32 with StyleCLIP's pre-processing, which leaves pictures of the model's own size as they are.
  fileprivate static func random(threads: Int) throws -> CLIP {
    try RandomCheckpoint.clip()
      .opened { try CLIP(contentsOf: $0, fidelity: .reference, threads: threads) }
  }
}

/// A picture of a code of W⁺.
private struct Drawing: Workload {
  private let generator: StyleGAN2Generator<WPlus>
  private let code: Tensor
  private let threads: Int

  init(threads: Int) throws {
    generator = try .random(threads: threads)
    code = generator.randomCode
    self.threads = threads
  }

  func iterate() -> Tensor { generator.drawings(of: Tape(threads: threads).constant(code)).value }
}

/// The features of a picture that needs no change of size.
private struct PictureFeatures: Workload {
  private let clip: CLIP
  private let picture: Tensor
  private let threads: Int

  init(threads: Int) throws {
    clip = try .random(threads: threads)
    var stream = RandomStream(input: "picture")
    picture = stream.normal(shape: [1, clip.pictureSize, clip.pictureSize, 3])
    self.threads = threads
  }

  func iterate() -> Tensor { clip.features(ofPictures: Tape(threads: threads).constant(picture)).value }
}

/// One step of StyleCLIP's latent optimisation, without a recogniser.
private struct TextStep: Workload {
  private var optimizer: LatentOptimizer<WPlus>

  init(threads: Int) throws {
    let generator = try StyleGAN2Generator<WPlus>.random(threads: threads)
    optimizer = try LatentOptimizer(
      LatentOptimization(steps: 300, distanceWeight: 0.008), from: Latent(generator.randomCode.elements),
      by: generator, toward: "a face", TextlessModel(clip: .random(threads: threads)), threads: threads)
  }

  mutating func iterate() throws -> Tensor {
    Tensor(shape: [], repeating: try optimizer.update().total)
  }
}

/// CLIP's tower of pictures, with random features for texts: those are computed once, before the steps.
private struct TextlessModel: ImageTextModel {
  let clip: CLIP

  var featureSize: Int { clip.featureSize }

  func features(ofPictures pictures: Variable) -> Variable { clip.features(ofPictures: pictures) }

  func features(ofTexts texts: [String]) -> Tensor {
    var stream = RandomStream(input: "texts")
    let features = stream.normal(shape: [texts.count, featureSize])
    return Tape(threads: 1).constant(features).unitLength().value
  }
}
