import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Sentences toward which painted faces are edited: relevances of a painter's directions, and optimization along them.
struct PaintedSentenceTests {
  private let model = ToyImageTextModel(imageSize: 160)
  private let recipe = LatentOptimization(
    steps: 8, rate: 0.3, distanceWeight: 0, anchoring: 0.7, neutral: "a face")

  private func face(_ seed: Int = 3) throws -> EditedFace<ZSpace> {
    let photo = Image(
      width: 178, height: 218, pixels: smoothImage(width: 178, height: 218, seed: seed).pixels)
    return try Editor(TinyModel.painting()).faces(in: photo, framed: .alignedCelebA)[0]
  }

  private func feature(_ face: EditedFace<ZSpace>, _ code: Latent<ZSpace>) throws -> [Double] {
    let codes = Tensor(shape: [1, code.values.count], elements: code.values)
    let image = face.images(of: Tape(threads: 1).constant(codes), by: try face.generator.differentiable)
    return model.features(ofImages: image).value.elements.map(Double.init)
  }

  private func unit(_ x: [Double]) -> [Double] {
    let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return x.map { $0 / length }
  }

  private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private var change: [Double] {
    let texts = model.features(ofTexts: ["a face", "a smile"])
    return unit(zip(texts.row(1), texts.row(0)).map { Double($0 - $1) })
  }

  // r_k = ⟨normalize(mean_i normalize(I(z + w_k) − I(z − w_k))), Δt⟩, recomputed in double precision one face at a time.
  @Test func relevanceIsThatOfTheFormula() throws {
    let faces = try [face(3), face(4)]
    let relevance = try DirectionRelevance(of: faces, model: model, threads: 2)
    let edited = try #require(faces[0].editedDirections)
    let directions = (0..<edited.shape[0]).map { Direction<ZSpace>(edited.row($0)) }
    #expect(relevance.directions == directions && directions.count == 2)
    let got = relevance.relevance(
      to: Tensor(shape: [1, model.featureSize], elements: change.map { Float($0) }))
    for (k, direction) in directions.enumerated() {
      var sum = [Double](repeating: 0, count: model.featureSize)
      for face in faces {
        let sides = try (feature(face, face.code + direction), feature(face, face.code + -1 * direction))
        sum = zip(sum, unit(zip(sides.0, sides.1).map { $0 - $1 })).map { $0 + $1 }
      }
      let expected = product(unit(sum), change)
      #expect(abs(Double(got[k]) - expected) <= 1e-3, "\(k): \(got[k]) \(expected)")
    }
  }

  @Test func relevanceTakesPaintedFaces() throws {
    let drawn = try Editor(TinyModel.painting()).face(of: face().code)
    #expect(try !drawn.isPainted && face().isPainted)
    for faces in [[drawn], []] {
      #expect(throws: TextEditingError.notPainted) { try DirectionRelevance(of: faces, model: model) }
    }
  }

  // Δz = Σ r_k·w_k/‖r‖ over |r_k| ≥ β, which is 0.6 of the largest unless something else is asked for.
  @Test func weakDirectionsAreDropped() throws {
    let directions = (0..<3).map { Direction<ZSpace>(randomFloats(count: 6, seed: UInt64($0))) }
    func sum(_ weights: [Double]) -> [Double] {
      (0..<6).map { n in zip(weights, directions).reduce(0) { $0 + $1.0 * Double($1.1.values[n]) } }
    }
    let usual = try GlobalDirection(relevance: [0.5, -0.4, 0.25], along: directions)
    #expect(usual.threshold == 0.3 && usual.channelCount == 2)
    #expect(
      worstError(usual.direction.values, sum([0.5, -0.4, 0].map { $0 / 0.41.squareRoot() }), scale: 1) <= 1e-6
    )
    let all = try GlobalDirection(relevance: [0.5, -0.4, 0.25], along: directions, threshold: 0.25)
    #expect(
      worstError(all.direction.values, sum([0.5, -0.4, 0.25].map { $0 / 0.4725.squareRoot() }), scale: 1)
        <= 1e-6)
    #expect(throws: TextEditingError.noChannel(threshold: 0.6, most: 0.5)) {
      try GlobalDirection(relevance: [0.5, -0.4, 0.25], along: directions, threshold: 0.6)
    }
    #expect(throws: TextEditingError.noChannel(threshold: 0, most: 0)) {
      try GlobalDirection(relevance: [0, 0, 0], along: directions)
    }
  }

  // The optimization begins at the face's own direction, its losses are those of the anchored target, and it never leaves
  // the directions that matter to the text, nor goes farther along them than is reliable.
  @Test func optimizationFollowsWhatMatters() throws {
    let face = try face()
    let relevance = try DirectionRelevance(of: [face], model: model)
    let start = try GlobalDirection(
      toward: Tensor(shape: [1, model.featureSize], elements: change.map { Float($0) }), by: relevance)
    var optimizer = try LatentOptimizer(recipe, of: face, toward: "a smile", model: model, threads: 2)
    #expect(worstError(optimizer.direction.values, start.direction.values.map(Double.init), scale: 1) <= 1e-5)
    let target = unit(zip(try feature(face, face.code), change).map { $0 + 0.7 * $1 })
    let weights = start.weights
    let kept = relevance.directions.indices.filter { weights[$0] != 0 }
    for _ in 0..<recipe.steps {
      let expected = 1 - product(try feature(face, optimizer.code), target)
      let losses = try optimizer.update()
      #expect(abs(Double(losses.text) - expected) <= 1e-5)
      let moved = optimizer.direction.values.map(Double.init)
      // Least squares over the two directions, by hand.
      let w = relevance.directions.map { $0.values.map(Double.init) }
      let (a, b, c) = (product(w[0], w[0]), product(w[0], w[1]), product(w[1], w[1]))
      let (p, q) = (product(w[0], moved), product(w[1], moved))
      let coordinates = [(c * p - b * q) / (a * c - b * b), (a * q - b * p) / (a * c - b * b)]
      for k in 0..<2 {
        #expect(abs(coordinates[k]) <= (kept.contains(k) ? 1.501 : 1e-4))
      }
    }
    #expect(optimizer.direction.values != start.direction.values)
  }

  @Test func aTextThatSaysNoMoreIsRefused() throws {
    #expect(throws: TextEditingError.sameMeaning("a face", "a face")) {
      try LatentOptimizer(recipe, of: face(), toward: "a face", model: model)
    }
  }
}
