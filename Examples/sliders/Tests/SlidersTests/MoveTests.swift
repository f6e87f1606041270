import Foundation
import HTTPTypes
import HummingbirdTesting
import LatentArithmetic
import LatentFaces
import Testing

import sliders

@Suite struct MoveTests {
  private func session(_ photo: Image, _ framing: Framing = .whole) throws -> Session {
    let studio = try studio.get()
    return try Session(
      file: photo.pngData(), name: "photo", framing: framing, mostPixels: 1 << 20, editor: studio.editor)
  }

  private func edits(_ json: String) throws -> Edits {
    try JSONDecoder().decode(Edits.self, from: Data(json.utf8))
  }

  /// An edit of the part is the part of the edit.
  @Test func aPartIsEditedAsTheWholeIs() throws {
    let editor = try studio.get().editor
    let photo = try drawnPhoto(width: 300, height: 240)
    // One frame upright in the middle, one turned, one over the border.
    let frames = [
      FaceFrame(Rectangle(x: 60.4, y: 30.2, width: 170, height: 170)),
      FaceFrame(corner: Point(x: 90, y: 20), right: Point(x: 150, y: 30), down: Point(x: -30, y: 150)),
      FaceFrame(Rectangle(x: -20, y: 70, width: 200, height: 200)),
    ]
    for frame in frames {
      let session = try session(photo, .frames([frame]))
      let box = session.faces[0].box
      let part = try session.faces[0].face.rendered(along: editor.projector.direction(for: "smiling"))
      var face = try editor.faces(in: session.view, framed: .frames([frame]))[0]
      face["smiling"] = 1
      let whole = try face.rendered()
      let other = whole.part(box)
      #expect(part != session.view.part(box))
      // Crops are resized from other corners, whose rounding may turn a value.
      let worst = zip(part.pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
      #expect(worst <= 2)
      #expect(session.view.replacing(box, by: other) == whole)
    }
  }

  @Test func aSliderChangesTheFaceAndZeroDoesNot() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      let still = try Image(data: await client.move(session, edits: "").data)
      let zero = try Image(data: await client.move(session, edits: #"{"text": "smiling", "theta": 0}"#).data)
      let smile = try Image(data: await client.move(session, edits: #"{"text": "smiling", "theta": 1}"#).data)
      let phrase = try Image(
        data: await client.move(session, edits: #"{"text": "a big smile", "theta": 1}"#).data)
      let view = try Image(data: await client.get("/api/session/view", session.headers).data)
      // Two JPEG files of one picture, the view's of a better quality.
      #expect(still == zero)
      let worst = zip(still.pixels, view.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
      #expect(worst < 48)
      #expect(smile != still && phrase != still)
    }
  }

  @Test func wrongSlidersAreRefused() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      for theta in ["1e999", "-1e999", "null", "\"NaN\"", "\"Infinity\"", "3.01", "-1e30", "[]"] {
        let response = try await client.move(session, edits: #"{"text": "smiling", "theta": \#(theta)}"#)
        try client.expect(response, .badRequest, "out-of-range")
        #expect(
          try response.decoded(Refusal.self).error.sentence == "“smiling” takes a number from -3 to 3.")
      }
      let smile = #"{"text": "smiling", "theta": 1}"#
      try client.expect(
        await client.move(session, edits: #"{"text": "", "theta": 1}"#), .unprocessableContent, "unknown-text"
      )
      try client.expect(
        await client.move(session, edits: "\(smile), \(smile)"), .badRequest, "slider-twice")
      try client.expect(
        await client.move(session, edits: "\(smile), {\"text\": \"Smiling\", \"theta\": 1}"), .badRequest,
        "no-such-edit")
      try client.expect(await client.move(session, edits: smile, face: 1), .badRequest, "no-such-face")
      try client.expect(await client.move(session, edits: smile, face: -1), .badRequest, "no-such-face")
      try client.expect(
        await client.move(session, edits: #"{"text": "smiling", "theta": 1, "optimized": true}"#), .conflict,
        "not-optimized")
      let many = (0...64).map { #"{"text": "\#($0)", "theta": 1}"# }.joined(separator: ",")
      try client.expect(await client.move(session, edits: many), .badRequest, "too-many-sliders")
      let long = String(repeating: "x", count: 201)
      try client.expect(
        await client.move(session, edits: #"{"text": "\#(long)", "theta": 1}"#), .badRequest, "text-too-long")
      for json in ["", "{", "[]", "null", #"{"face": 0}"#, #"{"face": 0.5, "edits": []}"#, "\u{0}"] {
        try client.expect(
          await client.post("/api/session/move", json: json, session.headers), .badRequest, "malformed")
      }
      let large = Data(count: Limits().requestBytes + 1)
      try client.expect(
        await client.post("/api/session/move", large, session.headers), .contentTooLarge, "too-large")
      // Nothing is lost by any of these.
      #expect(try await client.move(session, edits: smile).status == .ok)
    }
  }

  @Test func aMoveThatIsOvertakenIsDropped() throws {
    let (editor, session) = (try studio.get().editor, try session(drawnPhoto(width: 100, height: 100)))
    let smile = try edits(#"[[{"text": "smiling", "theta": 1}]]"#)
    let (first, second) = (session.announceMove(), session.announceMove())
    #expect(throws: ServiceError.overtaken) { try session.moved(first, face: 0, by: smile, editor) }
    #expect(try session.moved(second, face: 0, by: smile, editor).isEmpty == false)
  }

  /// What one face shows where another's frame overlaps is edited with both.
  @Test func facesThatOverlapShowEachOthersEdits() throws {
    let editor = try studio.get().editor
    let frames = [
      FaceFrame(Rectangle(x: 0, y: 0, width: 160, height: 160)),
      FaceFrame(Rectangle(x: 80, y: 0, width: 160, height: 160)),
    ]
    let session = try session(drawnPhoto(width: 240, height: 160), .frames(frames))
    let both = try edits(
      #"[[{"text": "beard", "theta": 1}], [{"text": "smiling", "theta": 1}]]"#)
    func part(_ face: Int, _ edits: Edits) throws -> Image {
      try Image(data: session.moved(session.announceMove(), face: face, by: edits, editor))
    }
    let second = try edits(#"[[], [{"text": "smiling", "theta": 1}]]"#)
    #expect(try part(1, both) != part(1, second))
    // What is left of the other's frame is its own alone.
    let file = try session.photo(both, editor).file
    let whole = try Image(data: file)
    let expected = try session.faces[1].face.rendered(
      along: editor.projector.direction(for: "smiling"),
      into: session.view.replacing(
        session.faces[0].box,
        by: session.faces[0].face.rendered(along: editor.projector.direction(for: "beard"))
      ).part(session.faces[1].box))
    let worst =
      zip(whole.part(session.faces[1].box).pixels, expected.pixels)
      .map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 2)
  }

  /// The photo keeps its size, its Exif block and every pixel outside the frame.
  @Test func theDownloadIsThePhoto() async throws {
    let exif =
      Data([0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x0F, 0, 2, 0, 0, 0, 4]) + Data("Me!\0".utf8)
      + Data([0, 0, 0, 0])
    let photo = try drawnPhoto(width: 1300, height: 1100, exif: exif)
    let (png, jpeg) = (try photo.pngData(), try photo.jpegData())
    try await serve { client in
      let session: Opened = try await client.post("/api/session?framing=square", png).decoded()
      let edits = #"{"edits": [[{"text": "smiling", "theta": 1}]]}"#
      let response = try await client.postApart("/api/session/photo", json: edits, session.headers)
      #expect(response.headers[.contentType] == "image/png")
      let edited = try Image(data: response.data)
      #expect((edited.width, edited.height) == (1300, 1100))
      #expect(edited.metadata.exif == photo.metadata.exif && photo.metadata.exif != nil)
      #expect(edited != photo)
      // The square's sides are at 100 and 1200, by the view's pixels to within one of its own, which are 2.2 of the photo's.
      let changed = zip(edited.pixels, photo.pixels).enumerated().filter { $0.element.0 != $0.element.1 }
        .map { $0.offset / 3 % 1300 }
      #expect((changed.min() ?? 0) >= 97 && (changed.max() ?? 1300) < 1203)
      let unedited = try await client.postApart(
        "/api/session/photo", json: #"{"edits": []}"#, session.headers)
      #expect(try Image(data: unedited.data) == photo)

      let other: Opened = try await client.post("/api/session?framing=square", jpeg).decoded()
      let download = try await client.postApart("/api/session/photo", json: edits, other.headers)
      #expect(download.headers[.contentType] == "image/jpeg")
      #expect(try Image(data: download.data).metadata.exif == photo.metadata.exif)
      let refused = try await client.postApart(
        "/api/session/photo", json: #"{"edits": [[], []]}"#, session.headers)
      #expect(refused.status == .badRequest)
      #expect(try JSONDecoder().decode(Refusal.self, from: refused.data).error.code == "no-such-face")
    }
  }
}
