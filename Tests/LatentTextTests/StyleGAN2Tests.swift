import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// StyleGAN2 of random weights and 32 pixels.
struct StyleGAN2Tests {
  private static let tiny = TinyStyleGAN2()
  private static let twin = ReferenceStyleGAN2(tensors: tiny.tensors, levels: 3)

  private func open<Space: StyleGAN2Space>(
    _ space: Space.Type = ZSpace.self, noise: StyleGAN2Noise = .stored, prefix: String = "",
    changing change: (inout [String: Tensor]) -> Void = { _ in }
  ) throws -> StyleGAN2Generator<Space> {
    try Self.tiny.withCheckpoint(prefix: prefix, changing: change) {
      try StyleGAN2Generator<Space>(contentsOf: $0, noise: noise, threads: 2)
    }
  }

  private func drawing<Space>(_ generator: StyleGAN2Generator<Space>, _ codes: [Latent<Space>]) -> [Float] {
    let batch = Tensor(shape: [codes.count, generator.latentSize], elements: codes.flatMap(\.values))
    return generator.images(of: Tape(threads: 2).constant(batch)).value.elements
  }

  // The network is that of the double twin, whose weights are modulated instead of its images. Its longest sums have
  // 144 terms in each of 7 layers.
  @Test func everythingIsThatOfTheTwin() throws {
    let generator = try open()
    #expect(generator.imageSize == 32 && generator.latentSize == 24)
    #expect(generator.in(WPlusSpace.self).latentSize == 8 * 24)
    #expect(generator.in(StyleSpace.self).latentSize == TinyStyleGAN2.styleCount)
    #expect(generator.styleLayers.map(\.name) == Self.twin.layers.map(\.name))
    #expect(generator.styleLayers.map(\.isEdited) == Self.twin.layers.map { $0.name.hasPrefix("conv") })
    let codes = generator.randomCodes(2, seed: 4)
    let mapped = generator.mapped(codes)
    let styles = generator.styles(of: generator.layered(mapped))
    let drawn = drawing(generator, codes)
    for (index, code) in codes.enumerated() {
      let w = Self.twin.mapped(code.values.map { Double($0) })
      #expect(relativeError(mapped[index].values, w) <= 1e-5)
      let s = Self.twin.styles((0..<8).flatMap { _ in w })
      #expect(relativeError(styles[index].values, s) <= 1e-5)
      let image = Self.twin.image(s)
      let ours = Array(drawn[index * image.count..<(index + 1) * image.count])
      #expect(relativeError(ours, image) <= 1e-5)
    }
    let smooth = try open(noise: StyleGAN2Noise.none)
    let s = Self.twin.styles((0..<8).flatMap { _ in Self.twin.mapped(codes[0].values.map { Double($0) }) })
    #expect(relativeError(drawing(smooth, [codes[0]]), Self.twin.image(s, noise: false)) <= 1e-5)
  }

  // ∂⟨image, c⟩ against central differences of the twin, at random numbers of the code and at that of the largest
  // derivative, in units of the root mean square of the gradient. A step of 1e-6 leaves 1e-10 of truncation, and moves
  // few activations across their kink.
  private func checkGradient<Space: StyleGAN2Space>(
    _ space: Space.Type, image: ([Double]) -> [Double]
  ) throws {
    let generator = try open(space)
    let code = generator.randomCodes(1, seed: 6)[0]
    let cotangent = randomFloats(count: 32 * 32 * 3, seed: 7)
    let tape = Tape(threads: 2)
    let variable = tape.watch(Tensor(shape: [1, code.values.count], elements: code.values), path: "code")
    let gradients = tape.gradients(
      of: generator.images(of: variable), cotangent: Tensor(shape: [1, 32, 32, 3], elements: cotangent))
    let gradient = try #require(gradients["code"]).elements
    let size = (gradient.reduce(0) { $0 + $1 * $1 } / Float(gradient.count)).squareRoot()
    var stream = RandomStream(seed: 8, name: "\(space)")
    var tried = Set((0..<5).map { _ in stream.index(below: gradient.count) })
    tried.insert(try #require(gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) }))
    for index in tried {
      let sides = [1e-6, -1e-6].map { step in
        var moved = code.values.map { Double($0) }
        moved[index] += step
        return zip(image(moved), cotangent).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let error = abs((sides[0] - sides[1]) / 2e-6 - Double(gradient[index])) / Double(size)
      #expect(error <= 1e-3, "number \(index) of \(space)")
    }
    #expect(size > 1e-3)
  }

  @Test func gradientsReachEverySpace() throws {
    let twin = Self.twin
    try checkGradient(ZSpace.self) {
      twin.image(twin.styles([[Double]](repeating: twin.mapped($0), count: 8).flatMap { $0 }))
    }
    try checkGradient(WSpace.self) {
      twin.image(twin.styles([[Double]](repeating: $0, count: 8).flatMap { $0 }))
    }
    try checkGradient(WPlusSpace.self) { twin.image(twin.styles($0)) }
    try checkGradient(StyleSpace.self) { twin.image($0) }
  }

  // w̄ + ψ(w − w̄) in the first rows, w in the others.
  @Test func truncationDrawsTowardTheMean() throws {
    let mean = randomFloats(count: 24, seed: 9)
    let generator = try open { $0["latent_avg"] = Tensor(shape: [24], elements: mean) }
    let truncated = generator.truncated(by: 0.7, rows: 3)
    let codes = generator.randomCodes(2, seed: 10)
    let (w, layered) = (generator.mapped(codes), truncated.layered(generator.mapped(codes)))
    #expect(truncated.mapped(codes) == w)
    for (w, layered) in zip(w, layered) {
      let whole = w.values.map { Double($0) }
      let drawn = zip(mean, whole).map { Double($0) + 0.7 * ($1 - Double($0)) }
      let expected = (0..<8).flatMap { $0 < 3 ? drawn : whole }
      #expect(worstError(layered.values, expected, scale: 1) <= roundingTolerance(terms: 2))
    }
    #expect(drawing(truncated, codes) == drawing(generator.in(WPlusSpace.self), layered))
    #expect(drawing(truncated, codes) != drawing(generator, codes))
    // Without a mean in the checkpoint it is that of samples.
    let plain = try open()
    let own = plain.meanW()
    #expect(plain.truncated(by: 0).layered([w[0]])[0].values.prefix(24) == own.values.prefix(24))
    let samples = plain.in(WSpace.self).randomCodes(4, seed: 2)
    let known = (0..<24).map { place in samples.reduce(0) { $0 + Double($1.values[place]) } / 4 }
    #expect(worstError(plain.meanW(samples: 4, seed: 2).values, known, scale: 1) <= 1e-6)
  }

  // One signature draws one noise, whether the generator's type is known or not; the first codes do not depend on how
  // many there are.
  @Test func randomCodesAreTheGeneratorsOwn() throws {
    let generator = try open(ZSpace.self)
    let any: any Generator<ZSpace> = generator
    let codes = generator.randomCodes(3, seed: 11)
    #expect(any.randomCodes(3, seed: 11) == codes)
    #expect(any.randomCodes(2, seed: 11) == Array(codes.prefix(2)))
  }

  @Test func aSeedGivesOneImageInAllSpaces() throws {
    let generator = try open().truncated(by: 0.5)
    let images = drawing(generator, generator.randomCodes(3, seed: 11))
    let layered = generator.in(WPlusSpace.self)
    #expect(drawing(layered, layered.randomCodes(3, seed: 11)) == images)
    let styles = generator.in(StyleSpace.self)
    #expect(drawing(styles, styles.randomCodes(3, seed: 11)) == images)
    #expect(
      generator.in(WSpace.self).randomCodes(3, seed: 11)
        == generator.mapped(generator.randomCodes(3, seed: 11)))
    #expect(generator.generate(generator.randomCodes(3, seed: 11)).map(\.width) == [32, 32, 32])
    #expect(generator.generate([Latent<ZSpace>]()).isEmpty)
  }

  // MARK: - Noise

  @Test func noiseIsStoredSeededOrAbsent() throws {
    let code = [try open().randomCodes(1, seed: 12)[0]]
    let stored = drawing(try open(), code)
    let seeds = try [StyleGAN2Noise.seeded(0), .seeded(1), .seeded(1)].map {
      drawing(try open(noise: $0), code)
    }
    let none = drawing(try open(noise: .none), code)
    #expect(seeds[1] == seeds[2] && seeds[0] != seeds[1] && stored != seeds[0] && none != stored)
    // A checkpoint without noise has that of seed 0.
    let bare = try open { tensors in
      for name in tensors.keys where name.hasPrefix("noises.") { tensors[name] = nil }
    }
    #expect(drawing(bare, code) == seeds[0])
  }

  // MARK: - Checkpoints

  private static let kernel: [Float] = [1, 3, 3, 1].flatMap { row in [1, 3, 3, 1].map { row * $0 / 16 } }

  @Test func aTrainingCheckpointHasMoreThanTheAverage() throws {
    let code = [try open().randomCodes(1, seed: 13)[0]]
    let expected = drawing(try open(), code)
    let other = TinyStyleGAN2(seed: 2)
    let full = try open(prefix: "g_ema.") { tensors in
      for (name, tensor) in other.tensors { tensors["g." + name] = tensor }
      tensors["d.final_conv.0.weight"] = Tensor(shape: [1], repeating: 1)
      tensors["latent_avg"] = Tensor(shape: [24], repeating: 0.5)
      for name in ["convs.0.conv.blur.kernel", "upsample.kernel", "to_rgbs.1.upsample.kernel"] {
        tensors["g_ema." + name] = Tensor(shape: [4, 4], elements: Self.kernel)
      }
    }
    #expect(drawing(full, code) == expected)
    #expect(
      full.truncated(by: 0).layered([Latent<WSpace>]([Latent([Float](repeating: 3, count: 24))]))[0].values
        .allSatisfy { $0 == 0.5 })
  }

  @Test func anotherFilterIsRefused() throws {
    let error = try #require(throws: WeightSourceError.self) {
      try open { $0["convs.0.conv.blur.kernel"] = Tensor(shape: [4, 4], repeating: 0.25) }
    }
    #expect(
      error.faults.map(\.description) == [
        "convs.0.conv.blur.kernel is not the filter of [1, 3, 3, 1] by itself, divided by 16"
      ])
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let error = try #require(throws: WeightSourceError.self) {
      try open { tensors in
        tensors["convs.3.conv.weight"] = Tensor(shape: [1, 12, 13, 3, 3], repeating: 1)
        tensors["to_rgbs.1.bias"] = nil
        tensors["convs.4.extra"] = Tensor(shape: [2], repeating: 1)
        tensors["noises.noise_2"] = Tensor(shape: [1, 1, 8, 9], repeating: 1)
      }
    }
    #expect(
      Set(error.faults.map(\.description)) == [
        "convs.3.conv.weight has shape [1, 12, 13, 3, 3], expected [1, 12, 12, 3, 3]",
        "noises.noise_2 has shape [1, 1, 8, 9], expected [1, 1, 8, 8]",
        "to_rgbs.1.bias is missing (the nearest spare are convs.4.extra)", "convs.4.extra is not expected",
      ])
    #expect(throws: WeightSourceError.self) {
      try open { $0["latent_avg"] = Tensor(shape: [25], repeating: 1) }
    }
  }

  @Test func anotherNetworkNamesItsFirstTensors() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("other.safetensors")
      try TensorFile.writeSafeTensors(
        [StoredTensor("main.0.weight", Tensor(shape: [2, 3], repeating: 1))], to: url)
      let error = try #require(throws: WeightSourceError.self) {
        try StyleGAN2Generator<ZSpace>(contentsOf: url)
      }
      #expect(error.faults.count > 40)
      #expect(error.faults[0] == .missing("style.1.weight", nearest: ["main.0.weight"]))
      #expect(error.faults.contains(.spare("main.0.weight")))
    }
  }

  // MARK: - Inversion

  // The best point met is kept, so that a refinement never ends above its start; ten steps get below it.
  @Test(arguments: Refinement.Parts.allCases) func refinementComesCloser(_ parts: Refinement.Parts) throws {
    let generator = try open(WPlusSpace.self)
    let target = generator.generate(generator.randomCodes(1, seed: 14)[0])
    let start = generator.randomCodes(1, seed: 15)[0]
    let found = try generator.inversion(
      of: target, from: start, by: Refinement(steps: 10, parts: parts)
    ) { _ in }
    func loss(_ generator: any Generator<WPlusSpace>, _ code: Latent<WPlusSpace>) throws -> Float {
      let drawn = drawing(try #require(generator as? StyleGAN2Generator<WPlusSpace>), [code])
      return zip(drawn, Tensor(target).elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    let (before, after) = (try loss(generator, start), try loss(found.generator, found.code))
    #expect(after < 0.95 * before, "\(before) → \(after)")
    #expect(found.code != start)
    let unrefined = drawing(generator, [found.code])
    let refined = drawing(try #require(found.generator as? StyleGAN2Generator<WPlusSpace>), [found.code])
    #expect((unrefined == refined) == (parts == .code))
  }
}
