import Foundation
import LatentArithmetic
import LatentCore

/// The trainings as commands: each takes data, adds its part to a model file, and can be stopped and resumed.
///
/// Cancelling the task that a training runs in stops it between two passes through a network. It then leaves a
/// checkpoint of the last whole step, throws a `CancellationError`, and writes no model.
public struct Training {
  /// The images; those of the training split are learned from, those of the validation split measured on.
  public let dataset: ImageDataset
  /// The model file.
  public let model: URL
  /// Decides every random number.
  public let seed: UInt64
  /// Where checkpoints, losses and samples go, and how often.
  public let options: RunOptions
  /// Called after each step.
  let report: (StepProgress) -> Void
  /// Given a sentence about each image that is left out, and about images that came or went since a checkpoint.
  private let notice: @Sendable (String) -> Void
  /// The images that could not be read.
  let leftOut: LeftOutImages

  /// How many images of a split are measured at most.
  static let measured = 1500

  /// Describes a training.
  ///
  /// Images that are missing or damaged are left out; a training that is continued goes on with the images that are there,
  /// as long as half of them are those it began with.
  ///
  /// - Parameters:
  ///   - dataset: The images.
  ///   - model: The model file.
  ///   - seed: Decides every random number.
  ///   - options: Where checkpoints, losses and samples go, and how often.
  ///   - report: Called after each step.
  ///   - notice: Given a sentence about each image that is left out, their number, and which came or went since a checkpoint;
  ///     it may be called on any thread.
  public init(
    dataset: ImageDataset, model: URL, seed: UInt64, options: RunOptions,
    report: @escaping (StepProgress) -> Void = { _ in },
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.dataset, self.model, self.seed, self.options) = (dataset, model, seed, options)
    (self.notice, self.report) = (notice, report)
    leftOut = LeftOutImages(notice: notice)
  }

  /// How many steps show each image of the training split `epochs` times: epochs · images / batch, rounded up.
  ///
  /// - Precondition: Epochs and batch are positive.
  public func steps(epochs: Int, batch: Int) -> Int {
    precondition(epochs > 0 && batch > 0, "\(epochs) epochs in batches of \(batch) are no training.")
    return (epochs * dataset.images(in: .train).count + batch - 1) / batch
  }

  /// Finds out what would stop the training at its end, before its first image is read.
  func begin() throws -> SteppedRun {
    try Task.checkCancellation()
    let folder = model.deletingLastPathComponent()
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw FileError.folderMissing(path: folder.path)
    }
    let run = try SteppedRun(options)
    for folder in [folder, options.folder] { AtomicFile.removeLeftovers(in: folder) }
    if let note = dataset.passedOverNote { notice(note) }
    return run
  }

  /// Compares the images with those that a training to be continued began with, and lists them in its folder.
  ///
  /// - Throws: ``TrainingError/otherImages(expected:got:)`` when fewer than half of them are there.
  func list(_ images: [ImageDataset.Entry]) throws {
    let url = options.folder.appendingPathComponent(ImageListing.fileName)
    let listing = ImageListing(images, in: dataset)
    if options.resumes, options.ranks.isFirst, let old = try ImageListing(contentsOf: url) {
      let (kept, gone, new, changed) = listing.changes(since: old)
      if 2 * kept < old.count { throw TrainingError.otherImages(expected: old.count, got: kept) }
      if gone + new + changed > 0 {
        notice("Since the training began, \(gone, "image") went, \(new) came and \(changed) changed.")
      }
    }
    try options.ranks.agree(on: "images", listing.text)
    if !options.ranks.isFirst { return }
    try File.makeFolder(options.folder)
    try listing.write(to: url)
  }

  /// How the images were cut out as the data set says, or else by a recipe's alignment.
  func framing(_ alignment: FaceAlignment) -> Framing { dataset.framing ?? .detected(by: alignment) }

  /// Runs a training on the images of the training split to its last step; nil on all ranks but the first, which goes on by
  /// itself.
  func trained<Subject: ImageTraining>(
    _ training: Subject, by recipe: Subject.Recipe, framing: Framing, showing shown: [Image] = [],
    in run: SteppedRun
  ) throws -> (training: Subject, record: RunRecord<Subject.Recipe>)? {
    var trainer = try ImageTrainer(
      training, by: recipe, on: dataset, framing: framing, seed: seed, shown: shown,
      options: options, leavingOut: leftOut)
    try list(dataset.images(in: .train, of: recipe.people))
    try run.run(&trainer, report: report)
    leftOut.summarize(of: dataset.images.count)
    return options.ranks.isFirst ? (trainer.training, trainer.record) : nil
  }
}
