import Foundation
import LatentArithmetic
import LatentCore

/// Finds the codes of faces in StyleGAN2's W⁺: encoder4editing, "e4e".
///
/// IR-SE50 looks at 256×256 pixels. Its results after units 6, 20 and 23 make a pyramid of three levels; a head of
/// halving convolutions a style looks at one of them. With the answers a₀, a₁, … and the mean code w̄ of the checkpoint,
/// w₀ = w̄₀ + a₀ and wᵢ = w̄ᵢ + a₀ + aᵢ.
///
/// The heads are nine tenths of a gigabyte of weights. They stay in the file, which is mapped, and are read one after
/// another each time that a batch is encoded.
///
/// Source: Tov and others, "Designing an Encoder for StyleGAN Image Manipulation", 2021; `psp_encoders.py` of
/// omertov/encoder4editing at its last stage of training.
public struct E4EEncoder: Encoder {
  /// The height and width of the images in pixels.
  public let imageSize = 256
  public let alignment = FaceAlignment.ffhq
  public let framing: Framing

  /// How many numbers a code has: 18 vectors of 512 for a generator of 1024 pixels.
  public var latentSize: Int { styleCount * Self.styleSize }

  /// How many vectors a code has.
  private let styleCount: Int
  private let pyramid: Pyramid
  private let source: WeightSource
  /// The mean code, [styleCount · 512], or nothing.
  private let mean: [Float]
  private let threads: Int

  /// Opens an encoder in any format that `TensorFile` reads; of a whole e4e checkpoint it takes the tensors of the
  /// `encoder.` and `latent_avg`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - framing: Where a photo's crop lies: at a face, aligned as FFHQ's, unless the checkpoint is of other images:
  ///     `Framing.whole` where whole ones were resized for its training.
  ///   - threads: The most threads to use.
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is missing, misshapen or
  ///   not the network's.
  public init(
    contentsOf url: URL, framing: Framing = .detected(),
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    self.framing = framing
    let file = try TensorFile(contentsOf: url)
    let prefix = file.prefix(beforeOneOf: ["styles.0.linear.weight"])
    var count = 0
    while file.shape(of: "\(prefix)styles.\(count).linear.weight") != nil { count += 1 }
    // A network without heads is another one; that those of the first style are missing tells so.
    styleCount = max(count, 1)
    mean = try Self.mean(in: file, styleCount: styleCount)
    source = WeightSource(file, prefix: prefix)
    try source.check(Pyramid.specifications + (0..<styleCount).flatMap { Self.head($0).parameters })
    pyramid = try Pyramid(source)
    self.threads = threads
  }

  /// Finds the code of each crop, aligned as FFHQ's faces are.
  ///
  /// - Precondition: Each crop is ``imageSize`` pixels square.
  /// - Throws: `WeightSourceError` where a head's numbers are not finite; `ModelError.codeNotFinite(image:)`.
  public func encode(_ crops: [Image]) throws -> [Latent<WPlusSpace>] {
    check(crops)
    return try stride(from: 0, to: crops.count, by: Self.batch).flatMap { start -> [Latent<WPlusSpace>] in
      let batch = Array(crops[start..<min(start + Self.batch, crops.count)])
      return try codes(of: Tensor(batch)).latents(first: start)
    }
  }

  /// The codes of a batch of faces, [batch, 256, 256, 3] in −1 … 1 → [batch, styleCount · 512].
  package func codes(of faces: Tensor) throws -> Tensor {
    let (batch, width) = (faces.shape[0], Self.styleSize)
    let levels = pyramid.levels(of: faces, threads: threads)
    var first: [Float] = []
    var codes = [Float](repeating: 0, count: batch * styleCount * width)
    for style in 0..<styleCount {
      let layers = Self.head(style)
      let head = InferenceNetwork(layers, try source.read(layers.parameters))
      let answers = head(levels[Self.level(of: style)], threads: threads).elements
      if style == 0 { first = answers }
      for (index, answer) in answers.enumerated() {
        let (image, place) = (index / width, style * width + index % width)
        let sum = (style == 0 ? 0 : first[index]) + answer + (mean.isEmpty ? 0 : mean[place])
        codes[image * styleCount * width + place] = sum
      }
    }
    return Tensor(shape: [batch, styleCount * width], elements: codes)
  }

  /// How many images share a reading of the heads; their pyramids take 14 megabytes each.
  private static let batch = 4
  fileprivate static let styleSize = 512

  /// Coarse styles look at 16×16 places, medium ones at 32×32, fine ones at 64×64.
  private static func level(of style: Int) -> Int { style < 3 ? 0 : style < 7 ? 1 : 2 }

  /// The head of a style: [batch, places, places, 512] → [batch, 512].
  private static func head(_ style: Int) -> Sequential {
    let path = "styles.\(style)."
    let halvings = (0..<4 + level(of: style)).map { index in
      Convolution(
        Weight(
          path: path + "convs.\(2 * index)", hasBias: true, activation: .leakyReLU(slope: 0.01),
          initialization: .glorotUniform),
        inChannels: styleSize, outChannels: styleSize, geometry: .centered(kernel: 3, stride: 2))
    }
    return Sequential(
      halvings + [
        Reshape(to: [styleSize]),
        EqualizedDense(path: path + "linear", inputs: styleSize, outputs: styleSize),
      ])
  }

  /// The mean code of a checkpoint, one vector for all styles or one each.
  private static func mean(in file: TensorFile, styleCount: Int) throws -> [Float] {
    let name = "latent_avg"
    guard let place = file.names.first(where: { $0 == name || $0.hasSuffix("." + name) }) else { return [] }
    let mean = try file.tensor(place)
    let expected = [styleCount, styleSize]
    guard mean.shape.last == styleSize, [styleSize, styleCount * styleSize].contains(mean.count) else {
      throw WeightSourceError(
        file: file.path, faults: [.misshapen(place, expected: expected, got: mean.shape)])
    }
    if let fault = mean.firstNonFinite {
      throw WeightSourceError(file: file.path, faults: [.notFinite(place + fault)])
    }
    return mean.count == styleSize
      ? (0..<styleCount).flatMap { _ in mean.elements } : mean.elements
  }
}

/// The trunk of e4e and its three levels, each of 512 channels.
private struct Pyramid: Sendable {
  private let stages: [InferenceNetwork]
  private let laterals: [InferenceNetwork]

  /// To the results with 128, 256 and 512 channels.
  private static let stageLayers = [
    Sequential(IRSE50.stem + IRSE50.units[...6]), Sequential(Array(IRSE50.units[7...20])),
    Sequential(Array(IRSE50.units[21...])),
  ]
  /// From 256 and from 128 channels.
  private static let lateralLayers = [("latlayer1", 256), ("latlayer2", 128)].map { path, channels in
    Sequential([
      Convolution(
        Weight(path: path, hasBias: true, initialization: .glorotUniform), inChannels: channels,
        outChannels: E4EEncoder.styleSize, geometry: .centered(kernel: 1, stride: 1))
    ])
  }

  static let specifications = (stageLayers + lateralLayers).flatMap(\.parameters)

  init(_ source: WeightSource) throws {
    func networks(_ layers: [Sequential]) throws -> [InferenceNetwork] {
      try layers.map { InferenceNetwork($0, try source.read($0.parameters)) }
    }
    (stages, laterals) = (try networks(Self.stageLayers), try networks(Self.lateralLayers))
  }

  /// 16×16, 32×32 and 64×64 places for 256×256 pixels.
  func levels(of faces: Tensor, threads: Int) -> [Tensor] {
    let fine = stages[0](faces, threads: threads)
    let medium = stages[1](fine, threads: threads)
    var levels = [stages[2](medium, threads: threads)]
    for (lateral, features) in zip(laterals, [medium, fine]) {
      let level = Tape(threads: threads).constant(levels[levels.count - 1])
      let detail = level.tape.constant(lateral(features, threads: threads))
      let (height, width) = (level.shape[1], level.shape[2])
      // PyTorch's upsampling with aligned corners, as in pSp's feature pyramid.
      let enlarged = level.resampled(
        rows: .bilinear(from: height, to: detail.shape[1], aligningCorners: true),
        columns: .bilinear(from: width, to: detail.shape[2], aligningCorners: true))
      levels.append(enlarged.adding(detail).value)
    }
    return levels
  }
}
