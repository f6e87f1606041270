import Foundation
import LatentArithmetic
import LatentCore

/// Moves the codes of images by what a text asked for when it was trained: StyleCLIP's latent mapper.
///
///     let mapper = try LatentMapper(styleCLIP: url)
///     let face = try editor.faces(in: photo)[0]
///     try face.rendered(along: mapper.direction(for: face.code)).write(to: out)
///
/// A network M of its own gives each code w a direction, 0.1·M(w). ``MapperTraining`` trains new mappers.
///
/// Source: Patashnik and others, "StyleCLIP: Text-Driven Manipulation of StyleGAN Imagery", 2021, section 5.
public struct LatentMapper<Space: LatentSpace>: Sendable {
  /// M.
  package let network: MapperNetwork
  /// The parameters of M; those of a published mapper are the checkpoint's.
  package var parameters: Parameters
  private let threads: Int

  /// What M's answer is multiplied by, in training and use.
  package static var step: Float { 0.1 }

  init(network: MapperNetwork, parameters: Parameters, threads: Int) {
    (self.network, self.parameters, self.threads) = (network, parameters, threads)
  }

  /// How many numbers a code has.
  public var latentSize: Int { network.codeSize }

  /// The direction 0.1·M(w) for a code; a step of 1 moves it as far as the mapper was trained to.
  ///
  /// - Precondition: The code has as many numbers as the mapper's.
  public func direction(for code: Latent<Space>) -> Direction<Space> { directions(for: [code])[0] }

  /// The directions of several codes, in their order.
  ///
  /// - Precondition: Each code has as many numbers as the mapper's.
  public func directions(for codes: [Latent<Space>]) -> [Direction<Space>] {
    stride(from: 0, to: codes.count, by: Self.batch).flatMap { start -> [Direction<Space>] in
      let part = codes[start..<min(start + Self.batch, codes.count)]
      for code in part {
        precondition(
          code.values.count == network.codeSize,
          "The mapper takes codes of \(network.codeSize) numbers, not \(code.values.count).")
      }
      let tape = Tape(threads: threads)
      let batch = Tensor(shape: [part.count, network.codeSize], elements: part.flatMap(\.values))
      let binding = Binding(parameters, on: tape, isTrained: false, phase: .inference)
      let movements = network(tape.constant(batch), binding).value
      return part.indices.map { Self.step * Direction<Space>(movements.row($0 - start)) }
    }
  }

  /// The mean of cos(M(wᵢ), M(wⱼ)) over pairs of different codes: 1 where the mapper moves all codes one way.
  ///
  /// A direction without length makes a cosine of 0 with any other.
  ///
  /// - Precondition: There are at least two codes.
  public func meanPairwiseCosine(of codes: [Latent<Space>]) -> Double {
    precondition(codes.count >= 2, "A pair takes two codes, not \(codes.count).")
    // With unit vectors u, the sum over ordered pairs is ‖Σ u‖² − Σ ‖u‖².
    var sum = [Double](repeating: 0, count: network.codeSize)
    var own = 0.0
    for direction in directions(for: codes) {
      let length = direction.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 0 else { continue }
      for (index, value) in direction.values.enumerated() { sum[index] += Double(value) / length }
      own += 1
    }
    let count = Double(codes.count)
    return (sum.reduce(0) { $0 + $1 * $1 } - own) / (count * (count - 1))
  }

  /// How many codes are mapped at a time.
  private static var batch: Int { 64 }
}

/// The levels of StyleCLIP's mapper in W⁺, each with a network of its own.
public enum MapperLevel: String, Sendable, Codable, CaseIterable {
  /// The vectors 0 … 3: pose and the shape of the head.
  case coarse
  /// The vectors 4 … 7: hair and the features of the face.
  case medium
  /// The vectors from 8 on: colors.
  case fine

  fileprivate func vectors(of count: Int) -> Range<Int> {
    switch self {
    case .coarse: 0..<min(4, count)
    case .medium: min(4, count)..<min(8, count)
    case .fine: min(8, count)..<count
    }
  }

  /// What published checkpoints call it.
  fileprivate var published: String { self == .coarse ? "course_mapping" : rawValue + "_mapping" }
}

extension LatentMapper where Space == WPlusSpace {
  /// Makes an untrained mapper of codes of `styleCount` vectors; levels that are not named are not moved.
  ///
  /// - Precondition: There is at least one vector.
  public init(
    styleCount: Int, width: Int = 512, levels: Set<MapperLevel> = Set(MapperLevel.allCases),
    fidelity: Fidelity = .corrected, seed: UInt64,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    let network = Self.network(styleCount, width, levels, fidelity)
    self.init(network: network, parameters: Parameters(network.parameters, seed: seed), threads: threads)
  }

  /// Opens a mapper that StyleCLIP's program trained, in any format that `TensorFile` reads.
  ///
  /// Such a checkpoint holds the mapper below `state_dict.mapper.`, a generator beside it, and no tensors of levels that
  /// are switched off. It fits generators of any size.
  ///
  /// - Parameters:
  ///   - url: The checkpoint.
  ///   - styleCount: How many vectors the generator's codes have.
  ///   - fidelity: What the mapper was trained with; published ones with the published normalization.
  ///   - threads: The most threads to use.
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is missing, misshapen or
  ///   not a mapper's.
  public init(
    styleCLIP url: URL, styleCount: Int = 18, fidelity: Fidelity = .reference,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let file = try TensorFile(contentsOf: url)
    func first(_ level: MapperLevel) -> String { level.published + ".mapping.1.weight" }
    let prefix = file.prefix(beforeOneOf: MapperLevel.allCases.map(first))
    let present = MapperLevel.allCases.filter { file.shape(of: prefix + first($0)) != nil }
    // A file without any level is no mapper; that all three are missing tells so.
    let levels = present.isEmpty ? MapperLevel.allCases : present
    var modules: [String: String] = [:]
    for level in levels {
      for number in 1...MapperNetwork.depth {
        modules["\(level).\(number)"] = "\(level.published).mapping.\(number)"
      }
    }
    // What a file without any level lacks is told of the published width.
    let width = present.first.flatMap { file.shape(of: prefix + first($0))?.last } ?? 512
    guard width > 0 else {
      throw TensorFileError.shapeMismatch(
        file: url.path, tensor: prefix + first(levels[0]), expected: [512, 512], got: [0])
    }
    let network = Self.network(styleCount, width, Set(levels), fidelity)
    let parameters = try WeightSource(file, modules: modules, prefix: prefix).parameters(network.parameters)
    self.init(network: network, parameters: parameters, threads: threads)
  }

  private static func network(
    _ styleCount: Int, _ width: Int, _ levels: Set<MapperLevel>, _ fidelity: Fidelity
  ) -> MapperNetwork {
    precondition(
      styleCount > 0 && width > 0, "A code has at least one vector, not \(styleCount) of \(width) numbers.")
    let parts = MapperLevel.allCases.filter(levels.contains).compactMap { level -> MapperNetwork.Part? in
      let vectors = level.vectors(of: styleCount)
      if vectors.isEmpty { return nil }
      return .init(
        path: level.rawValue, start: vectors.lowerBound * width, vectors: vectors.count, width: width)
    }
    return MapperNetwork(
      codeSize: styleCount * width, parts: parts,
      normalization: fidelity == .reference ? .layers : .channels)
  }
}

extension LatentMapper where Space == StyleSpace {
  /// Makes an untrained mapper of a generator's style space, with a network for each layer whose factors are edited.
  ///
  /// Layers that make colors are not moved. A layer's factors are one vector, so that the published program, too,
  /// normalizes over channels here.
  public init(
    of generator: any StyleGenerator, seed: UInt64,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    let parts = generator.styleLayers.enumerated().filter(\.element.isEdited).map { index, layer in
      MapperNetwork.Part(
        path: "style\(index)", start: layer.range.lowerBound, vectors: 1, width: layer.range.count)
    }
    let network = MapperNetwork(codeSize: generator.latentSize, parts: parts, normalization: .channels)
    self.init(network: network, parameters: Parameters(network.parameters, seed: seed), threads: threads)
  }
}

extension LatentMapper {
  /// Makes an untrained mapper of codes that are one vector, such as those of a `ConvolutionalGenerator`.
  ///
  /// - Precondition: A code has a number.
  public init(
    latentSize: Int, seed: UInt64, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    precondition(latentSize > 0, "A code has at least one number, not \(latentSize).")
    let part = MapperNetwork.Part(path: "code", start: 0, vectors: 1, width: latentSize)
    let network = MapperNetwork(codeSize: latentSize, parts: [part], normalization: .channels)
    self.init(network: network, parameters: Parameters(network.parameters, seed: seed), threads: threads)
  }
}
