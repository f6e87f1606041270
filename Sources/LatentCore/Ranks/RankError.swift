import Foundation

/// Why ranks cannot train together, or go on.
public enum RankError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// MPI cannot be started, or not be used by several threads.
  case notStarted
  /// A batch is cut into fewer slices than there are ranks, or not into as many for each.
  case tooMany(ranks: Int, batch: Int, slices: Int)
  /// The ranks read other data, another recipe or another checkpoint than the first.
  case different(rank: Int, what: String)
  /// Another rank cannot go on, and has said why.
  case otherFailed(rank: Int)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .notStarted: "MPI cannot be started, or not be used by several threads at once."
    case .tooMany(let ranks, let batch, let slices):
      "A batch of \(batch) is cut into \(slices) slices, which \(ranks) ranks cannot share equally."
    case .different(let rank, let what): "Rank \(rank) has \(what) other than the first rank's."
    case .otherFailed(let rank): "Rank \(rank) cannot go on."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
