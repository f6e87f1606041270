import Foundation
import LatentArithmetic
import LatentTraining

/// Why the words of a model cannot be averaged with codes.
package enum AveragingError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The projector was trained by another method; nil where no record tells.
  case notTrainedByAveraging(method: ProjectorRecipe.Method?)
  /// The vectors were calibrated, so that their lengths are no longer those that were trained.
  case calibrated

  package var description: String {
    switch self {
    case .notTrainedByAveraging(let method):
      "Averages take a projector trained by averaging, not by \(method?.rawValue ?? "a method unknown")."
    case .calibrated:
      "Averages take the vectors as they were trained, and those of the model were calibrated."
    }
  }

  package var errorDescription: String? { description }
}

extension Model {
  /// Makes sure that the words' vectors are what training by averaging left.
  package func checkAveraging() throws(AveragingError) {
    let recipe = ProjectorRecipe(of: self)
    guard let recipe, recipe.method == .averaging else {
      throw .notTrainedByAveraging(method: recipe?.method)
    }
    guard recipe.isRaw else { throw .calibrated }
  }
}

extension Editor {
  /// The code (z + w)/2, equation (1), w being the mean of words' vectors, each times its θ.
  ///
  /// A word of θ = 0 is none, and without any word the code stays as it is.
  ///
  /// - Throws: What ``WordProjector/direction(of:keeping:)`` throws.
  package func average(
    of code: Latent<Space>, with words: [String: Float], keeping kept: [String] = []
  ) throws -> Latent<Space> {
    let words = words.filter { $0.value != 0 }
    if words.isEmpty { return code }
    let sum = try projector.direction(of: words, keeping: kept)
    return code.averaged(with: 1 / Float(words.count) * sum)
  }
}
