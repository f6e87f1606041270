import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The directions that a generator has by itself.
struct UnsupervisedDirectionTests {
  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  // With u = direction/σ_k, the normal equations of min Σ_j ‖x_jk·u − z_j‖² are Σ_j x_jk·(x_jk·u − z_j) = 0 for each
  // number of u. The sums are of n products of x_jk, of deviation σ_k, with numbers of deviation 1.
  @Test(arguments: TinyModel.architectures)
  func principalDirectionsSolveTheNormalEquations(architecture: NetworkConfiguration.Architecture) throws {
    let (n, count, seed) = (100, 4, 9 as UInt64)
    let generator = try ConvolutionalGenerator(TinyModel.complete(architecture), threads: 2)
    let directions = generator.principalDirections(count: count, samples: n, seed: seed, threads: 1)
    let codes = generator.randomCodes(n, seed: seed)
    // In the batches of the code under test, so that the pixels are the same.
    let drawings = Tensor.concatenated(
      [0..<64, 64..<n].map { Tensor(generator.generate(Array(codes[$0]))) })
    let images = drawings.reshaped(to: [n, drawings.count / n])
    let components = PrincipalComponents(of: images, count: count, threads: 1)
    let coordinates = components.coordinates(of: images, threads: 1)
    #expect(directions.count == count)
    for (component, direction) in directions.enumerated() {
      let x = (0..<n).map { Double(coordinates.row($0)[component]) }
      let deviation = (Self.dot(x, x) / Double(n - 1)).squareRoot()
      let gradient = (0..<TinyModel.latentSize).map { index in
        (0..<n).reduce(0.0) { sum, sample in
          let u = Double(direction.values[index]) / deviation
          return sum + x[sample] * (x[sample] * u - Double(codes[sample].values[index]))
        }
      }
      // Σ x² is taken from the variance, which has the rounding of the pixels' products.
      let tolerance = roundingTolerance(terms: n) + 100 * roundingTolerance(terms: images.shape[1])
      #expect(
        worstError(gradient, gradient.map { _ in 0 }, scale: deviation * Double(n).squareRoot())
          <= tolerance)
      #expect(direction.length > 0.1)
    }
  }

  @Test func principalDirectionsDependOnTheSeedAlone() throws {
    let generator = try ConvolutionalGenerator(TinyModel.complete(.dcgan), threads: 1)
    let directions = generator.principalDirections(count: 2, samples: 70, seed: 1, threads: 1)
    #expect(generator.principalDirections(count: 2, samples: 70, seed: 1, threads: 2) == directions)
    #expect(generator.principalDirections(count: 2, samples: 70, seed: 2, threads: 1) != directions)
  }

  // Pixels Σ_k s_k·⟨e_k, z⟩·pattern_k with orthonormal e_k vary most along e_0, and ⟨e_k, z⟩ has the deviation 1,
  // so the directions are ±e_k. The regression's noise is √(d/n) of the length, that of the components less; five
  // deviations.
  @Test func principalDirectionsOfALinearGeneratorAreItsOwn() {
    let generator = LinearGenerator()
    let samples = 2000
    let directions = generator.principalDirections(count: 3, samples: samples, seed: 3, threads: 2)
    #expect(directions.count == 3)
    for (direction, axis) in zip(directions, generator.axes) {
      let sign = Self.dot(direction.values.map(Double.init), axis) < 0 ? -1.0 : 1.0
      let error = zip(direction.values, axis).map { Double($0) - sign * $1 }
      let noise = (Double(generator.latentSize) / Double(samples)).squareRoot()
      #expect(Self.dot(error, error).squareRoot() <= 5 * noise)
    }
  }

  // A·Aᵀ·n = λ·n with λ = ‖n·A‖², orthonormal, the largest first, all of them together the trace. A is the first
  // layer's weight times, where batch normalization follows, scale/√(variance + ε) of each channel.
  @Test(arguments: TinyModel.architectures)
  func factorizedDirectionsAreEigenvectors(architecture: NetworkConfiguration.Architecture) throws {
    let model = TinyModel.complete(architecture)
    let d = TinyModel.latentSize
    let parameters = try model.parameters(of: .generator)
    let weight = try #require(parameters["generator.input.weight"])
    var rows = (0..<d).map { weight.row($0).map(Double.init) }
    if let scale = parameters["generator.input.norm.scale"]?.elements {
      let variance = try #require(parameters["generator.input.norm.variance"]).elements
      let factors = zip(scale, variance).map { Double($0) / (Double($1) + 1e-5).squareRoot() }
      rows = rows.map { row in row.enumerated().map { $1 * factors[$0 % factors.count] } }
    }
    #expect((architecture == .dcgan) == (parameters["generator.input.norm.scale"] != nil))
    let directions = try model.factorizedDirections(count: d).map { $0.values.map(Double.init) }
    let tolerance = 4 * roundingTolerance(terms: weight.shape[1])
    let images = directions.map { direction in
      rows[0].indices.map { unit in (0..<d).reduce(0) { $0 + direction[$1] * rows[$1][unit] } }
    }
    let values = images.map { Self.dot($0, $0) }
    #expect(values == values.sorted(by: >) && values.count == d)
    let trace = rows.reduce(0) { $0 + Self.dot($1, $1) }
    #expect(abs(values.reduce(0, +) / trace - 1) <= tolerance)
    for (index, direction) in directions.enumerated() {
      let product = rows.map { Self.dot($0, images[index]) }
      #expect(worstError(product, direction.map { values[index] * $0 }, scale: values[0]) <= tolerance)
      for (other, vector) in directions.enumerated() {
        #expect(abs(Self.dot(direction, vector) - (index == other ? 1 : 0)) <= tolerance)
      }
    }
    #expect(
      try model.factorizedDirections(count: 2).map { $0.values.map(Double.init) }
        == Array(directions.prefix(2)))
  }

  @Test func factorizedDirectionsTakeAFiniteGenerator() throws {
    let empty = Model(TinyModel.network(.dcgan), framing: .detected(by: .celeba))
    #expect(throws: ModelError.self) { try empty.factorizedDirections(count: 1) }
    var model = TinyModel.complete(.paper)
    var parameters = try model.parameters(of: .generator)
    let weight = try #require(parameters["generator.input.weight"])
    parameters["generator.input.weight"] = Tensor(
      shape: weight.shape, elements: weight.elements.dropLast() + [.infinity])
    model.set(.generator, to: parameters, record: "{}")
    #expect {
      try model.factorizedDirections(count: 1)
    } throws: { "\($0)".contains("generator.input.weight is too large") }
  }
}

/// Pixels that are linear in the code, up to their rounding to eight bits.
private struct LinearGenerator: Generator {
  private static let (side, strengths): (Int, [Double]) = (16, [8, 4, 2, 1, 0.5, 0.25])
  let latentSize = strengths.count
  let imageSize = side
  /// The code's directions e_k, the strongest first: the rows of a reflection, which is orthogonal.
  let axes: [[Double]]
  private let patterns: [[Double]]

  init() {
    let d = latentSize
    let v = randomDoubles(count: d, seed: 30)
    let square = v.reduce(0) { $0 + $1 * $1 }
    axes = (0..<d).map { row in (0..<d).map { (row == $0 ? 1 : 0) - 2 * v[row] * v[$0] / square } }
    patterns = (0..<d).map { randomDoubles(count: Self.side * Self.side * 3, seed: 40 + UInt64($0)) }
  }

  func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
    codes.map { code in
      var pixels = [Double](repeating: 127.5, count: Self.side * Self.side * 3)
      for (axis, (pattern, strength)) in zip(axes, zip(patterns, Self.strengths)) {
        let amount = strength * zip(axis, code.values).reduce(0) { $0 + $1.0 * Double($1.1) }
        for index in pixels.indices { pixels[index] += amount * pattern[index] }
      }
      return Image(
        width: Self.side, height: Self.side, pixels: pixels.map { UInt8(min(max($0.rounded(), 0), 255)) })
    }
  }
}
