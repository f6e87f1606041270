import LatentArithmetic

/// How far a face goes along what a text means: a slider.
package struct Edit: Sendable, Hashable, Decodable {
  /// A word, a phrase, or a sentence.
  package let text: String
  /// θ; not a number where the request has none.
  package let theta: Double
  /// Whether the direction is the one that an optimization toward the text found.
  package let isOptimized: Bool

  private enum Key: String, CodingKey {
    case text, theta
    case isOptimized = "optimized"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    text = try values.decode(String.self, forKey: .text)
    // JSON has no infinity: a page writes null for it, and 1e999 is no number that Swift has.
    theta = (try? values.decode(Double.self, forKey: .theta)) ?? .nan
    isOptimized = try values.decodeIfPresent(Bool.self, forKey: .isOptimized) ?? false
  }

  /// What sliders may ask for; beyond `EditedFace.reliableThetas` much else may change.
  static let thetas = -3.0...3.0
  /// The most characters of a text, and the most sliders of a face.
  static let mostCharacters = 200, most = 64
}

/// What is to be shown: the sliders of each face, in the faces' order; faces at the end may be left out.
package struct Edits: Sendable, Hashable, Decodable {
  package let faces: [[Edit]]

  package init(from decoder: any Decoder) throws {
    faces = try decoder.singleValueContainer().decode([[Edit]].self)
  }

  /// The sliders of a face that are not at 0.
  func edits(ofFace index: Int) -> [Edit] {
    faces.indices.contains(index) ? faces[index].filter { $0.theta != 0 } : []
  }

  /// - Throws: ``ServiceError`` where a slider, or the number of them, cannot be.
  func check(faces count: Int) throws(ServiceError) {
    guard faces.count <= count else { throw .noSuchFace(faces.count, count: count) }
    for edits in faces {
      guard edits.count <= Edit.most else { throw .tooManySliders(edits.count) }
      for edit in edits {
        guard edit.text.count <= Edit.mostCharacters else { throw .textTooLong }
        guard Edit.thetas.contains(edit.theta) else { throw .thetaOutOfRange(edit.text) }
      }
    }
  }
}
