// A program as a stranger would write it: it edits a face and keeps a record of the edit as JSON.

import Foundation
import LatentArithmetic
import LatentFaces

/// What was done to an image, encoded by hand: beside LatentArithmetic's Encoder, the standard library's is written
/// with its module's name.
struct EditRecord: Encodable {
  let words: [String: Float]

  private enum CodingKeys: String, CodingKey {
    case words, count
  }

  func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(words, forKey: .words)
    try container.encode(words.count, forKey: .count)
  }
}

/// What must hold for the example to be an example.
func check(_ condition: Bool, _ sentence: String) {
  guard condition else {
    FileHandle.standardError.write(Data("The client failed: \(sentence)\n".utf8))
    exit(1)
  }
}

@main
struct Client {
  static func main() throws {
    let editor = try Editor.faces()
    let z = editor.generator.randomCodes(1, seed: 7)[0]
    let photo = editor.generator.generate(z)

    // A photo is edited in one call,
    let words: [String: Float] = ["smiling": 1, "eyeglasses": -1]
    let edited = try editor.edit(photo, adding: words, framed: .whole)

    // or as faces that are found and encoded once,
    var face = try editor.faces(in: photo, framed: .whole)[0]
    face["smiling"] = 1
    face["eyeglasses"] = -1
    check(try face.rendered() == edited, "a face and one call give the same image.")
    face.words = [:]
    check(try face.rendered() == photo, "without words the photo is as it was.")

    // or by arithmetic on its latent code.
    let smile = try editor.projector.direction(for: "smiling")
    let smiling = editor.generator.generate(z + 2 * smile)
    check(smiling != photo, "a word changes the image.")

    let out = FileManager.default.temporaryDirectory.appendingPathComponent("client-\(UUID().uuidString).png")
    try edited.write(to: out)
    check(try Image(contentsOf: out) == edited, "an image is read as it was written.")
    try FileManager.default.removeItem(at: out)
    print(String(decoding: try JSONEncoder().encode(EditRecord(words: words)), as: UTF8.self))
  }
}
