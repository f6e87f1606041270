import Foundation
import HTTPTypes
import HummingbirdTesting
import LatentArithmetic
import NIOCore
import Testing

import sliders

@Suite struct TextTests {
  private struct Reading: Decodable {
    struct Meaning: Decodable { let word: String, theta: Float }
    let means: [Meaning]
    let certainty: Float
  }

  private struct Line: Decodable {
    let step: Int?, steps: Int?, text: String?
    let error: Refusal.Content?
  }

  @Test func textsAreRead() async throws {
    try await serve { client in
      let reading: Reading = try await client.post("/api/reading", json: #"{"text": "no glasses"}"#).decoded()
      #expect(reading.means.first?.word == "eyeglasses")
      #expect((reading.means.first?.theta ?? 0) < 0 && reading.certainty > 0.5)
    }
  }

  @Test func textsThatSayNothingAreRefused() async throws {
    try await serve { client in
      let unknown = try await client.post("/api/reading", json: #"{"text": "smilling"}"#)
      try client.expect(unknown, .unprocessableContent, "unknown-text")
      #expect(try unknown.decoded(Refusal.self).error.suggestions?.contains("smiling") == true)
      try client.expect(
        await client.post("/api/reading", json: #"{"text": "parliament"}"#), .unprocessableContent,
        "unknown-text")
      try client.expect(await client.post("/api/reading", json: #"{"text": " \n"}"#), .badRequest, "no-text")
      let long = String(repeating: "x", count: 201)
      try client.expect(
        await client.post("/api/reading", json: #"{"text": "\#(long)"}"#), .badRequest, "text-too-long")
      try client.expect(await client.post("/api/reading", json: "{}"), .badRequest, "malformed")
    }
  }

  @Test func aSentenceIsFoundAndHasASlider() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      let wish = #"{"face": 0, "text": "a smiling face with glasses"}"#
      let data = try await client.postApart("/api/session/sentence", json: wish, session.headers).data
      let lines = try data.split(separator: 10).map { try JSONDecoder().decode(Line.self, from: $0) }
      #expect(lines.compactMap(\.step) == Array(0...60) && lines.compactMap(\.steps).allSatisfy { $0 == 60 })
      #expect(lines.last?.text == "a smiling face with glasses")
      let slider = #"{"text": "a smiling face with glasses", "theta": 1, "optimized": true}"#
      let edited = try await client.move(session, edits: slider)
      #expect(edited.status == .ok)
      #expect(try await Image(data: edited.data) != Image(data: client.move(session, edits: "").data))
      // The sentence belongs to its session.
      let other = try await client.openDrawnFace()
      try client.expect(await client.move(other, edits: slider), .conflict, "not-optimized")
    }
  }

  @Test func wrongSentencesAreRefused() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      let ask = { @Sendable (json: String) in
        try await client.post("/api/session/sentence", json: json, session.headers)
      }
      try client.expect(
        await ask(#"{"face": 0, "text": "parliament"}"#), .unprocessableContent, "unknown-text")
      try client.expect(await ask(#"{"face": 3, "text": "a smile"}"#), .badRequest, "no-such-face")
      try client.expect(await ask(#"{"face": 0, "text": ""}"#), .badRequest, "no-text")
      try client.expect(await ask(#"{"face": 0}"#), .badRequest, "malformed")
      try client.expect(
        await client.post("/api/session/sentence", json: #"{"face": 0, "text": "a smile"}"#), .gone,
        "session-ended")
    }
  }

  /// Work whose task is cancelled ends, and leaves the session as it was.
  @Test func aCancelledSentenceEnds() async throws {
    let studio = try studio.get()
    let session = try await studio.open(
      drawnPhoto(width: 100, height: 100).pngData(), name: "photo", framing: .whole, mostPixels: 1 << 20)
    let (steps, made) = AsyncStream.makeStream(of: Int.self)
    let work = Task {
      try await studio.optimize(session, face: 0, toward: "a smiling face") { step, _ in made.yield(step) }
    }
    for await step in steps where step == 2 { break }
    work.cancel()
    await #expect(throws: CancellationError.self) { try await work.value }
    let slider = try JSONDecoder().decode(
      Edits.self, from: Data(#"[[{"text": "a smiling face", "theta": 1, "optimized": true}]]"#.utf8))
    await #expect(throws: ServiceError.notOptimized("a smiling face")) {
      try await studio.move(session, face: 0, slider)
    }
  }
}
