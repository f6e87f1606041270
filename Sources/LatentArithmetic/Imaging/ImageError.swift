import Foundation
import LatentCore

/// What can go wrong with an image file, beyond reading and writing its bytes (``FileError``).
public enum ImageError: Error, Equatable, Sendable {
  /// The bytes are of neither format; `firstBytes` are up to sixteen of them.
  case notAnImage(name: String, firstBytes: [UInt8])
  /// The file began as a PNG or JPEG but could not be decoded; `reason` is a fragment of a sentence.
  case damaged(name: String, reason: String)
  /// The file announces `width · height` pixels, more than the `limit` that the caller set.
  case tooLarge(name: String, width: Int, height: Int, limit: Int)
  /// An image was to be written under a name that ends in neither .png, .jpg nor .jpeg.
  case unsupportedExtension(name: String)
  /// The image or its metadata are too large for the format; `reason` is a fragment of a sentence.
  case notEncodable(reason: String)
}

extension ImageError: CustomStringConvertible, LocalizedError {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .notAnImage(let name, let firstBytes) where firstBytes.isEmpty: "“\(name)” is empty, not an image."
    case .notAnImage(let name, let firstBytes):
      OtherFormat(firstBytes: firstBytes).map { "“\(name)” is \($0.sentence)" }
        ?? "“\(name)” is neither a PNG nor a JPEG image."
    case .damaged(let name, let reason): "The image “\(name)” cannot be read: \(reason)."
    case .tooLarge(let name, let width, let height, let limit):
      "The image “\(name)” is \(width)×\(height) pixels, and an image here has at most \(limit) pixels in all."
    case .unsupportedExtension(let name):
      "“\(name)” does not say which format to write: its name must end in .png, .jpg or .jpeg."
    case .notEncodable(let reason): "The image cannot be written: \(reason)."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
