import LatentArithmetic
import LatentCore

/// A painter in training, against a discriminator that also tells attributes.
///
/// What is wanted, the most important first:
///
/// 1. A painted image shows what the edit asks for and all its other attributes as they were: cross-entropy of the
///    discriminator's attributes, which is the leakage loss, too. It learns them from photos, and from paintings as if they
///    were photos without the edit: of photos alone it learns what can be deceived, and a bald head comes out purple.
/// 2. It looks like a photo with those attributes as a whole, and like a photo in each part: hinge losses. What the
///    verdict on the whole has to tell apart are photos with their attributes, paintings with those wanted, and photos
///    with those wanted of their edits, which are not theirs (Reed and others 2016, "Generative Adversarial Text to
///    Image Synthesis", section 4.2). Without the last the attributes alone would give paintings away.
/// 3. It changes little: the mean of the mask. From the start that would keep additions from appearing, so it rises.
///
/// The discriminator sees images where they lie. Shifted ones, as other trainings show them, leave it at chance even before
/// a painter that does not learn: what gives a painting away is in the places of a face, and the shifts' rims are larger.
///
/// No reconstruction or cycle is needed, since without an edit the mask is empty and the photo comes back as it is. No
/// scorer is in any loss: those judge.
package struct PainterTraining: ImageTraining {
  package typealias Recipe = PainterRecipe

  package static let lossNames = ["real", "painted", "verdict", "labels", "shown", "mask"]
  package var imageSize: Int { PainterConfiguration.imageSize }
  package var share = BatchShare.whole
  private static let averagePrefix = "average."

  private let recipe: PainterRecipe
  private let seed: UInt64
  private let model: PaintedModel
  private let sampler: EditSampler
  /// What an image that has an attribute weighs when the discriminator learns it.
  private let rarity: [Float]
  private let network: PainterNetwork
  private let discriminator: PainterDiscriminator
  private var trained: TrainedParameters
  private var trainedDiscriminator: TrainedParameters
  private var average: Parameters
  /// The steps in which the discriminator learns alone.
  private let ahead: Int

  /// Starts from fresh weights, or from those of a painter of the recipe's width; `entries` are the images that are learned
  /// from.
  package init(
    recipe: PainterRecipe, model: PaintedModel, painter: Parameters? = nil, entries: [ImageDataset.Entry],
    seed: UInt64
  ) {
    (self.recipe, self.model, self.seed) = (recipe, model, seed)
    let attributes = model.attributeNames.count
    sampler = EditSampler(
      targets: model.targets, attributeNames: model.attributeNames, changedWeight: recipe.changedWeight)
    rarity = (0..<attributes).map { attribute in
      let with = Float(entries.count { $0.attributes?[attribute] == true })
      return min(max(1, (Float(entries.count) - with) / max(with, 1)), recipe.rarestWeight)
    }
    network = PainterNetwork(
      PainterConfiguration(width: recipe.width, attributes: model.targets.count))
    discriminator = PainterDiscriminator(width: recipe.discriminatorWidth, attributes: attributes)
    trained = TrainedParameters(
      painter ?? Parameters(network.parameters, seed: seed), prefix: "painter.", by: recipe.optimizer)
    trainedDiscriminator = TrainedParameters(
      Parameters(discriminator.parameters, seed: seed), prefix: "discriminator.",
      by: recipe.discriminatorOptimizer)
    average = trained.values
    ahead = painter == nil ? 0 : recipe.discriminatorAhead
  }

  package var step: Int { trainedDiscriminator.step }
  /// The averaged painter, which is worth keeping, with its directions.
  package var result: (configuration: PainterConfiguration, parameters: Parameters) {
    var parameters = average
    parameters[PainterNetwork.directionsPath] = model.directions
    return (network.configuration, parameters)
  }

  package mutating func update(
    images: Tensor, of entries: [ImageDataset.Entry], threads: Int
  ) throws -> [Float] {
    let step = step
    var stream = RandomStream(seed: seed, name: "edits \(step)")
    let draw = sampler.draw(for: entries, &stream)
    let own = share.own(of: entries.count)
    let input = model.input(
      photos: images, coordinates: draw.coordinates.part(own), share: share, threads: threads)
    try Task.checkCancellation()
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let output = network(input, binding)
    let painted = output.colors.laid(over: images, through: output.mask)
    try Task.checkCancellation()
    setRates()
    // Once the discriminator is updated the step is made to its end: half of one could not be continued to the same bits.
    let labels = Tensor.targets(of: entries, attributes: model.attributeNames.count)
    let (wanted, weights) = (draw.wanted.rounded.part(own), draw.weights.part(own))
    let verdict = try updateDiscriminator(
      images, labels.part(own), painted: painted.value, wanted: wanted, weights: weights,
      changed: labels.weights(ofRowsOtherThan: draw.wanted.rounded)?.part(own), threads: threads)

    let judge = Binding(trainedDiscriminator.values, on: tape, isTrained: false, phase: .training)
    let judged = discriminator(painted, judge)
    let pull = discriminator.verdict(on: judged.features, attributes: wanted, judge).generatorLoss(.hinge)
      .adding(judged.parts.generatorLoss(.hinge))
    let shown = judged.attributes.binaryCrossEntropy(targets: draw.wanted.part(own), weights: weights)
    let opening = output.mask.mean()
    let rise = min(1, 10 * Float(step) / Float(recipe.steps))
    if step >= ahead {
      let gradients = tape.gradients(
        of: pull.adding(shown.scaled(by: recipe.attributeWeight))
          .adding(opening.scaled(by: recipe.maskWeight * rise)))
      trained.merge(binding.updates)
      trained.update(gradients: gradients, threads: threads)
      average.follow(trained.values, decay: recipe.averageDecay, step: trained.step, threads: threads)
    }
    return [
      verdict.real, verdict.painted, pull.value.scalar, verdict.labels, shown.value.scalar,
      opening.value.scalar,
    ]
  }

  /// Rates that fall to 0 over the second half of the steps.
  ///
  /// That of a painter that a training goes on from rises first.
  private mutating func setRates() {
    let share = min(1, 2 * (1 - Float(step) / Float(recipe.steps)))
    func scaled(_ optimizer: Adam, by share: Float) -> Adam {
      var optimizer = optimizer
      optimizer.rate *= share
      return optimizer
    }
    let rise = ahead == 0 ? 1 : min(1, Float(trained.step + 1) / Float(ahead))
    trained.optimizer = scaled(recipe.optimizer, by: share * rise)
    trainedDiscriminator.optimizer = scaled(recipe.discriminatorOptimizer, by: share)
  }

  private mutating func updateDiscriminator(
    _ images: Tensor, _ labels: Tensor, painted: Tensor, wanted: Tensor, weights: Tensor, changed: Tensor?,
    threads: Int
  ) throws -> (real: Float, painted: Float, labels: Float) {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trainedDiscriminator.values, on: tape, isTrained: true, phase: .training)
    let ofReal = discriminator(tape.constant(images), binding)
    try Task.checkCancellation()
    let ofPainted = discriminator(tape.constant(painted), binding)
    func whole(
      _ features: Variable, _ attributes: Tensor, isReal: Bool, weights: Tensor? = nil
    ) -> Variable {
      discriminator.verdict(on: features, attributes: attributes, binding)
        .discriminatorLoss(.hinge, isReal: isReal, weights: weights)
    }
    let real = whole(ofReal.features, labels, isReal: true)
      .adding(ofReal.parts.discriminatorLoss(.hinge, isReal: true))
    var ofOthers = whole(ofPainted.features, wanted, isReal: false)
    if let changed {
      ofOthers = ofOthers.adding(whole(ofReal.features, wanted, isReal: false, weights: changed)).scaled(
        by: 0.5)
    }
    let generated = ofOthers.adding(ofPainted.parts.discriminatorLoss(.hinge, isReal: false))
    let attributes = ofReal.attributes.binaryCrossEntropy(targets: labels, weights: rarities(of: labels))
    let deceived = ofPainted.attributes.binaryCrossEntropy(targets: labels, weights: weights)
    let learned = attributes.adding(deceived.scaled(by: recipe.paintedAttributeShare))
    try Task.checkCancellation()
    let gradients = tape.gradients(
      of: real.adding(generated).adding(learned.scaled(by: recipe.learnedAttributeWeight)))
    try Task.checkCancellation()
    trainedDiscriminator.merge(binding.updates)
    trainedDiscriminator.update(gradients: gradients, threads: threads)
    return (real.value.scalar, generated.value.scalar, attributes.value.scalar)
  }

  private func rarities(of labels: Tensor) -> Tensor {
    Tensor(
      shape: labels.shape,
      elements: labels.elements.enumerated().map { $1 > 0 ? rarity[$0 % rarity.count] : 1 })
  }

  package var state: Parameters {
    var state = average.prefixed(with: Self.averagePrefix)
    state.merge(trained.state)
    state.merge(trainedDiscriminator.state)
    return state
  }

  package mutating func restore(_ state: Parameters, step: Int) {
    average = state.removingPrefix(Self.averagePrefix)
    trained.restore(state, step: max(0, step - ahead))
    trainedDiscriminator.restore(state, step: step)
  }
}

// MARK: - Sheets

extension PainterTraining {
  /// Words that show most of what can go wrong, and their θ.
  private static let shown: [(word: String, theta: Float)] = [
    ("eyeglasses", 1), ("hat", 1), ("smiling", 1), ("blond", 1), ("beard", 1), ("bald", 1), ("fringe", 1),
    ("lipstick", 1), ("male", 1), ("eyeglasses", -1), ("smiling", -1),
  ]

  /// A row of edits of each photo above a row of their masks; the first words of the model where it knows none of the usual.
  package func sample(of photos: [Image], threads: Int) -> Image? {
    let known = Self.shown.compactMap { shown in
      model.words.firstIndex(of: shown.word).map { (index: $0, theta: shown.theta) }
    }
    let edits = known.isEmpty ? model.words.indices.prefix(8).map { ($0, 1) } : known
    if photos.isEmpty { return nil }
    let painter = Painter(
      network.configuration, average, directions: model.directions, threads: threads)
    let coordinates = Tensor(
      shape: [edits.count, model.words.count],
      elements: edits.flatMap { edit in
        model.words.indices.map { $0 == edit.0 ? edit.1 : 0 }
      })
    let rows = photos.prefix(6).flatMap { photo -> [Image] in
      let crop = Tensor(photo)
      let crops = Tensor.concatenated(Array(repeating: crop, count: edits.count))
      let input = model.input(photos: crops, coordinates: coordinates, threads: threads)
      let (colors, masks) = painter.paint(input)
      let tape = Tape(threads: threads)
      let painted = tape.constant(colors).laid(over: crops, through: tape.constant(masks)).value
      let gray = Tensor(
        shape: crops.shape, elements: masks.elements.flatMap { [2 * $0 - 1, 2 * $0 - 1, 2 * $0 - 1] })
      return [photo] + Image.images(from: painted) + [photo] + Image.images(from: gray)
    }
    return Image.tiled(rows, columns: edits.count + 1)
  }
}

extension Tensor {
  /// Each number as the nearer of 0 and 1.
  fileprivate var rounded: Tensor { Tensor(shape: shape, elements: elements.map { $0 < 0.5 ? 0 : 1 }) }

  /// Weights of rows, [rows, 1], by which a mean is that of the rows that differ from another matrix's; nil where none does.
  fileprivate func weights(ofRowsOtherThan other: Tensor) -> Tensor? {
    let differ = (0..<shape[0]).map { row($0) != other.row($0) }
    let count = differ.count { $0 }
    if count == 0 { return nil }
    let weight = Float(shape[0]) / Float(count)
    return Tensor(shape: [shape[0], 1], elements: differ.map { $0 ? weight : 0 })
  }
}
