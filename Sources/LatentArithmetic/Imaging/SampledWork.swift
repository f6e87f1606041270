import Foundation
import LatentCore

/// Work in steps that shows how far it is by an image.
package protocol SampledWork: SteppedWork {
  /// An image that shows how far the work is, nil where there is nothing to show.
  func sample() throws -> Image?
}

extension SampledWork {
  package func writeSample(to url: URL) throws { try sample()?.write(to: url) }
}
