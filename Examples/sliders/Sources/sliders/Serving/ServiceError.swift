import Foundation
import Hummingbird
import LatentArithmetic
import LatentText

/// Why a request is refused: a status, a code for programs, and a sentence for people.
package struct ServiceError: Error, Equatable, Encodable {
  let status: HTTPResponse.Status
  let code: String
  let sentence: String
  /// Words that may have been meant.
  var suggestions: [String] = []

  private enum Key: String, CodingKey { case code, sentence, suggestions }

  package func encode(to encoder: any Swift.Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(code, forKey: .code)
    try values.encode(sentence, forKey: .sentence)
    if !suggestions.isEmpty { try values.encode(suggestions, forKey: .suggestions) }
  }
}

extension ServiceError {
  package static let overtaken = Self(
    status: .conflict, code: "overtaken", sentence: "A later move of the sliders has overtaken this one.")
  package static let sessionEnded = Self(
    status: .gone, code: "session-ended", sentence: "The photo is no longer open here; open it again.")
  static let noPhoto = Self(status: .badRequest, code: "no-photo", sentence: "No photo was sent.")
  static let cutOff = Self(
    status: .badRequest, code: "cut-off", sentence: "The request ended before all of it was sent.")
  static let busy = Self(
    status: .serviceUnavailable, code: "busy",
    sentence: "Too many photos are being sent at this moment; try again shortly.")
  static let foreign = Self(
    status: .forbidden, code: "foreign-origin", sentence: "Only this server's own page may ask for this.")
  static let noText = Self(
    status: .badRequest, code: "no-text", sentence: "Write a word, a phrase or a sentence.")
  static let textTooLong = Self(
    status: .badRequest, code: "text-too-long",
    sentence: "A text here has at most \(Edit.mostCharacters) characters.")
  static let sliderTwice = Self(
    status: .badRequest, code: "slider-twice", sentence: "One text has two sliders.")
  static let cancelled = Self(
    status: .serviceUnavailable, code: "cancelled", sentence: "The work was stopped before it was done.")
  static let unknownFraming = Self(
    status: .badRequest, code: "unknown-framing",
    sentence: "A photo's faces are framed as detected, as the whole photo, or as its square middle.")

  static func tooManySliders(_ count: Int) -> Self {
    Self(
      status: .badRequest, code: "too-many-sliders",
      sentence: "A face here has at most \(Edit.most) sliders, not \(count).")
  }

  static func thetaOutOfRange(_ text: String) -> Self {
    Self(
      status: .badRequest, code: "out-of-range",
      sentence:
        "“\(text.prefix(Edit.mostCharacters))” takes a number from \(Int(Edit.thetas.lowerBound)) to \(Int(Edit.thetas.upperBound))."
    )
  }

  static func noSuchFace(_ number: Int, count: Int) -> Self {
    Self(
      status: .badRequest, code: "no-such-face",
      sentence: FaceError.noSuchFace(number: number, count: count).description)
  }

  package static func notOptimized(_ text: String) -> Self {
    Self(
      status: .conflict, code: "not-optimized",
      sentence: "The way toward “\(text)” is not known any more; find it again.")
  }

  static func unknownText(_ text: String, suggestions: [String]) -> Self {
    Self(
      status: .unprocessableContent, code: "unknown-text",
      sentence: "“\(text)” names nothing on a face that the model knows.", suggestions: suggestions)
  }

  static func tooLarge(limit: Int) -> Self {
    Self(
      status: .contentTooLarge, code: "too-large",
      sentence: "A photo's file here has at most \(limit >> 20) MB, and a request at most 64 kB.")
  }
}

extension ServiceError {
  /// What any error says to whom asked; nil for one that is the service's own fault.
  init?(_ error: any Error, _ limits: Limits) {
    switch error {
    case let error as ServiceError: self = error
    case let error as ImageError:
      if case .tooLarge(let name, let width, let height, let limit) = error {
        let megapixels = (width * height + 500_000) / 1_000_000
        self.init(
          status: .contentTooLarge, code: "too-many-pixels",
          sentence:
            "“\(name)” has \(megapixels) megapixels, and a photo here at most \(limit / 1_000_000).")
      } else {
        self.init(status: .unsupportedMediaType, code: "not-a-photo", sentence: error.description)
      }
    case FaceError.modelsMissing:
      self.init(
        status: .unprocessableContent, code: "no-detector",
        sentence:
          "Faces cannot be found here, since the detector is not installed (make models): take a drawn face, or frame the photo's middle or all of it as the face."
      )
    case let error as FaceError:
      self.init(status: .unprocessableContent, code: "no-face", sentence: error.description)
    case let error as WordVectorsError:
      self.init(status: .unprocessableContent, code: "unknown-text", sentence: error.description)
    case let error as LatentError:
      self.init(status: .badRequest, code: "no-such-edit", sentence: error.description)
    case let error as TextEditingError:
      self.init(status: .unprocessableContent, code: "no-such-edit", sentence: error.description)
    case is DecodingError:
      self.init(
        status: .badRequest, code: "malformed", sentence: "The request is not the JSON that is expected.")
    case is CancellationError: self = .cancelled
    case let error as any HTTPResponseError:
      if error.status == .contentTooLarge {
        self = .tooLarge(limit: limits.photoBytes)
      } else {
        self.init(
          status: error.status, code: "http-\(error.status.code)",
          sentence: error.status == .notFound ? "There is nothing here." : "\(error.status.reasonPhrase).")
      }
    default: return nil
    }
  }
}
