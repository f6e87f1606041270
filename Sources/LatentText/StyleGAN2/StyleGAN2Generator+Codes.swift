import LatentArithmetic
import LatentCore

/// Codes drawn toward the mean, which makes images more alike and fewer of them bad: w̄ + ψ(w − w̄).
struct StyleGAN2Truncation: Sendable {
  /// ψ.
  let factor: Float
  /// (1 − ψ)·w̄, [styleSize].
  let offset: Tensor
  /// How many vectors of W⁺ are drawn toward the mean, from the first.
  let rows: Int
}

extension StyleGAN2Generator {
  /// The codes in W of noise, without truncation.
  ///
  /// - Precondition: Each code has as many numbers as the noise.
  public func mapped(_ codes: [Latent<ZSpace>]) -> [Latent<WSpace>] {
    guard !codes.isEmpty else { return [] }
    return Self.latents([network.mapped(constant(codes))])
  }

  /// The codes in W⁺ of codes in W: the same vector in each row, drawn toward the mean where this generator truncates.
  ///
  /// - Precondition: Each code has as many numbers as w.
  public func layered(_ codes: [Latent<WSpace>]) -> [Latent<WPlusSpace>] {
    guard !codes.isEmpty else { return [] }
    return Self.latents(rows(of: constant(codes)))
  }

  /// A direction of W as one of W⁺: the same in some of its vectors, and none in the others.
  ///
  /// - Parameters:
  ///   - direction: As many numbers as w has.
  ///   - rows: The vectors of W⁺ that are moved; nil for all.
  /// - Returns: A direction for codes of ``WPlusSpace``.
  /// - Precondition: The direction has as many numbers as w.
  public func layered(_ direction: Direction<WSpace>, rows: Range<Int>? = nil) -> Direction<WPlusSpace> {
    precondition(
      direction.values.count == network.styleSize,
      "A direction of W has \(network.styleSize) numbers, not \(direction.values.count).")
    let none = [Float](repeating: 0, count: network.styleSize)
    return Direction(
      (0..<styleCount).flatMap { rows?.contains($0) ?? true ? direction.values : none })
  }

  /// The styles that codes in W⁺ give to all layers, in the order of ``styleLayers``.
  ///
  /// - Precondition: Each code has the numbers of all its vectors.
  public func styles(of codes: [Latent<WPlusSpace>]) -> [Latent<StyleSpace>] {
    guard !codes.isEmpty else { return [] }
    return Self.latents(self.in(WPlusSpace.self).styleVariables(of: constant(codes)))
  }

  /// Codes of images that nobody took, from noise and in this generator's space.
  ///
  /// The same seed gives the same images in all spaces, but that truncation begins behind W: codes of `W` are as the
  /// mapping gives them.
  public func randomCodes(_ count: Int, seed: UInt64) -> [Latent<Space>] {
    guard count > 0 else { return [] }
    var stream = RandomStream(seed: seed, name: "codes")
    let noise = Tape(threads: threads).constant(stream.normal(shape: [count, network.noiseSize]))
    switch Space.stage {
    case .noise: return Self.latents([noise])
    case .mapped: return Self.latents([network.mapped(noise)])
    case .layered: return Self.latents(rows(of: network.mapped(noise)))
    case .styles: return Self.latents(self.in(ZSpace.self).styleVariables(of: noise))
    }
  }

  /// The mean of w over noise.
  ///
  /// - Precondition: There is at least one sample.
  public func meanW(samples: Int = 4096, seed: UInt64 = 0) -> Latent<WSpace> {
    precondition(samples > 0, "A mean takes one sample or more, not \(samples).")
    let codes = self.in(WSpace.self).randomCodes(samples, seed: seed)
    var sums = [Double](repeating: 0, count: network.styleSize)
    for code in codes {
      for (index, value) in code.values.enumerated() { sums[index] += Double(value) }
    }
    return Latent(sums.map { Float($0 / Double(samples)) })
  }

  /// The same generator, with the noise's codes drawn toward the mean: w̄ + ψ(w − w̄).
  ///
  /// Truncation is on the way from ``ZSpace`` and ``WSpace`` to ``WPlusSpace``; a generator in `W`, `WPlusSpace` or `StyleSpace` draws its codes
  /// as they are.
  ///
  /// - Parameters:
  ///   - factor: ψ, 1 for no truncation.
  ///   - rows: How many vectors of W⁺ are drawn toward the mean, from the first; nil for all.
  ///   - mean: w̄; nil for that of the checkpoint, or else ``meanW(samples:seed:)``.
  /// - Returns: A generator over the same network.
  /// - Precondition: The mean has as many numbers as w; the rows are not negative.
  public func truncated(
    by factor: Float, rows: Int? = nil, toward mean: Latent<WSpace>? = nil
  ) -> StyleGAN2Generator {
    let center = mean?.values ?? network.meanW?.elements ?? meanW().values
    precondition(
      center.count == network.styleSize,
      "The mean of codes of \(network.styleSize) numbers cannot have \(center.count).")
    precondition(rows ?? 0 >= 0, "\(rows ?? 0) vectors cannot be truncated.")
    let offset = Tensor(shape: [center.count], elements: center.map { (1 - factor) * $0 })
    let truncation = StyleGAN2Truncation(factor: factor, offset: offset, rows: rows ?? network.rows)
    return StyleGAN2Generator(network, truncation, factors: factors, threads: threads)
  }

  /// Codes whose numbers are the columns of the parts, one part after the other.
  private static func latents<Other>(_ parts: [Variable]) -> [Latent<Other>] {
    let values = parts.map(\.value)
    return (0..<values[0].shape[0]).map { index in Latent(values.flatMap { $0.row(index) }) }
  }
}

extension StyleGAN2Generator: StyleGenerator where Space == StyleSpace {
  /// Mean and deviation of each style over noise, in batches with seeds of their own.
  ///
  /// The published program takes 100,000 samples, with ψ = 0.7 in the first 8 vectors of W⁺.
  public func statistics(samples: Int, seed: UInt64) -> StyleStatistics {
    StyleStatistics(
      of: stride(from: 0, to: samples, by: Self.codesAtOnce).lazy.map { start in
        randomCodes(min(Self.codesAtOnce, samples - start), seed: seed &+ UInt64(start))
      })
  }

  private static var codesAtOnce: Int { 100 }
}
