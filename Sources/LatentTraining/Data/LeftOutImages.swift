import Foundation
import LatentArithmetic
import LatentCore
import Synchronization

/// The images of a data set that could not be read, each of which is told of once.
///
/// A training goes on without them: among thousands of files there is always one that is cut off.
package final class LeftOutImages: Sendable {
  private let names = Mutex<Set<String>>([])
  private let notice: @Sendable (String) -> Void

  /// Begins with none; `notice` is given a sentence about each.
  package init(notice: @escaping @Sendable (String) -> Void = { _ in }) { self.notice = notice }

  /// How many there were.
  package var count: Int { names.withLock { $0.count } }

  /// What `read` makes of an image; nil where it is missing or damaged.
  ///
  /// - Throws: What `read` throws of anything else.
  package func reading<Result>(_ name: String, _ read: () throws -> Result) throws -> Result? {
    do {
      return try read()
    } catch let error as any LocalizedError where error is ImageError || error is FileError {
      if names.withLock({ $0.insert(name).inserted }) {
        notice("Left out “\(name)”: \(error.errorDescription ?? "it cannot be read.")")
      }
      return nil
    }
  }

  /// Tells how many of `all` images were left out, if any were.
  package func summarize(of all: Int) {
    let count = count
    if count > 0 { notice("Left out \(count) of \(all) images, which cannot be read.") }
  }
}
