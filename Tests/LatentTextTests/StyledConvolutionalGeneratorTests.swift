import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// The style space of convolutional generators, with random weights.
struct StyledConvolutionalGeneratorTests {
  private let target = randomImage(width: 80, height: 80, seed: 9)

  /// A code whose factors are not 1.
  private func start(_ generator: StyledConvolutionalGenerator) -> Latent<StyleSpace> {
    let code = generator.randomCodes(1, seed: 1)[0].values
    let factors = randomFloats(count: code.count, seed: 2).map { 1 + 0.3 * $0 }
    let noise = generator.styleLayers[0].range
    return Latent(code.indices.map { noise.contains($0) ? code[$0] : factors[$0] })
  }

  /// What a refinement finds, and where it starts, as noise and factors.
  private func found(
    _ architecture: NetworkConfiguration.Architecture, _ refinement: Refinement
  ) throws -> (noise: [(before: Float, after: Float)], factors: [(before: Float, after: Float)]) {
    let generator = try ConvolutionalGenerator.toy(architecture).inStyleSpace
    let start = start(generator)
    let inversion = try generator.inversion(of: target, from: start, by: refinement) { _ in }
    #expect(inversion.generator is StyledConvolutionalGenerator)
    let pairs = Array(zip(start.values, inversion.code.values))
    let noise = generator.styleLayers[0].range
    #expect(noise.lowerBound == 0 && !noise.isEmpty && noise.upperBound < pairs.count)
    return (Array(pairs[noise]), Array(pairs[noise.upperBound...]))
  }

  // Of `.code` the noise alone is fitted; of `.codeAndChannels` the factors, too, which stay positive multiples. A rate of
  // 0 leaves what it is of, bit for bit: the factors start at the code's own.
  @Test(arguments: TinyModel.architectures)
  func inversionFitsTheParts(_ architecture: NetworkConfiguration.Architecture) throws {
    let code = try found(architecture, Refinement(steps: 8, parts: .code))
    #expect(
      code.noise.allSatisfy { $0.before != $0.after } && code.factors.allSatisfy { $0.before == $0.after })
    let still = try found(architecture, Refinement(steps: 8, parts: .code, codeRate: 0))
    #expect((still.noise + still.factors).allSatisfy { $0.before == $0.after })

    let both = try found(architecture, Refinement(steps: 8))
    #expect(both.noise.allSatisfy { $0.before != $0.after })
    #expect(both.factors.allSatisfy { $0.after / $0.before > 0 })
    #expect(both.factors.count { $0.before != $0.after } > both.factors.count / 2)
    let factors = try found(architecture, Refinement(steps: 8, codeRate: 0))
    #expect(factors.noise.allSatisfy { $0.before == $0.after })
    #expect(factors.factors.count { $0.before != $0.after } > both.factors.count / 2)
    let noise = try found(architecture, Refinement(steps: 8, channelRate: 0))
    #expect(noise.noise.allSatisfy { $0.before != $0.after })
    #expect(noise.factors.allSatisfy { $0.before == $0.after })
  }

  // Adam's first step is its rate in each number with a gradient g: g/√g². The noise moves by `codeRate`, the logarithms
  // of the factors by `channelRate`. A thousandth of tolerance is single precision's near log 1.
  @Test(arguments: TinyModel.architectures)
  func inversionObeysTheRates(_ architecture: NetworkConfiguration.Architecture) throws {
    let (codeRate, channelRate): (Float, Float) = (0.001, 0.003)
    let step = try found(
      architecture, Refinement(steps: 1, codeRate: codeRate, channelRate: channelRate))
    let moves = [
      (step.noise.map { abs($0.after - $0.before) }, codeRate),
      (step.factors.map { abs(log($0.after / $0.before)) }, channelRate),
    ]
    for (distances, rate) in moves {
      #expect(distances.allSatisfy { $0 <= rate * 1.001 })
      #expect(distances.count { $0 >= rate * 0.98 } > distances.count / 2, "\(distances) \(rate)")
    }
  }

  // Where all factors are 1, the image is that of the noise.
  @Test(arguments: TinyModel.architectures)
  func stylesOfNoiseShowIt(_ architecture: NetworkConfiguration.Architecture) throws {
    let generator = try ConvolutionalGenerator.toy(architecture)
    let codes = generator.randomCodes(3, seed: 4)
    let styled = generator.inStyleSpace
    #expect(styled.styles(of: codes) == styled.randomCodes(3, seed: 4))
    #expect(styled.generate(styled.styles(of: codes)) == generator.generate(codes))
    let statistics = styled.statistics(samples: 1, seed: 1)
    let noise = styled.styleLayers[0].range
    #expect(statistics.mean.indices.allSatisfy { statistics.mean[$0] == (noise.contains($0) ? 0 : 1) })
  }
}
