import Foundation
import LatentArithmetic
import LatentCore

/// How each channel of a generator changes what its images mean, measured: StyleCLIP's table for global directions.
///
/// For each edited channel c and each image i of a code s, the joint model's features I± of a pair of images are
/// compared, G(s ± α·Δs) with Δs = σ_c in channel c and 0 elsewhere, α = 5:
///
///     d_i(c) = normalize(I⁺_i − I⁻_i),   row(c) = normalize(mean_i d_i(c))
///
/// The published program sets s_c to μ_c before, in all codes, and by a shallow copy leaves it there when it goes on to the
/// next channel; ``Fidelity/reference`` does so, too. The mean's length is divided out in both, as by the program: β is on
/// that scale. The images are finished ones, rounded to 8 bits, and prepared as the model's own were.
///
/// Source: "StyleCLIP", Patashnik and others 2021, section 6; `SingleChannel.py` of its program.
public struct ChannelRelevance: Sendable {
  /// A unit row for each number of a style code, [latentSize, featureSize]; of zeros where the number is not edited.
  package let rows: Tensor

  /// α: how many deviations a channel is moved to each side.
  private static let reach: Float = 5
  /// How many images are looked at where nothing else is said, as in the article.
  private static let usualImages = 100

  /// Measures a generator by two images for each channel and style, which takes hours for large ones.
  ///
  /// - Parameters:
  ///   - generator: Generates images from styles.
  ///   - model: Tells what images mean.
  ///   - statistics: The generator's.
  ///   - styles: The codes whose images are looked at; if left out 100 random ones, as in the article.
  ///   - fidelity: Whether the pairs are the published program's or the article's.
  ///   - report: Called after each channel.
  /// - Throws: `CancellationError` when the task is cancelled.
  public init(
    of generator: any StyleGenerator, model: any ImageModel, statistics: StyleStatistics,
    styles: [Latent<StyleSpace>]? = nil, fidelity: Fidelity = .corrected,
    report: (StepProgress) -> Void = { _ in }
  ) throws {
    var styles = styles ?? generator.randomCodes(Self.usualImages, seed: 5)
    let channels = generator.editedNumbers
    var rows = [Float](repeating: 0, count: generator.latentSize * model.featureSize)
    try StepLoop.forEach("measuring channels", of: channels.count, report: report) { items in
      let channel = channels[items.lowerBound]
      if fidelity == .reference {
        styles = styles.map { $0.replacing(channel, by: statistics.mean[channel]) }
      }
      var sum = [Float](repeating: 0, count: model.featureSize)
      for start in stride(from: 0, to: styles.count, by: Self.batch) {
        try Task.checkCancellation()
        let batch = styles[start..<min(start + Self.batch, styles.count)]
        func features(_ deviations: Float) throws -> Tensor {
          let shift = deviations * statistics.deviation[channel]
          let shifted = batch.map { $0.replacing(channel, by: $0.values[channel] + shift) }
          try Task.checkCancellation()
          return model.features(of: generator.generate(shifted))
        }
        let differences = try features(Self.reach).subtracting(features(-Self.reach))
        for row in 0..<batch.count {
          let difference = differences.row(row)
          let length = difference.length
          if length > 0 { for (k, value) in difference.enumerated() { sum[k] += value / length } }
        }
      }
      let length = sum.length
      if length > 0 {
        let start = channel * model.featureSize
        rows.replaceSubrange(start..<start + sum.count, with: sum.map { $0 / length })
      }
    }
    self.rows = Tensor(shape: [generator.latentSize, model.featureSize], elements: rows)
  }

  /// Images looked at at a time.
  private static let batch = 10

  /// Reads a table whose rows are those of the edited channels in order, as `fs3.npy` is published.
  ///
  /// There may be fewer rows than channels; those that are missing count as irrelevant.
  ///
  /// - Throws: `FileError`, `TensorFileError`; ``TextEditingError/otherTable(expected:got:)``; `WeightSourceError` where a
  ///   number is not finite.
  public init(
    contentsOf url: URL, for generator: any StyleGenerator, model: any ImageModel
  ) throws {
    let file = try TensorFile(contentsOf: url)
    let channels = generator.editedNumbers
    guard let name = file.names.first, let shape = file.shape(of: name), file.names.count == 1,
      shape.count == 2, shape[0] <= channels.count, shape[1] == model.featureSize
    else {
      throw TextEditingError.otherTable(
        expected: [channels.count, model.featureSize],
        got: file.names.first.flatMap { file.shape(of: $0) } ?? [])
    }
    let table = try file.tensor(name)
    if let place = table.firstNonFinite {
      throw WeightSourceError(file: url.path, faults: [.notFinite(name + place)])
    }
    var rows = [Float](repeating: 0, count: generator.latentSize * model.featureSize)
    for (index, channel) in channels.prefix(table.shape[0]).enumerated() {
      rows.replaceSubrange(
        channel * model.featureSize..<(channel + 1) * model.featureSize, with: table.row(index))
    }
    self.rows = Tensor(shape: [generator.latentSize, model.featureSize], elements: rows)
  }

  /// Writes the rows of a generator's edited channels, as ``init(contentsOf:for:model:)`` reads them.
  ///
  /// - Throws: `FileError`.
  public func write(to url: URL, for generator: any StyleGenerator) throws {
    let channels = generator.editedNumbers
    try TensorFile.writeSafeTensors([StoredTensor(Self.name, rows.rows(channels))], to: url)
  }

  private static let name = "relevance"

  /// ⟨row(c), Δt⟩ for each number of a style code: how a channel fits a direction of texts, −1 … 1.
  ///
  /// - Precondition: The direction is [1, featureSize].
  public func relevance(to direction: Tensor) -> [Float] {
    Kernels.matrixProduct(rows, direction, transposingSecond: true, threads: 1).elements
  }
}

extension Latent {
  /// The code with another number at a place.
  fileprivate func replacing(_ index: Int, by value: Float) -> Latent {
    var values = values
    values[index] = value
    return Latent(values)
  }
}

extension [Float] {
  /// The square root of the sum of squares.
  fileprivate var length: Float { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension StyleGenerator {
  /// The places in a code that edits move, in their order.
  fileprivate var editedNumbers: [Int] { editedRanges.flatMap { Array($0) } }
}
