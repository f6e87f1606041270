import Foundation
import LatentCore

/// The trainings as commands: each takes data, adds its part to a model file, and can be stopped and resumed.
public enum Training {
  /// Trains a generator on all training pictures and writes a new model that has only it.
  ///
  /// - Parameters:
  ///   - recipe: Networks, losses, optimisers and steps.
  ///   - dataset: The pictures; only those of the training split are used.
  ///   - model: Where the model is written when the training is complete.
  ///   - seed: Decides every random number.
  ///   - options: Where checkpoints, losses and samples go, and how often.
  ///   - isStopped: Asked after each step; true leaves a checkpoint and ends.
  ///   - report: Called after each step.
  /// - Returns: Whether the training is complete and the model written.
  /// - Throws: ``TrainingError``, ``ImageError``, `FileError`.
  public static func trainGAN(
    _ recipe: GANRecipe, on dataset: PictureDataset, writing model: URL, seed: UInt64,
    options: TrainingOptions, isStopped: () -> Bool, report: (TrainingProgress) -> Void
  ) throws -> Bool {
    var trainer = try GANTrainer(
      recipe: recipe, pictures: dataset.pictures(in: .train).map(dataset.url(of:)), seed: seed,
      threads: options.threads)
    guard try TrainingRun(options).run(&trainer, isStopped: isStopped, report: report) else { return false }
    var result = Model(network: recipe.network)
    result.set(.generator, to: trainer.generator, record: trainer.identity)
    try result.write(to: model, precision: .single)
    return true
  }
}
