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
  private var code: TrainedParameters
  private var logarithms: TrainedParameters

  /// Prepares a search.
  ///
  /// - Precondition: The refinement makes at least one step.
  package init(_ objective: InversionObjective, from code: [Float], by refinement: Refinement, threads: Int) {
    precondition(refinement.steps > 0, "A refinement makes at least one step, not \(refinement.steps).")
    (self.objective, self.refinement, self.threads) = (objective, refinement, threads)
    var start = Parameters()
    start[InversionObjective.codePath] = Tensor(shape: [1, code.count], elements: code)
    self.code = TrainedParameters(start, by: Adam(rate: refinement.codeRate))
    logarithms = TrainedParameters(
      objective.neutralFactors.mapped(by: log), by: Adam(rate: refinement.channelRate))
  }

  /// Makes all steps and returns the best code met, and the point with its factors, too.
  ///
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  package mutating func run(
    report: (StepProgress) -> Void
  ) throws -> (code: [Float], point: Parameters) {
    var loop = StepLoop("refining", steps: refinement.steps, lossNames: ["mse"])
    var point = position
    var (loss, gradients) = try evaluate(point, step: 0)
    var best = (loss: loss, point: point)
    while loop.step < loop.steps {
      let step = loop.step
      try loop.advance(report: report) {
        move(along: gradients(), from: point, step: step)
        point = position
        (loss, gradients) = try evaluate(point, step: step + 1)
        if loss < best.loss { best = (loss, point) }
        return [loss]
      }
    }
    return (best.point[InversionObjective.codePath]?.elements ?? [], best.point)
  }

  /// The code and the factors.
  private var position: Parameters {
    var point = logarithms.values.mapped(by: exp)
    point.merge(code.values)
    return point
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
    code.optimizer.rate = refinement.codeRate * decay
    logarithms.optimizer.rate = refinement.channelRate * decay
    var ofLogarithms = gradients
    let ofCode = ofLogarithms.removeValue(forKey: InversionObjective.codePath)
    for (path, gradient) in ofLogarithms {
      guard let factors = point[path] else { continue }
      ofLogarithms[path] = Tensor(
        shape: factors.shape, elements: zip(factors.elements, gradient.elements).map { $0 * $1 })
    }
    code.update(gradients: ofCode.map { [InversionObjective.codePath: $0] } ?? [:], threads: threads)
    logarithms.update(gradients: ofLogarithms, threads: threads)
  }
}

extension Parameters {
  /// The same with a function applied to all numbers.
  fileprivate func mapped(by function: (Float) -> Float) -> Parameters {
    var result = self
    for path in paths {
      result[path] = self[path].map { Tensor(shape: $0.shape, elements: $0.elements.map(function)) }
    }
    return result
  }
}
