import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Photos edited along a direction, judged by a scorer that looks for just what the direction draws.
struct EditJudgeTests {
  // The scorer's crop of what users get: a photo of 178×218 is edited at its own size, in the encoder's frame of 148
  // pixels, and cut out by the scorer's frame of 178. The bits do not depend on the number of threads.
  @Test(arguments: Rendering.allCases) func theScorerSeesFinishedPhotos(rendering: Rendering) throws {
    let planted = try PlantedEdits(scored: .celebaWide)
    let model = TinyModel.painting()
    let direction = try WordProjector(model, threads: 1).direction(for: TinyModel.words[0])
    let photos = (0..<70).map { smoothImage(width: 178, height: 218, seed: $0) }
    let labels = [ImageDataset.Attributes](repeating: .init(), count: photos.count)
    func judge(threads: Int) throws -> EditJudge {
      try EditJudge(
        labels: labels, identities: [Int?](repeating: nil, count: photos.count), model: model,
        rendering: rendering, scorer: planted.scorer, threads: threads, photo: { photos[$0] })
    }
    let judges = try [judge(threads: 1), judge(threads: 3)]
    let editor = try Editor(model, threads: 1)
    let rows = [69, 0, 3]
    let expected = try rows.map { row in
      try editor.edit(
        photos[row], along: 2 * direction, framed: .alignedCelebA, rendering: rendering
      ).cropped(to: FaceFrame(Rectangle(x: 0, y: 20, width: 178, height: 178)), size: 80)
    }
    for judge in judges {
      #expect(try judge.crops(rows, along: direction, step: 2) == expected)
      #expect(
        try judge.logits(rows, along: direction, step: 2) == planted.scorer.logits(of: expected))
      let whole = photos.map {
        $0.cropped(to: FaceFrame(Rectangle(x: 0, y: 20, width: 178, height: 178)), size: 80)
      }
      for (got, expected) in zip(judge.logits, planted.scorer.logits(of: whole)) {
        #expect(worstError(got, expected.map { Double($0) }, scale: 1) <= 1e-4)
      }
      // Each photo has an edit of its own.
      let moves = [2 * direction, 0 * direction, -2 * direction]
      let unchanged = try judge.editing(rows, along: moves) { $0.changedOutside($1) }
      #expect(unchanged == [0, 0, 0])
      let changed = try judge.editing(rows, along: moves) { $0.image != $1 }
      #expect(changed == [true, rendering == .reconstruct, true])
    }
  }

  // Outside the frame lie 178·218 − 148² pixels.
  @Test func changesOutsideTheFrameAreSeen() throws {
    let planted = try PlantedEdits()
    let photo = smoothImage(width: 178, height: 218, seed: 1)
    let judge = try EditJudge(
      labels: [.init()], identities: [nil], model: planted.model, rendering: .keep, scorer: planted.scorer,
      threads: 1,
      photo: { _ in photo })
    var pixels = photo.pixels
    for (x, y) in [(14, 100), (163, 40), (20, 39), (20, 188), (0, 0), (15, 40), (162, 187), (90, 90)] {
      pixels[3 * (178 * y + x) + 1] ^= 1
    }
    let changed = judge.photos[0].changedOutside(Image(width: 178, height: 218, pixels: pixels))
    let outside = 178 * 218 - 148 * 148
    #expect(changed == 5 / Double(outside))
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

  // The median logit of the photos that lack attribute 0 reaches the 2/3 quantile of those that have it, and that of no step
  // shorter by the width of the last interval does. Attribute 1 is the same 9 lower, so that the scorer finds it in no
  // photo; its step is the same.
  @Test func theUnitDoesNotDependOnWhatTheScorerCallsPositive() throws {
    let planted = try PlantedEdits()
    let target = AttributeTarget(attribute: 0, isReversed: false)
    let unit = try #require(try planted.judge.unitStep(for: target, along: planted.direction))
    let rows = planted.judge.lacking(target, atMost: UnitStep.photos)
    func middle(_ step: Float) throws -> Double {
      let logits = try planted.judge.logits(rows, along: planted.direction, step: step).map { Double($0[0]) }
        .sorted()
      return (logits[(logits.count - 1) / 2] + logits[logits.count / 2]) / 2
    }
    let real = planted.judge.labels.indices.filter { planted.judge.labels[$0][0] }
      .map { Double(planted.judge.logits[$0][0]) }.sorted()
    let place = 2.0 / 3 * Double(real.count - 1)
    let goal = real[Int(place)] + (place - Double(Int(place))) * (real[Int(place) + 1] - real[Int(place)])
    let width = max(unit.length / 5, 1 / planted.direction.length) / 16
    #expect(rows.count > 8 && UnitStep.isStrong(unit.typicality))
    #expect(try middle(unit.length) >= goal && middle(unit.length - 1.01 * width) < goal)
    let other = AttributeTarget(attribute: 1, isReversed: false)
    #expect(planted.judge.lacking(other, atMost: UnitStep.photos) == rows)
    #expect(planted.judge.logits.allSatisfy { $0[1] < 0 })
    #expect(try planted.judge.unitStep(for: other, along: planted.direction)?.length == unit.length)
  }

  // A data set's labels go to the scorer's attributes by their names; what the data set does not know has no class gap.
  @Test func labelsAreMatchedByName() throws {
    try withTemporaryFolder { folder in
      let dataset = try DrawnImages(in: folder).dataset
      let planted = try PlantedEdits(names: ["No_Beard", "Bald", "Smiling"])
      let judge = try #require(
        try EditJudge(
          dataset, split: .validation, atMost: 12, model: planted.model, rendering: .keep,
          scorer: planted.scorer,
          threads: 1))
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
  let model = TinyModel.complete(.dcgan)
  let scorer: AttributeScorer

  init(
    names: [String] = ["Smiling", "Male", "No_Beard"], scored alignment: FaceAlignment = .celeba,
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
    let square = pattern.reduce(0.0) { $0 + Double($1) * Double($1) }
    let scale = Float(1 / (2 * Double(amplitude) / 127.5 * square))
    var parameters = Parameters()
    parameters["judge.weight"] = Tensor(
      shape: [Self.size, 3], elements: pattern.flatMap { [$0 * scale, $0 * scale, $0 * scale] })
    parameters["judge.bias"] = Tensor(shape: [3], elements: Self.biases)
    let weight = Weight(path: "judge", hasBias: true, initialization: .glorotUniform)
    scorer = AttributeScorer(
      attributeNames: names, framing: .detected(by: alignment),
      layers: Sequential([Reshape(to: [Self.size]), Dense(weight, inputs: Self.size, outputs: 3)]),
      parameters: parameters, threads: 1)
    let labels = (0..<Self.count).map { photo in
      var attributes = ImageDataset.Attributes()
      for attribute in 0..<3 { attributes[attribute] = label(photo, attribute) }
      return attributes
    }
    judge = try EditJudge(
      labels: labels, identities: [Int?](repeating: nil, count: labels.count), model: model, rendering: .keep,
      scorer: scorer, threads: 1, photo: { images[$0] })
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
}
