import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// A painter in training, step by step, and what it returns.
struct PainterTrainingTests {
  private static let names = ["Smiling", "Blond_Hair", "Black_Hair"]
  private static let recipe: PainterRecipe = {
    var recipe = PainterRecipe()
    (recipe.width, recipe.discriminatorWidth, recipe.batch, recipe.steps) = (2, 2, 4, 8)
    recipe.discriminatorAhead = 2
    return recipe
  }()

  private static func entries(_ step: Int) -> [ImageDataset.Entry] {
    (0..<recipe.batch).map { index in
      var entry = ImageDataset.Entry(fileName: "\(index)")
      var attributes = ImageDataset.Attributes()
      for attribute in names.indices { attributes[attribute] = (step + index) >> attribute & 1 == 1 }
      entry.attributes = attributes
      return entry
    }
  }

  private static func images(_ step: Int) -> Tensor {
    Tensor((0..<recipe.batch).map { smoothImage(width: 160, height: 160, seed: 7 * step + 3 * $0) })
  }

  private static func training(
    imageSize: Int = 80, from painter: Parameters? = nil
  ) throws -> PainterTraining {
    PainterTraining(
      recipe: recipe,
      model: try PaintedModel(
        TinyModel.complete(.dcgan, imageSize: imageSize), attributeNames: names, threads: 1),
      painter: painter, entries: entries(0), seed: 7)
  }

  private static func advance(
    _ training: inout PainterTraining, _ steps: Range<Int>, threads: Int = 1
  ) throws -> [[Float]] {
    try steps.map { try training.update(images: images($0), of: entries($0), threads: threads) }
  }

  // What is painted has 160 pixels, whatever the generator's images have.
  @Test(arguments: NetworkConfiguration.imageSizes) func imagesOfAnySizeArePainted(size: Int) throws {
    var training = try Self.training(imageSize: size)
    let losses = try Self.advance(&training, 0..<1)
    let isFinite = losses[0].allSatisfy { $0.isFinite }
    #expect(isFinite)
    #expect(training.sample(of: [smoothImage(width: 160, height: 160, seed: 2)], threads: 1) != nil)
  }

  @Test func threadsDoNotChangeABit() throws {
    let runs = try [1, 3].map { threads in
      var training = try Self.training()
      let losses = try Self.advance(&training, 0..<2, threads: threads)
      return (losses, training.state.bits)
    }
    #expect(runs[0].0.allSatisfy { $0.count == 6 && $0.allSatisfy(\.isFinite) })
    #expect(runs[0].1.count > 50)
    let isEqual = runs[0].1 == runs[1].1
    #expect(isEqual && runs[0].0 == runs[1].0)
  }

  // The last of eight steps are at falling rates, which a restored training has to find again.
  @Test func aRestoredTrainingContinues() throws {
    var whole = try Self.training()
    let losses = try Self.advance(&whole, 0..<7)
    var first = try Self.training()
    _ = try Self.advance(&first, 0..<5)
    var second = try Self.training()
    second.restore(first.state, step: first.step)
    #expect(try Self.advance(&second, 5..<7) == Array(losses[5...]))
    let isEqual = second.state.bits == whole.state.bits
    #expect(isEqual && second.step == 7)
  }

  // A painter waits until its discriminator, which begins anew, has learned; a restored training waits no longer.
  @Test func aTrainingGoesOnFromAPainter() throws {
    var first = try Self.training()
    _ = try Self.advance(&first, 0..<3)
    var painter = first.result.parameters
    painter.removeAll(byPrefix: PainterNetwork.directionsPath)
    var whole = try Self.training(from: painter)
    #expect(whole.step == 0)
    let fresh = whole.state.filtered(byPrefix: "discriminator").bits
    _ = try Self.advance(&whole, 0..<2)
    var waiting = whole.result.parameters
    waiting.removeAll(byPrefix: PainterNetwork.directionsPath)
    let isUnchanged = waiting.bits == painter.bits
    let hasLearned = whole.state.filtered(byPrefix: "discriminator").bits != fresh
    #expect(isUnchanged && hasLearned && whole.step == 2)
    _ = try Self.advance(&whole, 2..<4)
    let isTrained = whole.result.parameters.bits != first.result.parameters.bits
    #expect(isTrained)
    for stop in [1, 3] {
      var begun = try Self.training(from: painter)
      _ = try Self.advance(&begun, 0..<stop)
      var restored = try Self.training(from: painter)
      restored.restore(begun.state, step: begun.step)
      _ = try Self.advance(&restored, stop..<4)
      let isEqual = restored.state.bits == whole.state.bits
      #expect(isEqual && restored.step == 4)
    }
  }

  @Test func aCancelledStepChangesNothing() async throws {
    let isUnchanged = try await Task {
      var training = try Self.training()
      let before = training.state.bits
      cancelTask()
      #expect(throws: CancellationError.self) {
        try training.update(images: Self.images(0), of: Self.entries(0), threads: 1)
      }
      return training.state.bits == before && training.step == 0
    }.value
    #expect(isUnchanged)
  }

  // With normalizations folded into the weights the painter paints what the network in inference does, but for rounding.
  @Test func aPainterIsTheNetworkInInference() throws {
    var training = try Self.training()
    _ = try Self.advance(&training, 0..<3)
    let (configuration, parameters) = training.result
    let directions = try #require(parameters["painter.directions"])
    let painter = Painter(configuration, parameters, directions: directions, threads: 1)
    let model = TinyModel.complete(.dcgan)
    let generator = try ConvolutionalGenerator(model, threads: 1)
    var stream = RandomStream(seed: 5, name: "codes")
    let codes = stream.normal(shape: [2, TinyModel.latentSize])
    let edits = Kernels.matrixProduct(
      Tensor(shape: [2, 2], elements: [1, -0.5, 0, 0]), directions, threads: 1)
    let coordinates = painter.coordinates(of: edits)
    #expect(worstError(coordinates.elements, [1, -0.5, 0, 0], scale: 1) <= 1e-4)
    let input = PainterNetwork.Input(
      photos: Self.images(1).images([0, 1]), before: generator.images(of: codes),
      after: generator.images(of: Kernels.linearCombination(1, codes, 1, edits, threads: 1)),
      coordinates: coordinates)
    let (colors, masks) = painter.paint(input)
    let tape = Tape(threads: 1)
    let plain = PainterNetwork(configuration)(
      input, Binding(parameters, on: tape, isTrained: false, phase: .inference))
    #expect(worstError(colors.elements, plain.colors.value.elements.map(Double.init), scale: 1) <= 1e-4)
    #expect(worstError(masks.elements, plain.mask.value.elements.map(Double.init), scale: 1) <= 1e-4)
    #expect(masks.elements.allSatisfy { (0...1).contains($0) })
    let half = masks.count / 2
    #expect(masks.elements[..<half].contains { $0 > 0 })
    // The second edit has no coordinates: its mask is exactly empty.
    #expect(masks.elements[half...].allSatisfy { $0 == 0 })
  }

  // What is drawn for an image: against its label nine times in ten, with the certainty that belongs to |θ|.
  @Test func editsAreDrawnAsTold() throws {
    let sampler = EditSampler(
      targets: [.init(attribute: 0, isReversed: false), .init(attribute: 1, isReversed: true)],
      attributeNames: ["Smiling", "No_Beard", "Goatee"], changedWeight: 8)
    var stream = RandomStream(seed: 1, name: "edits")
    var against = 0
    var changed = 0
    for step in 0..<500 {
      let entries = Self.entries(step)
      let draw = sampler.draw(for: entries, &stream)
      for (row, entry) in entries.enumerated() {
        let labels = try #require(entry.attributes)
        let (c, wanted, weights) = (draw.coordinates.row(row), draw.wanted.row(row), draw.weights.row(row))
        #expect(c.contains { $0 != 0 } && c.allSatisfy { $0 == 0 || (0.5...1.5).contains(abs($0)) })
        for (index, target) in sampler.targets.enumerated() where c[index] != 0 {
          let hasIt = (c[index] > 0) != target.isReversed
          changed += 1
          #expect(weights[target.attribute] == 8)
          guard hasIt != labels[target.attribute] else { continue }
          against += 1
          let certainty = 1 / (1 + exp(-4.4 * (abs(c[index]) - 0.5)))
          #expect(abs(wanted[target.attribute] - (hasIt ? certainty : 1 - certainty)) <= 1e-6)
        }
        // A shaven face has no goatee; every other attribute stays as it is.
        if c[1] < 0, !labels[1] {
          #expect(wanted[2] <= 0.5)
        } else {
          #expect(wanted[2] == (labels[2] ? 1 : 0) && weights[2] == 1)
        }
      }
    }
    let share = Double(against) / Double(changed)
    #expect((0.87...0.93).contains(share), "\(share)")
  }
}
