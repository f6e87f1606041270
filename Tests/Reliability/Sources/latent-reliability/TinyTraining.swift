import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// A real training of a part, so small that it takes a second.
struct TinyTraining {
  enum Part: String, CaseIterable {
    case gan, encoder, autoencoder, projector, painter, scorer

    /// What the part is added to; nil where it makes a file of its own.
    var foundation: Part? {
      switch self {
      case .encoder: .gan
      case .projector: .autoencoder
      case .painter: .projector
      case .gan, .autoencoder, .scorer: nil
      }
    }
  }

  let part: Part
  let data: URL
  let model: URL
  var folder: URL
  let steps: Int
  /// Steps between two checkpoints.
  let interval: Int
  var resumes = false

  var checkpoint: URL { RunOptions(folder: folder, threads: 1).checkpoint }
  var losses: URL { folder.appendingPathComponent("losses.csv") }

  /// What a program needs to be told to do the same.
  var childArguments: [String] {
    ["train", part.rawValue, data.path, model.path, folder.path, "\(steps)", "\(interval)", "\(resumes)"]
  }

  /// Trains; `report` is called after each step.
  func run(report: @escaping (StepProgress) -> Void = { _ in }) throws {
    // Both kinds of images come often enough to be interrupted.
    var options = RunOptions(folder: folder, threads: 1)
    (options.checkpointInterval, options.sampleInterval, options.resumes) = (interval, 3 * interval, resumes)
    // Where checkpoints fall is not to depend on time.
    options.checkpointSeconds = .infinity
    let training = Training(
      dataset: try ImageDataset(contentsOf: data), model: model, seed: 5, options: options,
      report: report)
    let batch = 4
    switch part {
    case .gan:
      var recipe = GANRecipe.dcgan
      recipe.network = NetworkConfiguration(architecture: .dcgan, latentSize: 8, width: 4)
      (recipe.batch, recipe.steps) = (batch, steps)
      try training.trainGAN(recipe)
    case .encoder:
      var recipe = EncoderRecipe()
      (recipe.batch, recipe.steps) = (batch, steps)
      try training.trainEncoder(recipe)
    case .autoencoder:
      var recipe = AutoencoderRecipe()
      (recipe.latentSize, recipe.width, recipe.edited, recipe.sampled) = (8, 4, 2, 2)
      (recipe.batch, recipe.steps) = (batch, steps)
      try training.trainAutoencoder(recipe)
    case .projector:
      var recipe = ProjectorRecipe()
      (recipe.hiddenUnits, recipe.batch, recipe.steps) = (16, batch, steps)
      try training.trainProjector(recipe, vectors: DrawnData.vectors)
    case .painter:
      var recipe = PainterRecipe()
      (recipe.width, recipe.discriminatorWidth, recipe.batch, recipe.steps) = (4, 4, batch, steps)
      try training.trainPainter(recipe)
    case .scorer:
      var recipe = ScorerRecipe.calibrating
      (recipe.width, recipe.batch, recipe.steps) = (4, batch, steps)
      recipe.people = .all
      try training.trainScorer(recipe)
    }
  }
}

extension TinyTraining {
  /// Reads what ``childArguments`` wrote.
  init(childArguments arguments: consuming Arguments) throws {
    guard let part = Part(rawValue: arguments.takeFirst()) else { throw Finding("There is no such part.") }
    self.part = part
    data = URL(fileURLWithPath: arguments.takeFirst())
    model = URL(fileURLWithPath: arguments.takeFirst())
    folder = URL(fileURLWithPath: arguments.takeFirst())
    guard let steps = Int(arguments.takeFirst()), let interval = Int(arguments.takeFirst()) else {
      throw Finding("A training takes its steps and its interval.")
    }
    (self.steps, self.interval) = (steps, interval)
    resumes = arguments.takeFirst() == "true"
  }
}
