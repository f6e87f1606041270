import LatentArithmetic
import LatentCore

/// The factors of a generator's channels, all layers' one after the other: the space S of StyleCLIP.
///
/// Source: "StyleSpace Analysis: Disentangled Controls for StyleGAN Image Generation", Wu and others 2021.
public enum StyleSpace: LatentSpace {}

/// The numbers of a style code that belong to one layer of the generator.
public struct StyleLayer: Sendable, Equatable {
  /// The layer's name, as checkpoints have it: `convs.3`.
  public let name: String
  /// Where its numbers are in the code.
  public let range: Range<Int>
  /// Whether they are factors of channels that edits move, as those of convolutions are.
  ///
  /// The factors of the layers that make colors (StyleGAN2's toRGB) are not, nor is noise that a code begins with.
  public let isEdited: Bool

  /// Describes a layer.
  public init(name: String, range: Range<Int>, isEdited: Bool) {
    (self.name, self.range, self.isEdited) = (name, range, isEdited)
  }
}

/// A generator with one factor for each channel of its layers: what global directions work on.
public protocol StyleGenerator: DifferentiableGenerator where Space == StyleSpace {
  /// The layers in the order of their numbers.
  var styleLayers: [StyleLayer] { get }

  /// Mean and deviation of each number over random images.
  func statistics(samples: Int, seed: UInt64) -> StyleStatistics
}

extension StyleGenerator {
  /// Which numbers of a code edits move.
  package var editedRanges: [Range<Int>] { styleLayers.filter(\.isEdited).map(\.range) }
}

/// Mean μ and deviation σ of each number of style codes.
public struct StyleStatistics: Sendable, Equatable {
  /// μ of each number.
  public let mean: [Float]
  /// σ of each number.
  public let deviation: [Float]

  /// Puts them together.
  ///
  /// - Precondition: There are as many of both.
  public init(mean: [Float], deviation: [Float]) {
    precondition(
      mean.count == deviation.count,
      "\(mean.count) means and \(deviation.count) deviations are no statistics.")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// Measures codes, the biased variance being summed in double.
  ///
  /// - Parameter batches: Codes, as many at a time as there is memory for.
  /// - Precondition: There is at least one code, and all have as many numbers.
  public init(of batches: some Sequence<[Latent<StyleSpace>]>) {
    var first: [Float] = []
    var (sums, squares): ([Double], [Double]) = ([], [])
    var count = 0.0
    for code in batches.joined() {
      if count == 0 {
        first = code.values
        (sums, squares) = (first.map { _ in 0 }, first.map { _ in 0 })
      }
      precondition(
        code.values.count == first.count,
        "Codes of \(first.count) and \(code.values.count) numbers do not mix.")
      for (index, value) in code.values.enumerated() {
        // Measured from the first code, the squares lose no digits to a large mean.
        let distance = Double(value) - Double(first[index])
        sums[index] += distance
        squares[index] += distance * distance
      }
      count += 1
    }
    precondition(count > 0, "Statistics take at least one code.")
    self.init(
      mean: zip(first, sums).map { Float(Double($0) + $1 / count) },
      deviation: zip(sums, squares).map { sum, square in
        Float(max(0, square / count - (sum / count) * (sum / count)).squareRoot())
      })
  }
}
