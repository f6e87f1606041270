import Foundation
import LatentCore

/// Looks for the code and the factors that draw an image best.
///
/// Goals, in order: never worse than the start; factors above zero, which the generator's weights can take up; close
/// after a few hundred steps.
/// - The best point met is kept, not the last: Adam's loss does not fall at each step.
/// - The search goes over log s, with ∂/∂log s = s·∂/∂s. Clipping s at a bound would stop factors there for good.
/// - The rates fall along half a cosine. At constant rates the last steps go back and forth around the minimum.
package struct InversionSearch {
  private let objective: InversionObjective
  private let refinement: Refinement
  private let threads: Int
  /// The code and the logarithms of the factors.
  private var position: Parameters
  private var codeOptimizer: Adam
  private var channelOptimizer: Adam

  /// Prepares a search.
  ///
  /// - Precondition: The refinement makes at least one step.
  package init(_ objective: InversionObjective, from code: [Float], by refinement: Refinement, threads: Int) {
    precondition(refinement.steps > 0, "A refinement makes at least one step, not \(refinement.steps).")
    (self.objective, self.refinement, self.threads) = (objective, refinement, threads)
    position = objective.neutralFactors.mappingFactors(log)
    position[InversionObjective.codePath] = Tensor(shape: [1, code.count], elements: code)
    codeOptimizer = Adam(Adam.Settings(rate: refinement.codeRate))
    channelOptimizer = Adam(Adam.Settings(rate: refinement.channelRate))
  }

  /// Makes all steps and returns the best code met, and the point with its factors, too.
  ///
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  package mutating func run(
    report: (StepProgress) -> Void
  ) throws -> (code: [Float], point: Parameters) {
    var clock = StepClock()
    var point = position.mappingFactors(exp)
    var (loss, gradients) = try evaluate(point, step: 0)
    var best = (loss: loss, point: point)
    for step in 0..<refinement.steps {
      try Task.checkCancellation()
      move(along: gradients(), from: point, step: step)
      point = position.mappingFactors(exp)
      (loss, gradients) = try evaluate(point, step: step + 1)
      if loss < best.loss { best = (loss, point) }
      report(
        StepProgress(
          activity: "refining", step: step + 1, steps: refinement.steps, losses: [("mse", loss)],
          rate: clock.tick()))
    }
    return (best.point[InversionObjective.codePath]?.elements ?? [], best.point)
  }

  /// The loss and its gradient, both of a finite point: saturated activations have finite losses at infinite ones.
  private func evaluate(
    _ point: Parameters, step: Int
  ) throws(RefinementError) -> (loss: Float, gradients: () -> [String: Tensor]) {
    let result = objective(at: point)
    guard result.loss.isFinite, point.nonFinite.isEmpty else {
      throw .diverged(step: step, steps: refinement.steps)
    }
    return result
  }

  private mutating func move(along gradients: [String: Tensor], from point: Parameters, step: Int) {
    let decay = (1 + cos(Float.pi * Float(step) / Float(refinement.steps))) / 2
    codeOptimizer.settings.rate = refinement.codeRate * decay
    channelOptimizer.settings.rate = refinement.channelRate * decay
    var ofLogarithms: [String: Tensor] = [:]
    for (path, gradient) in gradients {
      if path == InversionObjective.codePath {
        codeOptimizer.update(&position, gradients: [path: gradient], threads: threads)
      } else if let factors = point[path] {
        ofLogarithms[path] = Tensor(
          shape: factors.shape, elements: zip(factors.elements, gradient.elements).map { $0 * $1 })
      }
    }
    channelOptimizer.update(&position, gradients: ofLogarithms, threads: threads)
  }
}

extension Parameters {
  /// The same with a function applied to all numbers but those of the code.
  fileprivate func mappingFactors(_ function: (Float) -> Float) -> Parameters {
    var result = self
    for path in paths where path != InversionObjective.codePath {
      result[path] = self[path].map { Tensor(shape: $0.shape, elements: $0.elements.map(function)) }
    }
    return result
  }
}
