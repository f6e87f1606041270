import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Photos edited along a direction, judged by a scorer that looks for just what the direction draws.
struct EditJudgeTests {
  // x + G(z + t·w) − G(z), z = E(x), within −1...1, element by element.
  @Test(arguments: [Float(0.5), -2]) func editsKeepThePhoto(step: Float) throws {
    let planted = try PlantedEdits()
    let rows = [5, 0, 3]
    let got = try planted.judge.edited(rows, along: planted.direction, step: step)
    #expect(got.shape == [3, 80, 80, 3])
    let expected = try planted.edited(rows, step: step)
    let error = worstError(got.elements, expected.map { Double($0) }, scale: 1)
    // Ten layers, of sums of 16·32 terms at most, whose outputs are about 1.
    #expect(error <= 10 * roundingTolerance(terms: 16 * 32), "\(error)")
    let clamped = expected.count { abs($0) == 1 }
    #expect(clamped > 0 && clamped < expected.count / 2, "\(clamped)")
  }

  // Photos to which the word does not apply by label, less those that the scorer sees it in already.
  @Test(arguments: [false, true]) func photosThatPassAreLeftOut(isReversed: Bool) throws {
    let judge = try PlantedEdits().judge
    let target = AttributeTarget(attribute: 2, isReversed: isReversed)
    let unlabeled = judge.labels.indices.filter { judge.labels[$0][2] == isReversed }
    let expected = unlabeled.filter { (judge.logits[$0][2] > 0) == isReversed || judge.logits[$0][2] == 0 }
    #expect(expected.count > 3 && expected.count < unlabeled.count)
    #expect(judge.lacking(target, atMost: 100) == expected)
    #expect(judge.lacking(target, atMost: 3) == Array(expected.prefix(3)))
  }

  // Class gap: the mean logit with the attribute less that without.
  @Test func classGapsAreDifferencesOfMeans() throws {
    let judge = try PlantedEdits().judge
    for attribute in 0..<3 {
      func mean(_ has: Bool) -> Double {
        let rows = judge.labels.indices.filter { judge.labels[$0][attribute] == has }
        return rows.reduce(0.0) { $0 + Double(judge.logits[$1][attribute]) } / Double(rows.count)
      }
      #expect(abs(Double(judge.classGaps[attribute]) - (mean(true) - mean(false))) <= 1e-4)
    }
  }

  // The step passes and no smaller one does, but for the width of the last interval: a fifth of the length, halved four
  // times.
  @Test func theUnitIsTheSmallestStepThatPasses() throws {
    let planted = try PlantedEdits()
    let unit = try #require(
      try planted.judge.unitStep(for: .init(attribute: 0, isReversed: false), along: planted.direction))
    #expect(unit.isStrong && unit.success >= UnitStep.goal, "\(unit) \(planted.direction.length)")
    let rows = planted.judge.lacking(.init(attribute: 0, isReversed: false), atMost: UnitStep.photos)
    let reached = try planted.success(rows, of: 0, step: unit.length)
    #expect(rows.count > 8 && reached == unit.success)
    let width = max(unit.length / 5, 1 / planted.direction.length) / 16
    let tried = 24
    for index in 0..<tried {
      let step = (unit.length - width) * Float(index) / Float(tried - 1)
      let success = try planted.success(rows, of: 0, step: step)
      #expect(success < UnitStep.goal, "\(step) of \(unit.length): \(success)")
    }
  }

  // No step makes attribute 1 appear: the search ends at the first length, a quarter apart, by which the mean logit
  // moved three class gaps.
  @Test func theSearchStopsAtThreeClassGaps() throws {
    let planted = try PlantedEdits()
    let unit = try #require(
      try planted.judge.unitStep(for: .init(attribute: 1, isReversed: false), along: planted.direction))
    #expect(!unit.isStrong && unit.success < UnitStep.goal, "\(unit) \(planted.direction.length)")
    let rows = planted.judge.lacking(.init(attribute: 1, isReversed: false), atMost: UnitStep.photos)
    func gaps(_ step: Float) throws -> Float {
      try planted.movement(rows, of: 1, step: step) / planted.judge.classGaps[1]
    }
    let (last, before) = try (gaps(unit.length), gaps(unit.length / 1.25))
    #expect(last >= UnitStep.mostGaps && before < UnitStep.mostGaps, "\(before) \(last)")
    #expect(unit.length * planted.direction.length > 1.2)
  }

  // A data set's labels go to the scorer's attributes by their names; what the data set does not know has no class gap.
  @Test func labelsAreMatchedByName() throws {
    try withTemporaryFolder { folder in
      let dataset = try DrawnImages(in: folder).dataset
      let planted = try PlantedEdits(names: ["No_Beard", "Bald", "Smiling"])
      let judge = try #require(
        try EditJudge(
          dataset, split: .validation, atMost: 12, generator: planted.generator(), encoder: planted.encoder(),
          scorer: planted.scorer))
      let images = dataset.images(in: .validation).prefix(12)
      #expect(judge.labels.count == 12 && Set(judge.labels).count == 4)
      for (labels, image) in zip(judge.labels, images) {
        #expect(labels[0] == image.attributes?[2] && labels[2] == image.attributes?[0] && !labels[1])
      }
      #expect(judge.classGaps[1] == .infinity && judge.classGaps[0].isFinite && judge.classGaps[2].isFinite)
      #expect(try judge.logits([], along: planted.direction, step: 1).isEmpty)
    }
  }

  @Test func whatCannotBeJudgedHasNoUnit() throws {
    let planted = try PlantedEdits()
    let words = planted.entries
    #expect(planted.judge.target(of: words[0], ["Bald", "Bald", "Bald"]) == nil)
    #expect(planted.judge.target(of: words[0], planted.names) == .init(attribute: 0, isReversed: false))
    #expect(planted.judge.target(of: words[2], planted.names) == .init(attribute: 2, isReversed: true))
    let everyone = try PlantedEdits(label: { _, _ in true }).judge
    let target = AttributeTarget(attribute: 0, isReversed: false)
    #expect(try everyone.unitStep(for: target, along: planted.direction) == nil)
  }
}

/// A generator of random weights, a direction, and a linear scorer that weighs pixels by what the direction draws.
///
/// With Ŵ, the mean of G(z + w) − G(z) by its largest magnitude, photos hold ±Ŵ and noise, the sign by their number; the
/// logits of all three attributes are ⟨Ŵ, x⟩ in units of the photos' difference, less 1, 10 and 0.
private struct PlantedEdits {
  private static let (count, size) = (24, 80 * 80 * 3)
  private static let biases: [Float] = [-1, -10, 0]

  let names: [String]
  let entries: [AttributeWords.Entry]
  let direction: Direction<ZSpace>
  let judge: EditJudge
  private let model = TinyModel.complete(.dcgan)
  private let photos: Tensor
  let scorer: AttributeScorer

  init(
    names: [String] = ["Smiling", "Male", "No_Beard"],
    label: (_ photo: Int, _ attribute: Int) -> Bool = Self.label
  ) throws {
    self.names = names
    let vectors = WordVectors(words: ["smiling", "male", "beard"], values: randomFloats(count: 9, seed: 1))
    entries = AttributeWords(attributeNames: names, in: vectors).entries
    direction = Direction(randomFloats(count: TinyModel.latentSize, seed: 2).map { 0.4 * $0 })
    let noise = (0..<Self.count).map { randomFloats(count: Self.size, seed: 10 + UInt64($0)) }
    let network = model.network
    let generator = try model.parameters(of: .generator)
    let plain = Tensor(noise.map { Self.image($0.map { 127.5 + 40 * $0 }) })
    let codes = network.encoder.inferred(plain, try model.parameters(of: .encoder), threads: 1)
    let drawings = [codes, Self.moved(codes, 2 / direction.length, direction)].map {
      network.generator.inferred($0, generator, threads: 1).elements
    }
    var mean = [Float](repeating: 0, count: Self.size)
    for index in drawings[0].indices {
      mean[index % Self.size] += (drawings[1][index] - drawings[0][index]) / Float(Self.count)
    }
    let largest = mean.reduce(0) { max($0, abs($1)) }
    let pattern = mean.map { $0 / largest }

    // The class gap is 2·amplitude/127.5·‖Ŵ‖², and a step of length 2 moves by largest·‖Ŵ‖²: 3.2 gaps.
    let amplitude = largest * 127.5 / 6.4
    let images = (0..<Self.count).map { photo in
      let sign: Float = photo % 2 == 0 ? -1 : 1
      return Self.image(zip(pattern, noise[photo]).map { 127.5 + sign * amplitude * $0 + 40 * $1 })
    }
    photos = Tensor(images)
    let square = pattern.reduce(0.0) { $0 + Double($1) * Double($1) }
    let scale = Float(1 / (2 * Double(amplitude) / 127.5 * square))
    var parameters = Parameters()
    parameters["judge.weight"] = Tensor(
      shape: [Self.size, 3], elements: pattern.flatMap { [$0 * scale, $0 * scale, $0 * scale] })
    parameters["judge.bias"] = Tensor(shape: [3], elements: Self.biases)
    let weight = Weight(path: "judge", hasBias: true, initialization: .glorotUniform)
    scorer = AttributeScorer(
      attributeNames: names, alignment: .celeba,
      layers: Sequential([Reshape(to: [Self.size]), Dense(weight, inputs: Self.size, outputs: 3)]),
      parameters: parameters, threads: 1)
    let labels = (0..<Self.count).map { photo in
      var attributes = ImageDataset.Attributes()
      for attribute in 0..<3 { attributes[attribute] = label(photo, attribute) }
      return attributes
    }
    judge = try EditJudge(
      photos: images, labels: labels, generator: try ConvolutionalGenerator(model, threads: 1),
      encoder: try ConvolutionalEncoder(model, threads: 1), scorer: scorer)
  }

  /// By the sign of the pattern; the labels of attribute 2 are wrong for every fifth photo.
  private static func label(photo: Int, attribute: Int) -> Bool {
    (photo % 2 == 1) != (attribute == 2 && photo % 5 == 0)
  }

  private static func image(_ pixels: [Float]) -> Image {
    Image(width: 80, height: 80, pixels: pixels.map { UInt8(min(max($0.rounded(), 0), 255)) })
  }

  private static func moved(_ codes: Tensor, _ step: Float, _ direction: Direction<ZSpace>) -> Tensor {
    let d = direction.values.count
    return Tensor(
      shape: codes.shape, elements: codes.elements.enumerated().map { $1 + step * direction.values[$0 % d] })
  }

  func generator() throws -> ConvolutionalGenerator { try ConvolutionalGenerator(model, threads: 1) }
  func encoder() throws -> ConvolutionalEncoder { try ConvolutionalEncoder(model, threads: 1) }

  /// Photos after an edit, by the definition.
  func edited(_ rows: [Int], step: Float) throws -> [Float] {
    let chosen = photos.reshaped(to: [Self.count, Self.size]).rows(rows)
    let codes = model.network.encoder.inferred(
      chosen.reshaped(to: [rows.count, 80, 80, 3]), try model.parameters(of: .encoder), threads: 1)
    let drawings = try [codes, Self.moved(codes, step, direction)].map {
      model.network.generator.inferred($0, try model.parameters(of: .generator), threads: 1).elements
    }
    return chosen.elements.enumerated().map { index, x in
      min(max(x + drawings[1][index] - drawings[0][index], -1), 1)
    }
  }

  private func logits(_ rows: [Int], of attribute: Int, step: Float) throws -> [Float] {
    let scores = scorer.logits(
      of: Tensor(shape: [rows.count, 80, 80, 3], elements: try edited(rows, step: step)))
    return rows.indices.map { scores.row($0)[attribute] }
  }

  /// The share of photos that pass after a step.
  func success(_ rows: [Int], of attribute: Int, step: Float) throws -> Float {
    Float(try logits(rows, of: attribute, step: step).count { $0 > 0 }) / Float(rows.count)
  }

  /// By how much a step moves the mean logit.
  func movement(_ rows: [Int], of attribute: Int, step: Float) throws -> Float {
    let after = try logits(rows, of: attribute, step: step)
    return zip(rows, after).reduce(0) { $0 + $1.1 - judge.logits[$1.0][attribute] } / Float(rows.count)
  }
}
