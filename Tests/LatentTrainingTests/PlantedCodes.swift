import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport

/// Codes made of known directions.
struct Planted {
  /// Half the mean change of each attribute, and how many of the images have it.
  static let amplitudes: [Float] = [1, 2, 0.7, 1.4, 1]
  private static let shares: [Double] = [0.5, 0.3, 0.4, 0.6, 0.2]
  static let known = amplitudes.count
  static let dimension = 8
  private static let (d, images, noise): (Int, Int, Float) = (24, 2000, 0.2)
  /// The deviation of a further direction that no word stands for, wider than any that one does.
  private static let nuisance: Float = 3

  private let words: [String]
  private let vectors: WordVectors
  private let axes: [[Float]]
  private(set) var trained: LabeledLatents
  let held: LabeledLatents

  /// Plants the directions.
  ///
  /// - Parameters:
  ///   - constantLabel: What all images have of one more word; there is none where nil.
  ///   - copied: The share of images whose label of word 1 is that of word 0.
  init(constantLabel: Bool? = nil, copied: Double = 0) {
    let axes = Self.orthonormal(count: Self.known + 1)
    let words = (0..<Self.known + (constantLabel == nil ? 0 : 1)).map { "word\($0)" }
    (self.words, self.axes) = (words, axes)
    vectors = WordVectors(
      words: words, values: randomFloats(count: words.count * Self.dimension, seed: 1))
    func data(_ seed: UInt64) -> LabeledLatents {
      var stream = RandomStream(seed: seed, name: "planted")
      let noise = stream.normal(shape: [Self.images, Self.d], deviation: Self.noise)
      let wide = stream.normal(shape: [Self.images], deviation: Self.nuisance).elements
      var (values, labels) = (noise.elements, [Bool]())
      for image in 0..<Self.images {
        for index in 0..<Self.d {
          values[image * Self.d + index] += wide[image] * axes[Self.known][index]
        }
        for word in 0..<Self.known {
          var label = stream.uniform() < Self.shares[word]
          if word == 1, stream.uniform() < copied { label = labels[labels.count - 1] }
          labels.append(label)
          let change = (label ? 1 : -1) * Self.amplitudes[word]
          for index in 0..<Self.d { values[image * Self.d + index] += change * axes[word][index] }
        }
        if let constantLabel { labels.append(constantLabel) }
      }
      return LabeledLatents(
        latents: Tensor(shape: noise.shape, elements: values), labels: labels, words: words.count)
    }
    (trained, held) = (data(2), data(3))
  }

  /// Gives every image the labels of the first.
  mutating func makeAllConstant() {
    let first = trained.labels.prefix(trained.words)
    trained = LabeledLatents(
      latents: trained.latents, labels: (0..<Self.images).flatMap { _ in first }, words: trained.words)
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

  func trainer(
    _ method: ProjectorRecipe.Method, orthogonalizes: Bool = true, steps: Int = 3000, seed: UInt64 = 1
  ) throws -> ProjectorTrainer {
    var recipe = ProjectorRecipe(method: method)
    (recipe.steps, recipe.hiddenUnits) = (steps, 64)
    (recipe.optimizer.rate, recipe.orthogonalizes) = (5e-3, orthogonalizes)
    return try trainer(by: recipe, seed: seed)
  }

  func trainer(by recipe: ProjectorRecipe, seed: UInt64 = 1) throws -> ProjectorTrainer {
    try ProjectorTrainer(
      record: RunRecord(recipe: recipe, seed: seed, images: Self.images), words: words, vectors: vectors,
      data: trained,
      generator: ConvolutionalGenerator(TinyModel.complete(), threads: 1), threads: 1)
  }

  func embedding(_ word: Int) -> [Float] { vectors.matrix.row(word) }

  /// The planted direction of a word, of length 1.
  func direction(_ word: Int) -> Direction<ZSpace> { Direction(axes[word]) }

  /// μ₁ − μ₀ of the training images.
  func meanGap(_ word: Int) -> Direction<ZSpace> {
    var gap = [Double](repeating: 0, count: Self.d)
    for label in [true, false] {
      let rows = (0..<Self.images).filter { trained.labels[$0 * words.count + word] == label }
      for (index, value) in trained.latents.rows(rows).elements.enumerated() {
        gap[index % Self.d] += (label ? 1 : -1) * Double(value) / Double(rows.count)
      }
    }
    return Direction(gap.map { Float($0) })
  }

  /// A direction as it is among white codes.
  func whitened(_ direction: Direction<ZSpace>) throws -> Direction<ZSpace> {
    let whitening = try Whitening(of: trained.latents)
    let moved = zip(whitening.mean.elements, direction.values).map { $0 + $1 }
    return Direction(whitening.whitened(Tensor(shape: [1, Self.d], elements: moved)).elements)
  }

  /// The share of white differences' variance that comes from the planted directions.
  var plantedShare: Float {
    zip(Self.amplitudes, Self.shares).reduce(Float(0)) { sum, word in
      let planted = word.0 * word.0 * Float(4 * word.1 * (1 - word.1))
      return sum + planted / (planted + Self.noise * Self.noise)
    } / Float(Self.d)
  }

  func directions(of projector: Parameters) -> [Direction<ZSpace>] {
    words.indices.map { direction(of: embedding($0), by: projector) }
  }

  func direction(of embedding: [Float], by projector: Parameters) -> Direction<ZSpace> {
    let network = ProjectorNetwork(dimension: Self.dimension, hiddenUnits: 64, latentSize: Self.d)
    let input = Tensor(shape: [1, Self.dimension], elements: embedding)
    return Direction(network.layers.inferred(input, projector, threads: 1).elements)
  }
}
