import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// The training of latent mappers, with models of random weights.
struct MapperTrainingTests {
  private var recipe: MapperRecipe {
    var recipe = MapperRecipe(text: "a smile")
    recipe.steps = 8
    return recipe
  }

  private func training(_ recipe: MapperRecipe, seed: UInt64 = 1) throws -> MapperTraining<ZSpace> {
    let generator = try ConvolutionalGenerator.toy()
    let codes = generator.randomCodes(9, seed: 3)
    return try MapperTraining(
      recipe, of: LatentMapper(latentSize: generator.latentSize, seed: 5, threads: 2), codes: codes,
      showing: Array(codes.prefix(2)), generator: generator, model: ToyImageTextModel(),
      identity: ToyImageTextModel(seed: 2), seed: seed, threads: 2)
  }

  // L = text + 0.8·mean((0.1·M(w))²) + 0.1·identity with both cosine distances recomputed here, of a batch of all codes.
  @Test func lossesAreThoseOfTheMapper() throws {
    var recipe = recipe
    recipe.batch = 1
    let generator = try ConvolutionalGenerator.toy()
    let code = generator.randomCodes(1, seed: 3)[0]
    let mapper = LatentMapper<ZSpace>(latentSize: generator.latentSize, seed: 5, threads: 2)
    var training = try MapperTraining(
      recipe, of: mapper, codes: [code], generator: generator, model: ToyImageTextModel(),
      identity: ToyImageTextModel(seed: 2), threads: 2)
    let losses = try training.advance()
    func feature(_ model: ToyImageTextModel, _ code: Latent<ZSpace>) -> [Float] {
      let codes = Tape(threads: 1).constant(Tensor(shape: [1, code.values.count], elements: code.values))
      return model.features(ofImages: generator.images(of: codes)).value.elements
    }
    func distance(_ a: [Float], _ b: [Float]) -> Float { 1 - zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let moved = code + mapper.direction(for: code)
    let text = distance(
      feature(ToyImageTextModel(), moved), ToyImageTextModel().features(ofTexts: ["a smile"]).elements)
    let identity = distance(
      feature(ToyImageTextModel(seed: 2), moved), feature(ToyImageTextModel(seed: 2), code))
    let mean = (moved - code).values.reduce(0) { $0 + $1 * $1 } / Float(code.values.count)
    for (got, expected) in zip(losses, [text, mean, identity, text + 0.8 * mean + 0.1 * identity]) {
      #expect(abs(got - expected) <= 1e-5, "\(losses)")
    }
    #expect(mean > 0 && training.mapper.parameters != mapper.parameters)
  }

  @Test func imagesComeToFitTheText() throws {
    var recipe = recipe
    (recipe.steps, recipe.distanceWeight, recipe.identityWeight) = (60, 0, 0)
    var training = try training(recipe)
    var texts: [Float] = []
    while training.step < training.steps { texts.append(try training.advance()[0]) }
    let (first, last) = (texts.prefix(10).reduce(0, +), texts.suffix(10).reduce(0, +))
    #expect(last < 0.98 * first, "\(first) \(last)")
  }

  // A resumed training makes bit for bit the mapper of an uninterrupted one; that of another seed is refused.
  @Test func resumedIsAsUninterrupted() async throws {
    var whole = try training(recipe)
    while whole.step < whole.steps { _ = try whole.advance() }
    let expected = whole.mapper.parameters
    try await withTemporaryFolder { folder in
      var options = RunOptions(folder: folder.appendingPathComponent("run"), threads: 2)
      (options.checkpointInterval, options.sampleInterval) = (3, 4)
      let interrupted = Task { [options, recipe] in
        var first = try training(recipe)
        #expect(throws: CancellationError.self) {
          try first.run(options) { if $0.step == 4 { cancelTask() } }
        }
      }
      try await interrupted.value
      options.resumes = true
      var second = try training(recipe)
      try second.run(options) { _ in }
      #expect(second.mapper.parameters.bits == expected.bits)
      let sample = try Image(contentsOf: options.folder.appendingPathComponent("sample-000008.png"))
      #expect(sample.width == 160 && sample.height == 160)
      var other = try training(recipe, seed: 2)
      #expect(throws: RunError.self) { try other.run(options) { _ in } }
    }
  }

  // λ_ID is not dropped in silence: 0.1 in the article's recipe takes a model, and 0 does without.
  @Test func identityTakesAModel() throws {
    let generator = try ConvolutionalGenerator.toy()
    func training(_ recipe: MapperRecipe) throws -> MapperTraining<ZSpace> {
      try MapperTraining(
        recipe, of: LatentMapper(latentSize: generator.latentSize, seed: 5),
        codes: generator.randomCodes(3, seed: 3),
        generator: generator, model: ToyImageTextModel())
    }
    var recipe = recipe
    #expect(throws: TextEditingError.identityModelMissing(weight: 0.1)) { try training(recipe) }
    recipe.identityWeight = 0
    _ = try training(recipe)
  }

  @Test func fewerCodesThanABatchAreRefused() throws {
    var recipe = recipe
    recipe.batch = 10
    #expect(throws: TextEditingError.tooFewCodes(expected: 10, got: 9)) { try training(recipe) }
  }
}
