import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Numbers that are infinite or none: in files, and in trainings that diverge.
struct FinitenessTests {
  /// A file's tensors with one element replaced, and where it is as an error names it.
  private func poison(
    _ url: URL, _ path: String, at index: Int, with value: Float
  ) throws -> String {
    let file = try TensorFile(contentsOf: url)
    var parameters = try Parameters(file)
    let tensor = try #require(parameters[path])
    var elements = tensor.elements
    elements[index % tensor.count] = value
    parameters[path] = Tensor(shape: tensor.shape, elements: elements)
    try parameters.write(to: url, metadata: file.metadata, precision: .single)
    // Row-major: the index of the last dimension changes fastest.
    var (rest, indices) = (index % tensor.count, [Int]())
    for length in tensor.shape.reversed() {
      indices.insert(rest % length, at: 0)
      rest /= length
    }
    return "\(path)\(indices) is \(value)"
  }

  // Whatever part a tensor belongs to, and wherever in it the element is.
  @Test(arguments: [Float.nan, .infinity, -.infinity]) func aPoisonedModelIsRefused(value: Float) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      let model = TinyModel.complete(.dcgan)
      var tried = 0
      for path in [
        "generator.input.weight", "generator.input.norm.variance", "encoder.output.weight",
        "projector.hidden.bias", "directions", "mean",
      ] {
        for index in [0, 3, 1_000_003] {
          try model.write(to: url, precision: .single)
          let place = try poison(url, path, at: index, with: value)
          let error = #expect(throws: WeightSourceError.self) { try Model(contentsOf: url) }
          #expect(error?.file == "model" && error?.faults == [.notFinite(place)])
          #expect(error?.description == "“model” does not fit its networks: \(place).")
          tried += 1
        }
      }
      #expect(tried == 18)
    }
  }

  // Four tensors by name, each with its first element.
  @Test func manyPoisonedTensorsAreNamed() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      try TinyModel.complete(.dcgan).write(to: url, precision: .single)
      let paths = try Parameters(TensorFile(contentsOf: url)).paths.filter { $0.hasPrefix("encoder.") }
      let places = try paths.prefix(4).map { path in
        _ = try poison(url, path, at: 2, with: .nan)
        return try poison(url, path, at: 1, with: .infinity)
      }
      let error = #expect(throws: WeightSourceError.self) { try Model(contentsOf: url) }
      #expect(error?.faults == places.map { .notFinite($0) })
    }
  }

  @Test func aPoisonedScorerIsRefused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("scorer")
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      var recipe = ScorerRecipe.calibrating
      (recipe.network.width, recipe.people, recipe.batch, recipe.steps) = (4, .all, 8, 1)
      try drawn.training(of: url, in: folder.appendingPathComponent("run")).trainScorer(recipe)
      let paths = try Parameters(TensorFile(contentsOf: url)).paths
      let place = try poison(url, try #require(paths.last), at: 1, with: .nan)
      let error = #expect(throws: WeightSourceError.self) { try AttributeScorer(contentsOf: url) }
      #expect(error?.faults == [.notFinite(place)])
    }
  }

  // Weights that are finite and too large: sums of several 1e38 are infinite. A program is told the image's number, a
  // training the image's name.
  @Test func codesBeyondTheRangeAreTold() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      var model = TinyModel.complete(.dcgan)
      var encoder = try model.parameters(of: .encoder)
      let weight = try #require(encoder["encoder.output.weight"])
      encoder["encoder.output.weight"] = Tensor(shape: weight.shape, repeating: 3e38)
      model.set(.encoder, to: encoder, record: "")
      let faces = (0..<2).map { randomImage(width: 80, height: 80, seed: $0) }
      #expect(throws: ModelError.codeNotFinite(image: 0)) {
        try ConvolutionalEncoder(model, threads: 1).encode(faces)
      }
      try model.write(to: url, precision: .single)
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let training = drawn.training(of: url, in: folder.appendingPathComponent("run"))
      let first = try #require(drawn.dataset.images(in: .train).first)
      #expect(throws: TrainingError.codesNotFinite(image: first.fileName)) {
        try training.trainProjector(ProjectorRecipe(), vectors: drawn.vectors)
      }
    }
  }

  // MARK: - Trainings

  /// A training at a rate.
  enum Kind: CaseIterable {
    case gan, encoder, autoencoder, projector, scorer

    /// Runs a training of five steps.
    func train(by training: Training, _ vectors: WordVectors, rate: Float?) throws {
      func configured<Recipe: TrainingRecipe>(_ recipe: Recipe, _ change: (inout Recipe) -> Void) -> Recipe {
        var recipe = recipe
        change(&recipe)
        recipe.steps = 5
        return recipe
      }
      switch self {
      case .gan:
        try training.trainGAN(
          configured(GANRecipe.dcgan) {
            ($0.network, $0.batch) = (TinyModel.network(.dcgan), 4)
            $0.generatorOptimizer.rate = rate ?? $0.generatorOptimizer.rate
            $0.discriminatorOptimizer.rate = rate ?? $0.discriminatorOptimizer.rate
          })
      case .encoder:
        try training.trainEncoder(
          configured(EncoderRecipe()) {
            $0.batch = 4
            $0.optimizer.rate = rate ?? $0.optimizer.rate
          })
      case .autoencoder:
        try training.trainAutoencoder(
          configured(AutoencoderRecipe()) {
            ($0.latentSize, $0.width, $0.batch, $0.edited, $0.sampled) = (6, 4, 4, 2, 2)
            $0.optimizer.rate = rate ?? $0.optimizer.rate
          })
      case .projector:
        try training.trainProjector(
          configured(ProjectorRecipe()) {
            ($0.hiddenUnits, $0.batch) = (8, 16)
            $0.optimizer.rate = rate ?? $0.optimizer.rate
          }, vectors: vectors)
      case .scorer:
        try training.trainScorer(
          configured(ScorerRecipe.calibrating) {
            ($0.network.width, $0.people, $0.batch) = (4, .all, 8)
            $0.optimizer.rate = rate ?? $0.optimizer.rate
          })
      }
    }
  }

  // An update by Adam is as large as the rate. At 1e37 a sum of some hundred products leaves the range of single
  // precision in the second step at the latest; the first is the checkpoint that would be wrong to keep.
  @Test(arguments: Kind.allCases) func anAbsurdRateIsTold(kind: Kind) throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("model")
      var model = TinyModel.complete(.dcgan)
      if kind == .encoder { model.set(.encoder, to: Parameters(), record: "") }
      if [.encoder, .projector].contains(kind) { try model.write(to: url, precision: .single) }
      let before = try? Data(contentsOf: url)
      let training = drawn.training(of: url, in: folder.appendingPathComponent("run"))
      let error = #expect(throws: RunError.self) {
        try kind.train(by: training, drawn.vectors, rate: 1e37)
      }
      guard case .diverged(let step, let place, nil) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect((1...5).contains(step) && place.contains(" is "))
      #expect(!FileManager.default.fileExists(atPath: training.options.checkpoint.path))
      #expect((try? Data(contentsOf: url)) == before)
    }
  }

  // Word vectors of 1e38 are finite, and their products with any projector are not.
  @Test func vectorsBeyondTheRangeAreTold() throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("model")
      try TinyModel.complete(.dcgan).write(to: url, precision: .single)
      let vectors = WordVectors(
        words: ["smiling", "male", "beard"], values: randomFloats(count: 12, seed: 4).map { 1e38 * $0 })
      #expect(throws: RunError.self) {
        try Kind.projector.train(
          by: drawn.training(of: url, in: folder.appendingPathComponent("run")), vectors, rate: nil)
      }
    }
  }
}
