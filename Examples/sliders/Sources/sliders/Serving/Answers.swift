import Foundation
import Hummingbird
import LatentArithmetic
import LatentText

/// What the page asks for first.
struct ServiceAnswer: ResponseEncodable {
  let findsFaces: Bool
  let photoBytes: Int
  let photoPixels: Int
  let mostCharacters: Int
  let thetas: [Double]
  let words: [String]
}

/// An opened session.
struct SessionAnswer: ResponseEncodable {
  struct Face: Encodable {
    /// The frame's four corners in pixels of the view, clockwise from the face's top left.
    let corners: [[Double]]
    /// Which pixels of the view moves of the face send.
    let box: PixelBox
  }

  let id: String
  let width: Int, height: Int
  let view: [String: Int]
  let faces: [Face]
  let found: Int
  let losses: [String]

  init(_ session: Session) {
    (id, width, height, found) = (session.id, session.width, session.height, session.found)
    view = ["width": session.view.width, "height": session.view.height]
    losses = session.losses
    faces = session.faces.map { face in
      Face(corners: face.frame.corners.map { [$0.x, $0.y] }, box: face.box)
    }
  }
}

/// What a text means to the model, the strongest attribute first.
struct ReadingAnswer: ResponseEncodable {
  struct Meaning: Encodable {
    let word: String
    let theta: Float
  }

  let text: String
  let means: [Meaning]
  let certainty: Float

  init(_ text: String, _ reading: TextReading) {
    (self.text, certainty) = (text, reading.certainty)
    means = reading.thetas.sorted { (abs($0.value), $1.key) > (abs($1.value), $0.key) }
      .map { Meaning(word: $0.key, theta: $0.value) }
  }
}

/// A line of an optimization's answer.
struct ProgressLine: Encodable {
  var step: Int?
  var steps: Int?
  /// What there is a slider for, once it is done.
  var text: String?
  var error: ServiceError?

  var buffer: ByteBuffer {
    get throws { ByteBuffer(bytes: try JSONEncoder().encode(self) + Data("\n".utf8)) }
  }
}

/// A move of a face's sliders.
struct MoveRequest: Decodable {
  /// Which face is moved, from 0.
  let face: Int
  let edits: Edits
}

/// A photo that is to be downloaded.
struct PhotoRequest: Decodable {
  let edits: Edits
}

/// A sentence that a face is to be moved toward.
struct SentenceRequest: Decodable {
  let face: Int
  let text: String
}

/// A text that is to be read.
struct TextRequest: Decodable {
  let text: String
}
