import Foundation

/// How far a training is, or the work before and after it.
public struct StepProgress: Sendable {
  /// What is being done: `training`, `encoding` images, `measuring`.
  public let activity: String
  /// Steps made, and to make; before and after the training, images.
  public let step: Int, steps: Int
  /// The losses of the last step by name.
  public let losses: [(name: String, value: Float)]
  /// Steps per second over the last steps.
  public let rate: Double

  /// Describes progress.
  package init(
    activity: String, step: Int, steps: Int, losses: [(name: String, value: Float)], rate: Double
  ) {
    (self.activity, self.step, self.steps, self.losses, self.rate) = (activity, step, steps, losses, rate)
  }

  /// The seconds left at this rate.
  public var secondsLeft: Double { rate > 0 ? Double(steps - step) / rate : .infinity }
}
