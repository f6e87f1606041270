import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Random codes that are like codes of photos.
struct GaussianMixtureTests {
  private static let d = 4
  private static let means: [[Double]] = [[6, 0, -3, 1], [-6, 2, 3, 0]]
  private static let weights = [0.7, 0.3]

  /// Codes of two normal distributions with unequal covariances: a random matrix each times normal numbers.
  private static func codes(_ count: Int) -> (codes: Tensor, covariances: [[Double]]) {
    var stream = RandomStream(seed: 3, name: "planted")
    let factors = means.map { _ in stream.normal(shape: [d, d], deviation: 0.7) }
    let covariances = factors.map { factor in
      Kernels.matrixProduct(factor, factor, transposingFirst: true, threads: 1).elements.map(Double.init)
    }
    let elements = (0..<count).flatMap { _ -> [Float] in
      let component = stream.uniform() < weights[0] ? 0 : 1
      let white = stream.normal(shape: [1, d])
      let change = Kernels.matrixProduct(white, factors[component], threads: 1).elements
      return zip(means[component], change).map { Float($0) + $1 }
    }
    return (Tensor(shape: [count, d], elements: elements), covariances)
  }

  private static func fitted(_ codes: Tensor, threads: Int = 1) throws -> GaussianMixture {
    try GaussianMixture(fitting: codes, seed: 1, threads: threads)
  }

  // The log-likelihood of codes, in double: log Σₖ πₖ·N(z; μₖ, LₖLₖᵀ).
  private func likelihood(of codes: Tensor, by mixture: GaussianMixture) throws -> Double {
    let d = Self.d
    var sum = 0.0
    for code in 0..<codes.shape[0] {
      var density = 0.0
      for component in 0..<mixture.weights.count {
        let l = mixture.colorings.elements[component * d * d..<(component + 1) * d * d].map(Double.init)
        var (white, product) = ([Double](repeating: 0, count: d), 1.0)
        // Forward substitution; the coloring's rows are L's columns.
        for row in 0..<d {
          var value = Double(codes.row(code)[row]) - Double(mixture.means.row(component)[row])
          for column in 0..<row { value -= l[column * d + row] * white[column] }
          white[row] = value / l[row * d + row]
          product *= l[row * d + row]
        }
        let square = white.reduce(0) { $0 + $1 * $1 }
        density += Double(mixture.weights.elements[component]) * exp(-square / 2) / product
      }
      sum += log(density)
    }
    return sum / Double(codes.shape[0])
  }

  // Of n samples the mean has the deviation σ/√n; components that split a planted one must still draw like both together.
  @Test func drawsLikeTheCodesItWasFittedTo() throws {
    let (codes, covariances) = Self.codes(4000)
    let mixture = try Self.fitted(codes)
    #expect(abs(mixture.weights.elements.reduce(0, +) - 1) < 1e-5)
    let drawn = mixture.codes(4000, seed: 7).map(\.values)
    // The planted means lie 12 apart in the first number, some eight deviations.
    for (component, (mean, covariance)) in zip(Self.means, covariances).enumerated() {
      let own = drawn.filter { ($0[0] > 0) == (mean[0] > 0) }
      let share = Double(own.count) / Double(drawn.count)
      #expect(abs(share - Self.weights[component]) < 4 * (0.21 / 4000 * 2).squareRoot())
      for row in 0..<Self.d {
        let deviation = covariance[row * Self.d + row].squareRoot()
        let average = own.reduce(0.0) { $0 + Double($1[row]) } / Double(own.count)
        #expect(abs(average - mean[row]) < 6 * deviation / Double(own.count).squareRoot() + 1e-3)
        for column in 0..<Self.d {
          let other = covariance[column * Self.d + column].squareRoot()
          let moment = own.reduce(0.0) { sum, code in
            sum + (Double(code[row]) - mean[row]) * (Double(code[column]) - mean[column])
          }
          let error = moment / Double(own.count) - covariance[row * Self.d + column]
          #expect(abs(error) < 0.15 * deviation * other, "\(component): \(row), \(column)")
        }
      }
    }
  }

  // One normal distribution of the same mean and covariance is what random codes were drawn from before.
  @Test func isLikelierThanOneNormalDistribution() throws {
    let codes = Self.codes(3000).codes
    let mixture = try Self.fitted(codes)
    let one = try Whitening(of: codes)
    let single = GaussianMixture(
      weights: Tensor(shape: [1], repeating: 1), means: one.mean.reshaped(to: [1, Self.d]),
      colorings: one.coloring.reshaped(to: [1, Self.d, Self.d]))
    #expect(try likelihood(of: codes, by: mixture) > likelihood(of: codes, by: single) + 0.3)
  }

  // A weight of 2 is the code twice; weighted codes are divided by their sum, others by one less.
  @Test func weightsCountCodesSeveralTimes() throws {
    var stream = RandomStream(seed: 9, name: "codes")
    let codes = stream.normal(shape: [40, Self.d])
    let twice = Tensor.concatenated([codes, codes.rows(Array(0..<10))])
    let weighted = try Whitening(of: codes, weights: (0..<40).map { $0 < 10 ? 2 : 1 })
    let repeated = try Whitening(of: twice, weights: [Float](repeating: 1, count: 50))
    let error =
      zip(
        weighted.coloring.elements + weighted.mean.elements,
        repeated.coloring.elements + repeated.mean.elements
      )
      .map { abs($0 - $1) }.max() ?? .infinity
    #expect(error < 1e-5)
    #expect(abs(weighted.logarithmOfDeterminant - repeated.logarithmOfDeterminant) < 1e-4)
  }

  @Test func isTheSameForAnyThreadsAndCount() throws {
    let codes = Self.codes(500).codes
    let mixture = try Self.fitted(codes)
    #expect(try Self.fitted(codes, threads: 2) == mixture)
    #expect(mixture.codes(3, seed: 5) == Array(mixture.codes(8, seed: 5).prefix(3)))
    #expect(mixture.codes(3, seed: 5) != mixture.codes(3, seed: 6))
  }

  @Test func fewCodesHaveOneComponent() throws {
    let mixture = try Self.fitted(Self.codes(5).codes)
    #expect(mixture.weights.elements == [1] && mixture.colorings.elements.allSatisfy(\.isFinite))
  }

  // MARK: - In a model

  @Test func aModelKeepsIt() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      var model = TinyModel.complete()
      let before = try ConvolutionalGenerator(model).randomCodes(2, seed: 1)
      var stream = RandomStream(seed: 1, name: "mixture")
      let d = TinyModel.latentSize
      let mixture = GaussianMixture(
        weights: Tensor(shape: [2], elements: [0.25, 0.75]), means: stream.normal(shape: [2, d]),
        colorings: stream.normal(shape: [2, d, d]))
      model.randomCodes = mixture
      try model.write(to: url, precision: .single)
      var read = try Model(contentsOf: url)
      #expect(read.randomCodes == mixture)
      let generator = try ConvolutionalGenerator(read)
      #expect(generator.randomCodes(4, seed: 1) == mixture.codes(4, seed: 1))
      #expect(generator.randomCodes(2, seed: 1) != before)

      read.set(.encoder, to: try read.parameters(of: .encoder), record: "{}")
      #expect(read.randomCodes == nil)

      var tensors = try Parameters(TensorFile(contentsOf: url))
      tensors["codes.means"] = Tensor(shape: [3, d], repeating: 0)
      try tensors.write(to: url, metadata: TensorFile(contentsOf: url).metadata, precision: .single)
      #expect(throws: WeightSourceError.self) { try Model(contentsOf: url) }
    }
  }
}
