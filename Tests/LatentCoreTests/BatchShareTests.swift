import LatentCore
import TestSupport
import Testing

/// Sums over slices of a batch, by one rank and by several.
///
/// Messages take MPI; here two ranks' halves are computed one after the other and added by hand, as the messages add them.
@Suite struct BatchShareTests {
  private static let batch = 8
  private static let whole = BatchShare(ranks: .alone, slices: 4)
  private static let halves = [0, 1].map {
    BatchShare(ranks: RankGroup(rank: $0, count: 2), slices: 4)
  }

  /// Networks that sum over a batch in each way but batch normalization, whose sums are messages: dense, convolutions with
  /// and without Winograd's method, transposed, depthwise, biases, a spectral norm, dropout.
  private static let layers: [(shape: [Int], layers: Sequential)] = {
    func weight(_ path: String, _ activation: Activation, isNormalized: Bool = false) -> Weight {
      Weight(
        path: path, hasBias: true, isSpectrallyNormalized: isNormalized, activation: activation,
        initialization: .normal(deviation: 0.2))
    }
    let geometry = ConvolutionGeometry.centered(kernel: 3, stride: 1)
    let small = ConvolutionGeometry.same(kernel: 4, stride: 2, size: 4)
    return [
      (
        [5, 5, 16],
        Sequential([
          Convolution(weight("a", .relu), inChannels: 16, outChannels: 32, geometry: geometry),
          Convolution(
            weight("b", .leakyReLU(slope: 0.2), isNormalized: true), inChannels: 32, outChannels: 3,
            geometry: .centered(kernel: 3, stride: 2)),
        ])
      ),
      (
        [4, 4, 16],
        Sequential([
          TransposedConvolution(weight("a", .tanh), inChannels: 16, outChannels: 16, geometry: small),
          DepthwiseConvolution(weight("b", .relu6), channels: 16, geometry: geometry),
          Dropout(path: "d", rate: 0.3),
        ])
      ),
      (
        [70],
        Sequential([
          Dense(weight("a", .elu), inputs: 70, outputs: 33),
          Dense(weight("b", .sigmoid), inputs: 33, outputs: 2),
        ])
      ),
    ]
  }()

  /// The output on some images of a batch, and the gradient of its product with random numbers.
  private static func result(
    _ layers: Sequential, _ x: Tensor, rows: Range<Int>, _ share: BatchShare, threads: Int
  ) -> (output: Tensor, gradients: [String: Tensor]) {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(
      Parameters(layers.parameters, seed: 3), on: tape, isTrained: true, phase: .training, seed: 5)
    let y = layers(tape.constant(x.part(rows)), binding)
    let all = [batch] + y.shape.dropFirst()
    let dy = Tensor(shape: all, elements: randomFloats(count: all.reduce(1, *), seed: 7)).part(rows)
    return (y.value, tape.gradients(of: y, cotangent: dy))
  }

  // An image's output has the same bits among its rank's as among all, and the gradients of two ranks, each the sum of two
  // slices, add up to those of one: (1 + 2) + (3 + 4).
  @Test(arguments: [1, 2]) func ranksMakeTheBitsOfOne(threads: Int) throws {
    for (shape, layers) in Self.layers {
      let x = Tensor(
        shape: [Self.batch] + shape,
        elements: randomFloats(count: Self.batch * shape.reduce(1, *), seed: 2))
      let expected = Self.result(layers, x, rows: 0..<Self.batch, Self.whole, threads: 1)
      let parts = Self.halves.map {
        Self.result(layers, x, rows: $0.own(of: Self.batch), $0, threads: threads)
      }
      #expect(Tensor.concatenated(parts.map(\.output)) == expected.output, "\(shape)")
      // A gradient through a spectral norm is no sum of two gradients' bits, so it is left out.
      let paths = expected.gradients.keys.filter { !($0 == "b.weight" && shape.count == 3 && shape[0] == 5) }
      #expect(paths.count > 2)
      for path in paths {
        let (first, second) = (try #require(parts[0].gradients[path]), try #require(parts[1].gradients[path]))
        #expect(
          Kernels.linearCombination(1, first, 1, second, threads: 1) == expected.gradients[path],
          "\(path) of \(shape)")
      }
    }
  }

  // Slices change the order of a sum, not the sum: by a few roundings of as many terms.
  @Test func slicesAddUpToTheWhole() throws {
    for (shape, layers) in Self.layers where shape.count == 1 {
      let x = Tensor(
        shape: [Self.batch] + shape,
        elements: randomFloats(count: Self.batch * shape.reduce(1, *), seed: 2))
      let sliced = Self.result(layers, x, rows: 0..<Self.batch, Self.whole, threads: 1)
      let whole = Self.result(layers, x, rows: 0..<Self.batch, .whole, threads: 1)
      for (path, gradient) in whole.gradients {
        let expected = gradient.elements.map(Double.init)
        let error = worstError(
          try #require(sliced.gradients[path]).elements, expected, scale: largestMagnitude(expected))
        #expect(error <= roundingTolerance(terms: Self.batch), "\(path)")
      }
    }
  }

  // Means, losses and batch normalization are of the whole batch, whatever its slices: 1/n Σ, with 1/4 as the factor of
  // each slice's mean.
  @Test func lossesAndStatisticsAreThoseOfTheBatch() throws {
    let x = Tensor(shape: [8, 6], elements: randomFloats(count: 48, seed: 11))
    let targets = Tensor(
      shape: [8, 6], elements: randomFloats(count: 48, seed: 12).map { abs($0) < 0.5 ? 1 : 0 })
    let norm = BatchNorm(path: "norm", channels: 6, activation: .relu)
    let losses: [(Variable) -> Variable] = [
      { $0.mean() }, { $0.meanSquaredError(to: targets) }, { $0.binaryCrossEntropy(targets: targets) },
      { $0.binaryCrossEntropy(targets: targets, weights: x) },
    ]
    for (index, loss) in losses.enumerated() {
      let results = [BatchShare.whole, Self.whole].map { share in
        let tape = Tape(threads: 1, share: share)
        let binding = Binding(
          Parameters(norm.parameters, seed: 1), on: tape, isTrained: true, phase: .training)
        let value = loss(norm(tape.watch(x, path: "x"), binding)).scaled(by: 3)
        return (value.value.scalar, tape.gradients(of: value), binding.updates)
      }
      let tolerance = 16 * roundingTolerance(terms: 48)
      #expect(
        worstError([results[1].0], [Double(results[0].0)], scale: 1) <= tolerance, "loss \(index)")
      for path in ["x", "norm.scale", "norm.offset"] {
        let expected = try #require(results[0].1[path]).elements.map(Double.init)
        let got = try #require(results[1].1[path]).elements
        #expect(worstError(got, expected, scale: 1) <= tolerance, "\(path) of loss \(index)")
      }
      for path in ["norm.mean", "norm.variance"] {
        let expected = try #require(results[0].2[path]).elements.map(Double.init)
        #expect(worstError(try #require(results[1].2[path]).elements, expected, scale: 1) <= tolerance)
      }
    }
  }

  // Four slices up to 64 images, one for each four images above, and no more than cut all batches equally.
  @Test func batchesAreCutByTheirSizeAlone() {
    #expect([16, 64, 128, 256, 6, 7, 4, 1].map { BatchShare.slices(of: $0) } == [4, 4, 32, 64, 2, 1, 4, 1])
    #expect(BatchShare.slices(of: 64, 24, 8) == 4)
    #expect(BatchShare.slices(of: 64, 24, 2) == 2)
    #expect(BatchShare.slices(of: 64, 24, 0) == 4)
  }

  // Joined slice by slice: images 0, 1 of the first batch, image 0 of the second, then 2, 3 and 1.
  @Test func joinedBatchesKeepSlicesTogether() {
    let share = BatchShare(ranks: .alone, slices: 2)
    let batches = [
      Tensor(shape: [4, 1], elements: [0, 1, 2, 3]), Tensor(shape: [2, 1], elements: [10, 11]),
    ]
    let joined = share.joined(batches)
    #expect(joined.elements == [0, 1, 10, 2, 3, 11])
    #expect(joined.rows(share.places(ofFirst: 4, in: 6)) == batches[0])
  }

  // What an operation would sum over a batch without its slices has no gradient there.
  @Test func anOperationWithoutSlicesTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(threads: 1, share: BatchShare(ranks: .alone, slices: 2))
      let slope = tape.watch(Tensor(shape: [3], repeating: 1), path: "slope", isPerImage: false)
      _ = tape.constant(Tensor(shape: [2, 3], repeating: 1)).prelu(slope: slope)
    }
    expectSentence("An operation that does not sum by slices", from: result)
  }
}
