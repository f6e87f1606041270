import LatentArithmetic
import LatentCore

/// Which of a code's numbers a latent mapper divides by their root mean square before it looks at them.
enum MapperNormalization: String, Sendable, Codable {
  /// Those of each vector, as PixelNorm does in StyleGAN: what new mappers should have.
  case channels
  /// Those of each channel, over the vectors of a level: what the published program does, by an axis mistaken, and
  /// what its mappers are trained with.
  case layers
}

/// The networks of a latent mapper: each part of a code is moved by one of its own.
///
/// A part is some vectors of one width. Its network normalizes them, and four dense layers of equalized learning rate
/// 0.01, each with a leaky rectifier, map each vector by itself. What belongs to no part is not moved: its movement is 0.
///
/// Source: Patashnik and others, "StyleCLIP: Text-Driven Manipulation of StyleGAN Imagery", 2021, section 5;
/// `latent_mappers.py` of its program.
public struct MapperNetwork: Layer, Codable, Equatable {
  /// Vectors of a code that one network maps.
  struct Part: Sendable, Codable, Equatable {
    /// The network's path: `coarse`.
    let path: String
    /// Where its numbers begin in the code.
    let start: Int
    /// How many vectors it has, and how long each is.
    let vectors: Int
    let width: Int

    var range: Range<Int> { start..<start + vectors * width }
  }

  /// How many numbers a code has.
  public let codeSize: Int
  /// What is normalized.
  let normalization: MapperNormalization
  let parts: [Part]

  static let depth = 4

  init(codeSize: Int, parts: [Part], normalization: MapperNormalization) {
    precondition(
      parts.allSatisfy { $0.range.lowerBound >= 0 && $0.range.upperBound <= codeSize },
      "A mapper of codes of \(codeSize) numbers cannot have the parts \(parts.map(\.range)).")
    (self.codeSize, self.parts, self.normalization) = (codeSize, parts, normalization)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    codeSize = try values.decode(Int.self, forKey: .codeSize)
    normalization = try values.decode(MapperNormalization.self, forKey: .normalization)
    parts = try values.decode([Part].self, forKey: .parts)
    let sizes = 1...Self.mostNumbers
    let isSound =
      sizes.contains(codeSize) && parts.count <= codeSize && Set(parts.map(\.path)).count == parts.count
      && parts.allSatisfy {
        sizes.contains($0.vectors) && sizes.contains($0.width) && (0...codeSize).contains($0.start)
          && $0.range.upperBound <= codeSize
      }
    guard isSound else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "The parts of a mapper leave its code."))
    }
  }

  /// More than the code of any generator; products of two such sizes are still numbers.
  private static let mostNumbers = 1 << 24

  public var parameters: [ParameterSpecification] { parts.flatMap { layers(of: $0).flatMap(\.parameters) } }

  /// The movements of codes, [batch, codeSize] → [batch, codeSize].
  public func callAsFunction(_ codes: Variable, _ binding: Binding) -> Variable {
    precondition(
      codes.shape.count == 2 && codes.shape[1] == codeSize,
      "A mapper of codes of \(codeSize) numbers cannot take shape \(codes.shape).")
    let movements = parts.map { part in
      let vectors = codes.columns(part.range)
        .reshaped(to: [codes.shape[0], part.vectors, part.width])
        .pixelNormalized(axis: normalization == .layers ? 1 : 2)
      return layers(of: part).reduce(vectors) { $1($0, binding) }
        .reshaped(to: [codes.shape[0], part.range.count])
        .columns(amongZerosAt: part.start, of: codeSize)
    }
    guard let first = movements.first else { return codes.scaled(by: 0) }
    return movements.dropFirst().reduce(first) { $0.adding($1) }
  }

  private func layers(of part: Part) -> [EqualizedDense] {
    (1...Self.depth).map { number in
      EqualizedDense(
        path: "\(part.path).\(number)", inputs: part.width, outputs: part.width, rateMultiplier: 0.01,
        isActivated: true)
    }
  }
}
