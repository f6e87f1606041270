import LatentArithmetic
import LatentCore
import Synchronization
import TestSupport
import Testing

/// The refinement of codes, with models of random weights.
struct InversionTests {
  private let image = randomImage(width: 80, height: 80, seed: 9)
  private static let steps = 12

  /// mean((G(z) − x)²) of an inversion, before the drawing is rounded to 8 bits.
  private func loss(_ inversion: Inversion<ZSpace>) throws -> Float {
    let generator = try #require(inversion.generator as? ConvolutionalGenerator)
    let code = Tensor(shape: [1, TinyModel.latentSize], elements: inversion.code.values)
    let drawing = generator.network(code, threads: 2)
    let tape = Tape(threads: 1)
    return tape.constant(drawing).meanSquaredError(to: Tensor(image)).value.scalar
  }

  // ∂/∂z and ∂/∂s of mean((G(z; s) − x)²) against central differences of the double twin, at factors that are not 1.
  // Errors are in units of the root mean square of a tensor's gradient.
  @Test(arguments: TinyModel.architectures, Refinement.Parts.allCases)
  func gradientIsThatOfTheLoss(
    architecture: NetworkConfiguration.Architecture, parts: Refinement.Parts
  ) {
    let layers = TinyModel.network(architecture).generator
    let network = InferenceNetwork(layers, liveParameters(layers, seed: 31))
    let target = Tensor(shape: [1, 80, 80, 3], elements: randomFloats(count: 80 * 80 * 3, seed: 32))
    let objective = InversionObjective(network, parts: parts, target: target, threads: 2)
    var point = objective.neutralFactors
    for path in point.paths {
      var stream = RandomStream(seed: 33, name: path)
      let around = stream.uniform(shape: point[path]?.shape ?? [], limit: 0.5)
      point[path] = Tensor(shape: around.shape, elements: around.elements.map { 1 + $0 })
    }
    #expect(point.paths.count == (parts == .code ? 0 : architecture == .paper ? 5 : 4))
    point[InversionObjective.codePath] = Tensor(
      shape: [1, TinyModel.latentSize], elements: randomFloats(count: TinyModel.latentSize, seed: 34))

    let result = objective(at: point)
    let gradients = result.gradients()
    #expect(gradients.keys.sorted() == point.paths)
    var all = network.parameters
    all.merge(point)
    let twin = ReferenceNetwork(network.layers(for: parts), all, phase: .inference)
    let x = ReferenceTensor(target)
    func loss(_ moved: ReferenceParameters) -> Double {
      let code = ReferenceTensor(
        shape: [1, TinyModel.latentSize], values: moved[InversionObjective.codePath] ?? [])
      return zip(twin(code, moved).values, x.values).reduce(0) { sum, pair in
        sum + (pair.0 - pair.1) * (pair.0 - pair.1)
      } / Double(x.values.count)
    }
    #expect(abs(Double(result.loss) - loss(all.inDouble)) <= 1e-5)
    for comparison in comparisons(of: gradients, at: all, seed: 35, loss: loss) {
      #expect(comparison.error <= 1e-4, "\(comparison)")
    }
  }

  // The result is the best point met, and s·f(w·x + b) = f(s·w·x + s·b): the generator returned draws what the search
  // drew, up to some 1e-6 of rounding.
  @Test(arguments: TinyModel.architectures, Refinement.Parts.allCases)
  func theLossFallsAndTheFactorsGoIntoTheWeights(
    architecture: NetworkConfiguration.Architecture, parts: Refinement.Parts
  ) throws {
    let editor = try Editor(TinyModel.complete(architecture))
    let code = try editor.encoder.encode(image)
    let start = try loss(Inversion(code: code, generator: editor.generator))
    var losses: [Float] = []
    let generator = try #require(editor.generator as? ConvolutionalGenerator)
    let refinement = Refinement(steps: Self.steps, parts: parts)
    let inversion = try generator.inversion(of: image, from: code, by: refinement) { progress in
      losses += progress.losses.map(\.value)
      #expect(progress.step == losses.count && progress.steps == Self.steps)
    }
    let best = try #require(losses.min())
    #expect(losses.count == Self.steps && best < start)
    #expect(abs(try loss(inversion) - best) <= 1e-5 * best)
    #expect(inversion.code != code)
    let isTheSame = editor.generator.generate(inversion.code) == inversion.generator.generate(inversion.code)
    #expect(isTheSame == (parts == .code))
  }

  // At rates that lead away the start is the best point met.
  @Test func theResultIsNeverWorseThanTheStart() throws {
    let editor = try Editor(TinyModel.complete(.dcgan))
    let code = try editor.encoder.encode(image)
    let start = try loss(Inversion(code: code, generator: editor.generator))
    let refinement = Refinement(steps: Self.steps, codeRate: 30, channelRate: 3)
    let generator = try #require(editor.generator as? ConvolutionalGenerator)
    let inversion = try generator.inversion(of: image, from: code, by: refinement) { _ in }
    #expect(try loss(inversion) <= start * (1 + 1e-5))
  }

  @Test(arguments: TinyModel.architectures) func threadsDoNotChangeABit(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let model = TinyModel.complete(architecture)
    let results = try [1, 2, 3].map { threads in
      let generator = try ConvolutionalGenerator(model, threads: threads)
      let code = generator.randomCodes(1, seed: 2)[0]
      let inversion = try generator.inversion(of: image, from: code, by: Refinement(steps: Self.steps)) { _ in
      }
      let refined = try #require(inversion.generator as? ConvolutionalGenerator)
      return (code: inversion.code.values.map(\.bitPattern), weights: refined.network.parameters.bits)
    }
    for result in results.dropFirst() {
      #expect(result.code == results[0].code)
      #expect(result.weights == results[0].weights)
    }
  }

  // Without words x′ = x + G(z) − G(z) = x, or G(z) of the refined pair alone; a word changes both.
  @Test(arguments: TinyModel.architectures) func editsAreOfTheRefinedFace(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let editor = try Editor(TinyModel.complete(architecture))
    let refinement = Refinement(steps: Self.steps)
    let generator = try #require(editor.generator as? ConvolutionalGenerator)
    let inversion = try generator.inversion(
      of: image, from: editor.encoder.encode(image), by: refinement
    ) { _ in }
    let drawing = inversion.generator.generate(inversion.code)
    #expect(drawing != editor.generator.generate(try editor.encoder.encode(image)))
    let smiling = try editor.projector.direction(for: "smiling")
    let changed = inversion.generator.generate(inversion.code + smiling)
    let frame = FaceFrame(Rectangle(x: 0, y: 0, width: 80, height: 80))
    for (rendering, unchanged, edited) in [
      (Rendering.keep, image, image.adding(changeFrom: drawing, to: changed, in: frame)),
      (.reconstruct, drawing, changed),
    ] {
      var face = try editor.faces(
        in: image, framed: .whole, rendering: rendering, refinement: refinement)[0]
      #expect(face.code == inversion.code && face.reconstruction() == drawing)
      #expect(try face.rendered() == unchanged)
      face["smiling"] = 1
      #expect(try face.rendered() == edited)
    }
  }

  // Cancelled after step 3, the task makes no other; cancelled before, none.
  @Test(arguments: [0, 3]) func aRefinementCanBeCancelled(last: Int) async throws {
    let editor = try Editor(TinyModel.complete())
    let made = Mutex(0)
    let work = Task { [image] in
      if last == 0 { cancelTask() }
      return try editor.faces(
        in: image, framed: .whole, refinement: Refinement(steps: Self.steps)
      ) { progress in
        made.withLock { $0 = progress.step }
        if progress.step == last { cancelTask() }
      }.count
    }
    await #expect(throws: CancellationError.self) { try await work.value }
    #expect(made.withLock { $0 } == last)
  }

  // At such rates the factors or the code leave the range of numbers in the first steps.
  @Test(arguments: Refinement.Parts.allCases) func aDivergingRefinementIsTold(
    parts: Refinement.Parts
  ) throws {
    let editor = try Editor(TinyModel.complete(.dcgan))
    let refinement = Refinement(steps: Self.steps, parts: parts, codeRate: 3e38, channelRate: 1e38)
    let error = #expect(throws: RefinementError.self) {
      try editor.faces(in: image, framed: .whole, refinement: refinement)
    }
    guard case .diverged(let step, Self.steps) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect((1...Self.steps).contains(step))
  }

  // What an encoder never gives: a caller's code, whose number 2 is none.
  @Test func aCodeThatIsNotFiniteTraps() async throws {
    await #expect(processExitsWith: .failure) {
      let generator = try ConvolutionalGenerator(TinyModel.complete(), threads: 1)
      _ = generator.generate(Latent([1, 2, .nan, 4, 5, 6]))
    }
  }

  @Test func aRefinementWithoutStepsTraps() async {
    await #expect(processExitsWith: .failure) {
      let generator = try ConvolutionalGenerator(TinyModel.complete(), threads: 1)
      let code = generator.randomCodes(1, seed: 2)[0]
      _ = try generator.inversion(of: generator.generate(code), from: code, by: Refinement(steps: 0)) { _ in }
    }
  }
}
