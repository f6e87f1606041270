import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// A word projector trained on codes whose directions are known, and its calibration.
struct CalibrationTests {
  // Longer trainings change nothing in the bounds below; shorter ones leave directions mixed.
  private static let steps = 300

  // z = noise + Σ s_j·a_j·v_j + n·v, s_j = ±1 and independent, v_j and v orthonormal, n·v being wide and meaning
  // nothing (on codes that were not made white, words settle there): the mean codes with and without attribute j
  // differ by μ₁ − μ₀ = 2·a_j·v_j but for chance. So +v_j is the direction, sign and all, that the loss alone leaves
  // free to turn, and the calibrated length is ⟨ŵ, μ₁ − μ₀⟩, up to the ridge of the output layer's fit.
  @Test func calibrationFindsThePlantedDirections() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.addition)
    let before = trainer.explainedVariance(of: planted.held)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    #expect(trainer.step == Self.steps)
    let after = trainer.explainedVariance(of: planted.held)
    // White codes vary alike in all d dimensions, and the words can explain what is planted of theirs.
    let possible = planted.plantedShare
    #expect(
      after > before + 0.05 && after > 0.85 * possible && after < 1.1 * possible,
      "\(before) \(after) \(possible)")

    let directions = planted.directions(of: trainer.projector)
    for word in 0..<Planted.known {
      let direction = directions[word]
      let cosine = direction.cosine(to: planted.direction(word))
      let gap = planted.meanGap(word)
      let unit = direction.cosine(to: gap) * gap.length
      #expect(cosine > 0.95, "word \(word): \(cosine)")
      #expect(abs(direction.length / unit - 1) < 0.05, "word \(word): \(direction.length), not \(unit)")
      #expect(abs(unit / (2 * Planted.amplitudes[word]) - 1) < 0.15)
    }
  }

  // A word that was never trained is spelt like a trained one: its vector is near, so are its sign and its unit.
  @Test func anUnseenWordInheritsSignAndUnit() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.addition)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    let projector = trainer.projector
    let trained = planted.directions(of: projector)
    for word in 0..<Planted.known {
      let noise = randomFloats(count: Planted.dimension, seed: 100 + UInt64(word))
      let near = zip(planted.embedding(word), noise).map { $0 + 0.1 * $1 }
      let unseen = planted.direction(of: near, by: projector)
      #expect(unseen.cosine(to: trained[word]) > 0.9, "word \(word): \(unseen.cosine(to: trained[word]))")
      let ratio = unseen.length / trained[word].length
      #expect(abs(ratio - 1) < 0.25, "word \(word): \(ratio)")
    }
  }

  // The θ loss is the same for W and −W; the calibrated directions are, too.
  @Test func theSignOfTheTrainedDirectionsDoesNotMatter() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.addition)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    let calibrated = planted.directions(of: trainer.projector)
    let explained = trainer.explainedVariance(of: planted.held)
    var turned = trainer.state
    for path in ["projector.output.weight", "projector.output.bias"] {
      let tensor = try #require(turned[path])
      #expect(tensor.elements.contains { $0 != 0 })
      turned[path] = Tensor(shape: tensor.shape, elements: tensor.elements.map { -$0 })
    }
    trainer.restore(turned, step: trainer.step)
    #expect(abs(trainer.explainedVariance(of: planted.held) - explained) <= 1e-5)
    for (got, expected) in zip(planted.directions(of: trainer.projector), calibrated) {
      #expect(relativeError(got.values, expected.values.map { Double($0) }) <= 1e-5)
    }
  }

  // A word that no picture has, or that all have, has no mean gap: the other words are calibrated as without it.
  @Test(arguments: [false, true]) func aWordThatNeverVariesIsLeftOut(label: Bool) throws {
    let planted = Planted(constantLabel: label)
    var trainer = try planted.trainer(.addition)
    for _ in 0..<Self.steps {
      #expect(trainer.advance().allSatisfy { $0.isFinite })
    }
    let directions = planted.directions(of: trainer.projector)
    #expect(directions.count == Planted.known + 1)
    #expect(directions.allSatisfy { $0.values.allSatisfy { $0.isFinite } })
    for word in 0..<Planted.known {
      let cosine = directions[word].cosine(to: planted.direction(word))
      #expect(cosine > 0.95, "word \(word): \(cosine)")
    }
  }

  @Test func dataWithoutVariationIsRefused() throws {
    var planted = Planted(constantLabel: true)
    planted.makeAllConstant()
    #expect(throws: TrainingError.noVariation) { try planted.trainer(.addition) }
  }

  // ((z + w)/2 − z₂)²: the error before any training is that of w near 0, and training lowers it, on pairs that were
  // not trained on, too. Half of z is kept whatever w is, so that it stays large: averaging cannot do what adding can.
  @Test func averagingLowersItsLoss() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.averaging)
    let before = trainer.explainedVariance(of: planted.held)
    let losses = try (0..<Self.steps).map { _ in try #require(trainer.advance().first) }
    let (first, last) = (losses.prefix(20).reduce(0, +) / 20, losses.suffix(20).reduce(0, +) / 20)
    #expect(last < 0.95 * first, "\(first) \(last)")
    #expect(trainer.explainedVariance(of: planted.held) > before + 0.05)
    for word in 0..<Planted.known {
      let direction = planted.directions(of: trainer.projector)[word]
      #expect(direction.cosine(to: planted.direction(word)) > 0.9, "word \(word)")
    }
  }

  // The number of steps may change when a training is resumed; nothing else may.
  @Test func identityIsAllButTheNumberOfSteps() throws {
    let planted = Planted()
    let identity = try planted.trainer(.addition).identity
    #expect(try planted.trainer(.addition, steps: 77).identity == identity)
    #expect(try planted.trainer(.averaging).identity != identity)
    #expect(try planted.trainer(.addition, seed: 2).identity != identity)
  }
}

/// Codes made of known directions.
private struct Planted {
  /// Half the mean change of each attribute, and how many of the pictures have it.
  static let amplitudes: [Float] = [1, 2, 0.7, 1.4, 1]
  private static let shares: [Double] = [0.5, 0.3, 0.4, 0.6, 0.2]
  static let known = amplitudes.count
  static let dimension = 8
  private static let (d, pictures, noise): (Int, Int, Float) = (24, 2000, 0.2)
  /// The deviation of a further direction that no word stands for, wider than any that one does.
  private static let nuisance: Float = 3

  private let words: [String]
  private let vectors: WordVectors
  private let axes: [[Float]]
  private(set) var trained: LabelledLatents
  let held: LabelledLatents

  /// Plants the directions; with a constant label there is one more word, which all pictures have or none.
  init(constantLabel: Bool? = nil) {
    let axes = Self.orthonormal(count: Self.known + 1)
    let words = (0..<Self.known + (constantLabel == nil ? 0 : 1)).map { "word\($0)" }
    (self.words, self.axes) = (words, axes)
    vectors = WordVectors(
      words: words, values: randomFloats(count: words.count * Self.dimension, seed: 1))
    func data(_ seed: UInt64) -> LabelledLatents {
      var stream = RandomStream(seed: seed, name: "planted")
      let noise = stream.normal(shape: [Self.pictures, Self.d], deviation: Self.noise)
      let wide = stream.normal(shape: [Self.pictures], deviation: Self.nuisance).elements
      var (values, labels) = (noise.elements, [Bool]())
      for picture in 0..<Self.pictures {
        for index in 0..<Self.d {
          values[picture * Self.d + index] += wide[picture] * axes[Self.known][index]
        }
        for word in 0..<Self.known {
          let label = stream.uniform() < Self.shares[word]
          labels.append(label)
          let change = (label ? 1 : -1) * Self.amplitudes[word]
          for index in 0..<Self.d { values[picture * Self.d + index] += change * axes[word][index] }
        }
        if let constantLabel { labels.append(constantLabel) }
      }
      return LabelledLatents(
        latents: Tensor(shape: noise.shape, elements: values), labels: labels, words: words.count)
    }
    (trained, held) = (data(2), data(3))
  }

  /// Gives every picture the labels of the first.
  mutating func makeAllConstant() {
    let first = trained.labels.prefix(trained.words)
    trained = LabelledLatents(
      latents: trained.latents, labels: (0..<Self.pictures).flatMap { _ in first }, words: trained.words)
  }

  /// Rows of random numbers made orthonormal by Gram and Schmidt's method.
  private static func orthonormal(count: Int) -> [[Float]] {
    var rows: [[Double]] = []
    for index in 0..<count {
      var row = randomDoubles(count: d, seed: 20 + UInt64(index))
      for other in rows {
        let product = zip(row, other).reduce(0.0) { $0 + $1.0 * $1.1 }
        row = zip(row, other).map { $0 - product * $1 }
      }
      let length = row.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      rows.append(row.map { $0 / length })
    }
    return rows.map { $0.map { Float($0) } }
  }

  /// What a record of a training is made of; the library alone makes one from scratch.
  private struct Record: Encodable {
    let recipe: ProjectorRecipe
    let seed: UInt64
    let pictures: Int
  }

  func trainer(
    _ method: ProjectorRecipe.Method, steps: Int = 3000, seed: UInt64 = 1
  ) throws -> ProjectorTrainer {
    var recipe = ProjectorRecipe()
    (recipe.method, recipe.steps, recipe.hiddenUnits) = (method, steps, 64)
    recipe.optimizer.rate = 5e-3
    let record = try JSONEncoder().encode(Record(recipe: recipe, seed: seed, pictures: Self.pictures))
    return try ProjectorTrainer(
      record: JSONDecoder().decode(TrainingRecord<ProjectorRecipe>.self, from: record), words: words,
      vectors: vectors, data: trained,
      generator: ConvolutionalGenerator(TinyModel.complete(), threads: 1), threads: 1)
  }

  func embedding(_ word: Int) -> [Float] { vectors.matrix.row(word) }

  /// The planted direction of a word, of length 1.
  func direction(_ word: Int) -> Direction<Z> { Direction(axes[word]) }

  /// μ₁ − μ₀ of the training pictures.
  func meanGap(_ word: Int) -> Direction<Z> {
    var gap = [Double](repeating: 0, count: Self.d)
    for label in [true, false] {
      let rows = (0..<Self.pictures).filter { trained.labels[$0 * words.count + word] == label }
      for (index, value) in trained.latents.rows(rows).elements.enumerated() {
        gap[index % Self.d] += (label ? 1 : -1) * Double(value) / Double(rows.count)
      }
    }
    return Direction(gap.map { Float($0) })
  }

  /// The share of white differences' variance that comes from the planted directions.
  var plantedShare: Float {
    zip(Self.amplitudes, Self.shares).reduce(Float(0)) { sum, word in
      let planted = word.0 * word.0 * Float(4 * word.1 * (1 - word.1))
      return sum + planted / (planted + Self.noise * Self.noise)
    } / Float(Self.d)
  }

  func directions(of projector: Parameters) -> [Direction<Z>] {
    words.indices.map { direction(of: embedding($0), by: projector) }
  }

  func direction(of embedding: [Float], by projector: Parameters) -> Direction<Z> {
    let network = ProjectorNetwork(dimension: Self.dimension, hiddenUnits: 64, latentSize: Self.d)
    let input = Tensor(shape: [1, Self.dimension], elements: embedding)
    return Direction(network.layers.inferred(input, projector, threads: 1).elements)
  }
}
