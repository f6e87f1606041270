import LatentArithmetic
import LatentCore

/// A photo that is edited again and again: its face was framed as trainings do and encoded once.
package struct JudgedPhoto: Sendable {
  /// The photo as it was.
  package let image: Image
  /// Its face, which is rendered into the photo by the code that users run.
  package let face: EditedFace<ZSpace>
  /// Where the face is.
  package let frame: FaceFrame

  /// Frames and encodes a face.
  ///
  /// - Throws: What ``Editor/faces(in:framed:rendering:refinement:report:)`` throws.
  init(_ image: Image, editor: Editor<ZSpace>, rendering: Rendering) throws {
    self.image = image
    frame = .trained(in: image, by: try editor.encoder.framing)
    face = try editor.faces(in: image, framed: .frames([frame]), rendering: rendering)[0]
  }

  /// The share of the pixels outside the frame that an edit changed; 0 where there are none outside.
  package func changedOutside(_ edited: Image) -> Double {
    var (outside, changed) = (0, 0)
    for pixel in 0..<image.width * image.height {
      let center = Point(x: Double(pixel % image.width) + 0.5, y: Double(pixel / image.width) + 0.5)
      let place = frame.cropPoint(center)
      if (0...1).contains(place.x), (0...1).contains(place.y) { continue }
      outside += 1
      if (3 * pixel..<3 * pixel + 3).contains(where: { image.pixels[$0] != edited.pixels[$0] }) {
        changed += 1
      }
    }
    return outside == 0 ? 0 : Double(changed) / Double(outside)
  }
}
