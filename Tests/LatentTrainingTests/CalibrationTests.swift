import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
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
  @Test(arguments: [ProjectorRecipe.Method.addition, .signedAddition])
  func calibrationFindsThePlantedDirections(method: ProjectorRecipe.Method) throws {
    let planted = Planted()
    var trainer = try planted.trainer(method)
    let before = trainer.explainedVariance(of: planted.held)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    #expect(trainer.step == Self.steps)
    let after = trainer.explainedVariance(of: planted.held)
    // White codes vary alike in all d dimensions, and the words can explain what is planted of theirs.
    let possible = planted.plantedShare
    #expect(
      after > before + 0.05 && after > 0.85 * possible && after < 1.1 * possible,
      "\(before) \(after) \(possible)")

    let directions = try planted.directions(of: trainer.projector())
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

  // Of six in ten images the label of word 1 is that of word 0. Σ being the labels' covariance, the least-squares
  // directions in white codes are Σ^(−½) but for a rotation, so that their cosine is −φ = −0.6; made orthogonal, it is 0
  // but for the ridges, and each is still nearest to what it was.
  @Test func attributesThatComeTogetherAreToldApart() throws {
    let planted = Planted(copied: 0.6)
    func white(orthogonalizes: Bool) throws -> [Direction<ZSpace>] {
      var trainer = try planted.trainer(.signedAddition, orthogonalizes: orthogonalizes)
      for _ in 0..<Self.steps { _ = trainer.advance() }
      return try planted.directions(of: trainer.projector()).map(planted.whitened)
    }
    let (asLearnt, apart) = try (white(orthogonalizes: false), white(orthogonalizes: true))
    let learnt = asLearnt[0].cosine(to: asLearnt[1])
    #expect(learnt < -0.4 && learnt > -0.75, "\(learnt)")
    #expect(apart.count == Planted.known)
    for a in apart.indices {
      for b in apart.indices {
        let cosine = apart[a].cosine(to: apart[b])
        #expect(a == b || abs(cosine) < 0.06, "\(a) and \(b): \(cosine)")
        let turned = apart[a].cosine(to: asLearnt[b])
        #expect(a == b ? turned > 0.85 : abs(turned) < 0.6, "\(a) and \(b): \(turned)")
      }
    }
  }

  // Where the closure knows a step t along a direction v that it is shown, the word's direction is t·v; elsewhere its
  // length is ⟨v, μ₁ − μ₀⟩/‖v‖, both up to the ridge of the fit.
  @Test func theUnitIsTheClosures() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.signedAddition)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    var shown: [Int: Direction<ZSpace>] = [:]
    let projector = try trainer.projector { word, direction in
      shown[word] = direction
      return word % 2 == 0 ? 0.7 * Float(word + 1) : nil
    }
    #expect(shown.count == Planted.known)
    for (word, direction) in planted.directions(of: projector).enumerated() {
      let line = try #require(shown[word])
      #expect(line.cosine(to: planted.direction(word)) > 0.95)
      let gap = planted.meanGap(word)
      let step = word % 2 == 0 ? 0.7 * Float(word + 1) : line.cosine(to: gap) * gap.length / line.length
      let expected = line.values.map { Double(step * $0) }
      let error = relativeError(direction.values, expected)
      #expect(error < 0.05, "word \(word): \(error)")
    }
  }

  // A word that was never trained is spelt like a trained one: its vector is near, so are its sign and its unit.
  @Test func anUnseenWordInheritsSignAndUnit() throws {
    let planted = Planted()
    var trainer = try planted.trainer(.addition)
    for _ in 0..<Self.steps { _ = trainer.advance() }
    let projector = try trainer.projector()
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
    let calibrated = try planted.directions(of: trainer.projector())
    let explained = trainer.explainedVariance(of: planted.held)
    var turned = trainer.state
    for path in ["projector.output.weight", "projector.output.bias"] {
      let tensor = try #require(turned[path])
      #expect(tensor.elements.contains { $0 != 0 })
      turned[path] = Tensor(shape: tensor.shape, elements: tensor.elements.map { -$0 })
    }
    trainer.restore(turned, step: trainer.step)
    #expect(abs(trainer.explainedVariance(of: planted.held) - explained) <= 1e-5)
    for (got, expected) in zip(try planted.directions(of: trainer.projector()), calibrated) {
      #expect(relativeError(got.values, expected.values.map { Double($0) }) <= 1e-5)
    }
  }

  // A word that no image has, or that all have, has no mean gap: the other words are calibrated as without it.
  @Test(arguments: [false, true]) func aWordThatNeverVariesIsLeftOut(label: Bool) throws {
    let planted = Planted(constantLabel: label)
    var trainer = try planted.trainer(.addition)
    for _ in 0..<Self.steps {
      #expect(trainer.advance().allSatisfy { $0.isFinite })
    }
    let directions = try planted.directions(of: trainer.projector())
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
      let direction = try planted.directions(of: trainer.projector())[word]
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
