import Foundation
import HTTPTypes
import HummingbirdTesting
import LatentArithmetic
import LatentFaces
import Testing

import sliders

@Suite struct OpeningTests {
  @Test func aPhotoIsOpenedAndViewed() async throws {
    let photo = try drawnPhoto(width: 1500, height: 1200)
    let file = try photo.jpegData()
    try await serve { client in
      let response = try await client.post("/api/session?framing=square&name=me.jpg", file)
      #expect(response.status == .created)
      let session: Opened = try response.decoded()
      #expect((session.width, session.height) == (1500, 1200))
      // The middle square of a view of 1024×819 pixels is at (1024 − 819)/2 = 102.5, of which the whole part is taken; its box,
      // a pixel wider at both sides, is made 400 pixels wide, and the view with it.
      let scale = 400.0 / 821
      #expect(session.view == ["width": 499, "height": 399])
      let corners = [[102.0, 0], [921, 0], [921, 819], [102, 819]]
      for (corner, expected) in zip(session.faces[0].corners, corners) {
        #expect(abs(corner[0] - scale * expected[0]) < 0.6 && abs(corner[1] - scale * expected[1]) < 0.6)
      }
      let view = try Image(data: await client.get("/api/session/view", session.headers).data)
      #expect((view.width, view.height) == (499, 399))
    }
  }

  @Test func wrongFilesAreRefused() async throws {
    var limits = Limits()
    limits.photoPixels = 10_000
    limits.photoBytes = 20_000
    let tooMany = try drawnPhoto(width: 101, height: 100).jpegData()
    let whole = try drawnPhoto(width: 100, height: 100).jpegData()
    try await serve(limits) { client in
      let open = { @Sendable (file: Data) in
        try await client.post("/api/session?framing=whole&name=me.jpg", file)
      }
      try client.expect(await open(Data()), .badRequest, "no-photo")
      try client.expect(await open(Data("Dear diary".utf8)), .unsupportedMediaType, "not-a-photo")
      try client.expect(await open(whole.prefix(whole.count / 2)), .unsupportedMediaType, "not-a-photo")
      try client.expect(await open(Data([0xFF, 0xD8, 0xFF])), .unsupportedMediaType, "not-a-photo")
      try client.expect(await open(tooMany), .contentTooLarge, "too-many-pixels")
      try client.expect(await open(Data(count: 20_001)), .contentTooLarge, "too-large")
      #expect(try await open(whole).status == .created)
      try client.expect(await client.post("/api/session?framing=oval", whole), .badRequest, "unknown-framing")
    }
  }

  /// A file of a few bytes may announce 100 megapixels: nothing is decoded.
  @Test func aHundredMegapixelsAreRefusedByTheHeader() async throws {
    var header = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
    let chunk = Data("IHDR".utf8) + Data([0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, 8, 2, 0, 0, 0])
    header += chunk + crc(chunk) + Data([0, 0, 0, 0]) + Data("IDAT".utf8) + crc(Data("IDAT".utf8))
    let file = header
    try await serve { client in
      let response = try await client.post("/api/session?framing=whole&name=large.png", file)
      try client.expect(response, .contentTooLarge, "too-many-pixels")
      #expect(
        try response.decoded(Refusal.self).error.sentence
          == "“large.png” has 100 megapixels, and a photo here at most 40.")
    }
  }

  /// CRC-32 as PNG has it.
  private func crc(_ data: Data) -> Data {
    let remainder = data.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return withUnsafeBytes(of: (remainder ^ .max).bigEndian) { Data($0) }
  }

  @Test func uploadsAreBoundedTogether() async throws {
    var limits = Limits()
    limits.uploadBytes = 1000
    let file = try drawnPhoto(width: 200, height: 200).pngData()
    try #require(file.count > 1000)
    try await serve(limits) { client in
      try client.expect(await client.post("/api/session?framing=whole", file), .serviceUnavailable, "busy")
    }
  }

  @Test func withoutDetectorAPhotoHasToBeFramed() async throws {
    let faces = try studio.get().editor
    let editor = try Editor(generator: faces.generator, encoder: faces.encoder, projector: faces.projector)
    let file = try drawnPhoto(width: 200, height: 200).jpegData()
    try await serve(by: Studio(editor: editor, findsFaces: false)) { client in
      try client.expect(await client.post("/api/session", file), .unprocessableContent, "no-detector")
      #expect(try await client.post("/api/session?framing=square", file).status == .created)
    }
  }

  @Test(.enabled(if: Photos.areAvailable)) func facesAreFound() async throws {
    try await serve(by: Photos.studio()) { client in
      let none = try await client.post("/api/session", Photos.data("no-faces.jpg"))
      try client.expect(none, .unprocessableContent, "no-face")
      for (name, count) in [("ivan.jpg", 1), ("two-faces.jpg", 2), ("multiface.jpg", 6)] {
        let session: Opened = try await client.post("/api/session", Photos.data(name)).decoded()
        #expect(session.faces.count == count && session.found == count, "\(name)")
      }
    }
  }

  @Test func aSessionCanBeClosed() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      let closed = try await client.execute(uri: "/api/session", method: .delete, headers: session.headers) {
        $0
      }
      #expect(closed.status == .noContent)
      try client.expect(await client.get("/api/session/view", session.headers), .gone, "session-ended")
      try client.expect(await client.get("/api/session/view"), .gone, "session-ended")
    }
  }

  @Test func drawnFacesAreDrawn() async throws {
    try await serve { client in
      let face = try Image(data: await client.get("/api/drawn/7").data)
      #expect(face.width == face.height && face.width > 80)
      try client.expect(await client.get("/api/drawn/-1"), .badRequest, "http-400")
      try client.expect(await client.post("/api/session/drawn/x"), .badRequest, "http-400")
    }
  }

  @Test func theServiceTellsWhatItOffers() async throws {
    struct Offer: Decodable { let photoBytes: Int, words: [String] }
    try await serve { client in
      let offer: Offer = try await client.get("/api/service").decoded()
      #expect(offer.photoBytes == Limits().photoBytes)
      // Every slider that is there from the beginning does something.
      let projector = try studio.get().editor.projector
      for word in offer.words { #expect(projector.reading(of: word)?.namesSomething == true, "\(word)") }
    }
  }
}
