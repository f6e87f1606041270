import Foundation
import LatentArithmetic
import LatentCore

/// How each channel of a generator changes what its images mean: StyleCLIP's table for global directions.
///
/// For each edited channel c and each image i, s_c is set to μ_c ± 5σ_c, and the joint model's features I± of the two
/// drawings are compared:
///
///     d_i(c) = normalize(I⁺_i − I⁻_i),   row(c) = normalize(mean_i d_i(c))
///
/// The drawings are finished images, rounded to 8 bits, and prepared as the model's own were.
///
/// Source: "StyleCLIP", Patashnik and others 2021, section 6.
public struct ChannelRelevance: Sendable {
  /// A unit row for each number of a style code, [latentSize, featureSize]; of zeros where the number is not edited.
  public let rows: Tensor

  /// How many deviations a channel is moved to each side.
  private static let reach: Float = 5

  /// Measures a generator: two drawings for each channel and image, which takes hours for large ones.
  ///
  /// - Parameters:
  ///   - generator: Draws style codes.
  ///   - model: Says what drawings mean.
  ///   - statistics: The generator's.
  ///   - styles: The images to look at, 100 in the article.
  ///   - threads: The most threads to use.
  ///   - report: Called after each channel.
  /// - Throws: `CancellationError` when the task is cancelled.
  public init(
    of generator: any StyleGenerator, by model: any ImageModel, statistics: StyleStatistics,
    styles: [Latent<StyleSpace>], threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    report: (StepProgress) -> Void = { _ in }
  ) throws {
    let channels = generator.editedNumbers
    var rows = [Float](repeating: 0, count: generator.latentSize * model.featureSize)
    try StepLoop.forEach("measuring channels", of: channels.count, report: report) { items in
      let channel = channels[items.lowerBound]
      var sum = [Float](repeating: 0, count: model.featureSize)
      for start in stride(from: 0, to: styles.count, by: Self.batch) {
        try Task.checkCancellation()
        let batch = styles[start..<min(start + Self.batch, styles.count)]
        let (low, high) = try (
          batch.features(channel, at: -Self.reach, statistics, generator, model, threads),
          batch.features(channel, at: Self.reach, statistics, generator, model, threads)
        )
        let differences = high.subtracting(low)
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

  /// Drawings looked at in one go.
  private static let batch = 10

  /// Reads a table whose rows are those of the edited channels in order, as `fs3.npy` is published.
  ///
  /// There may be fewer rows than channels; those that are missing count as irrelevant.
  ///
  /// - Throws: `FileError`, `TensorFileError`; ``TextEditingError/otherTable(expected:got:)``; `WeightSourceError` where a
  ///   number is not finite.
  public init(
    contentsOf url: URL, for generator: any StyleGenerator, _ model: any ImageModel
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

  /// Writes the rows of a generator's edited channels, as ``init(contentsOf:for:_:)`` reads them.
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

extension Collection<Latent<StyleSpace>> {
  /// The features of the drawings of codes whose number `channel` is so many deviations off the mean.
  fileprivate func features(
    _ channel: Int, at deviations: Float, _ statistics: StyleStatistics, _ generator: any StyleGenerator,
    _ model: any ImageModel, _ threads: Int
  ) throws -> Tensor {
    try Task.checkCancellation()
    let drawings = generator.generate(
      map { code in
        var values = code.values
        values[channel] = statistics.mean[channel] + deviations * statistics.deviation[channel]
        return Latent(values)
      })
    return model.features(of: drawings, threads: threads)
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
