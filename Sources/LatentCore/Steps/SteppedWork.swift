import Foundation

/// Something that is trained step by step and can be stopped and continued.
package protocol SteppedWork {
  /// What reports call the work.
  static var activity: String { get }
  /// The losses' names, in the order ``advance()`` returns them.
  static var lossNames: [String] { get }
  /// How many steps were made.
  var step: Int { get }
  /// How many steps make a training.
  var steps: Int { get }
  /// What identifies the training: recipe, seed and the number of images.
  var identity: String { get }
  /// Whether it goes on from a checkpoint of the training that `identity` identifies; others are refused.
  func continues(_ identity: String) -> Bool
  /// All tensors that a continued training needs.
  var state: Parameters { get }

  /// Makes one step and returns its losses; one that throws changes nothing.
  mutating func advance() throws -> [Float]
  /// Continues from a checkpoint.
  mutating func restore(_ state: Parameters, step: Int)
  /// Writes an image that shows how far the work is, where there is something to show.
  ///
  /// - Parameter url: A PNG file.
  /// - Throws: `FileError`; what encodes the image throws.
  func writeSample(to url: URL) throws
}

extension SteppedWork {
  /// A training, unless the work says otherwise.
  package static var activity: String { "training" }

  /// Only a checkpoint of its own, unless the work says otherwise.
  package func continues(_ identity: String) -> Bool { identity == self.identity }

  /// Makes all steps that are left, and leaves no files.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; ``RunError/diverged(step:place:kept:)``; whatever a step
  ///   throws.
  package mutating func runToEnd(report: (StepProgress) -> Void) throws {
    var loop = StepLoop(Self.activity, steps: steps, from: step, lossNames: Self.lossNames)
    while step < steps { try loop.advance(report: report) { try advance() } }
    try loop.check(state)
  }
}
