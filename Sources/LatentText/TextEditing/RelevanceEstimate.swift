import Foundation
import LatentArithmetic
import LatentCore

/// An estimate of ``ChannelRelevance`` that takes a backward pass for each image instead of two images for each
/// channel and style.
///
/// Goals, in this order: the channels that a table would rank first come first; a β means what it means for the table;
/// hours become minutes.
///
/// With J_c = Σ_i ∂I_i/∂s_c, the change of the unit features of all images with channel c, the table's row is near
/// J_c/‖J_c‖, and its relevance to Δt near
///
///     r_c = ⟨J_c, Δt⟩/‖J_c‖,   ‖J_c‖² ≈ (1/K)·Σ_k ⟨J_c, ε_k⟩²,   ε_k ~ N(0, 1)
///
/// Each inner product for all channels at once is one backward pass over the images. The K of the norms serve all
/// texts, and are made when the estimate is prepared; each text then takes one more.
///
/// On the trained face generator and the scorer of attributes, 720 channels and 40 attributes, Spearman's ρ to the table over
/// 100 images is 0.98 with the same images and 64 probes, and 79 % of the channels above the table's automatic β are among as
/// many of the estimate's first; with 20 of the images it is 0.89 and 58 %. With 10 images on both sides it is 0.95 and 71 %.
///
/// Rejected: ⟨J_c, Δt⟩·σ_c by itself, which ranks by how far a channel reaches and not by how well it fits the text; and
/// other ε for each image, which estimate √(n·Σ_i‖∂I_i/∂s_c‖²) in fewer passes, but that is too large where images
/// differ: 60 % of the channels, and a β means another thing.
public struct RelevanceEstimate: Sendable {
  private let generator: any StyleGenerator
  private let model: any ImageModel
  private let styles: [Latent<StyleSpace>]
  private let threads: Int
  private let norms: [Double]

  /// Images in one pass.
  private static let batch = 4

  /// Prepares the estimate.
  ///
  /// - Parameters:
  ///   - generator: Generates images from styles.
  ///   - model: Tells what images mean.
  ///   - styles: The codes whose images are looked at.
  ///   - probes: K; the norms' relative error is some √(1/2K).
  ///   - seed: Decides the ε.
  ///   - threads: The most threads to use; results do not depend on it.
  ///   - report: Called after each pass.
  /// - Throws: `CancellationError` when the task is cancelled.
  /// - Precondition: There is at least one probe.
  public init(
    of generator: any StyleGenerator, model: any ImageModel, styles: [Latent<StyleSpace>],
    probes: Int = 64, seed: UInt64 = 1, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    report: (StepProgress) -> Void = { _ in }
  ) throws {
    precondition(probes > 0, "The norms are estimated by one probe or more, not \(probes).")
    (self.generator, self.model, self.styles, self.threads) = (generator, model, styles, threads)
    var stream = RandomStream(seed: seed, name: "probes")
    var squares = [Double](repeating: 0, count: generator.latentSize)
    try StepLoop.forEach("measuring channels", of: probes, report: report) { _ in
      let along = stream.normal(shape: [1, model.featureSize])
      let sums = try Self.derivatives(along: along, generator, model, styles, threads)
      for (index, sum) in sums.enumerated() { squares[index] += sum * sum / Double(probes) }
    }
    norms = squares.map { $0.squareRoot() }
  }

  /// r_c for each number of a style code, 0 where it is not edited.
  ///
  /// - Parameter direction: Δt, [1, featureSize].
  /// - Returns: As many numbers as a code has, about −1 … 1.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func relevance(to direction: Tensor) throws -> [Float] {
    let sums = try Self.derivatives(along: direction, generator, model, styles, threads)
    var relevance = [Float](repeating: 0, count: sums.count)
    for range in generator.editedRanges {
      for index in range where norms[index] > 0 { relevance[index] = Float(sums[index] / norms[index]) }
    }
    return relevance
  }

  /// Σ_i ∂⟨I_i, direction⟩/∂s_c for each c.
  private static func derivatives(
    along direction: Tensor, _ generator: any StyleGenerator, _ model: any ImageModel,
    _ styles: [Latent<StyleSpace>], _ threads: Int
  ) throws -> [Double] {
    var sums = [Double](repeating: 0, count: generator.latentSize)
    for start in stride(from: 0, to: styles.count, by: batch) {
      try Task.checkCancellation()
      let codes = styles[start..<min(start + batch, styles.count)]
      let tape = Tape(threads: threads)
      let watched = tape.watch(
        Tensor(shape: [codes.count, generator.latentSize], elements: codes.flatMap(\.values)), path: "styles")
      let features = model.features(ofImages: generator.images(of: watched))
      try Task.checkCancellation()
      let cotangent = direction.rows(Array(repeating: 0, count: codes.count))
      guard let gradient = tape.gradients(of: features, cotangent: cotangent)["styles"] else { continue }
      for row in 0..<codes.count {
        for (index, value) in gradient.row(row).enumerated() { sums[index] += Double(value) }
      }
    }
    return sums
  }
}
