import Foundation
import LatentArithmetic
import LatentCore
import LatentFaces
import TestSupport
import Testing

/// What many callers of one object get, f(x₀) … f(x₆₃) all at once, is what each gets alone, to the last bit.
///
/// Nothing here is locked by the test: the compiler accepts the sharing since the types are `Sendable`.
@Suite(.serialized) struct ConcurrencyTests {
  private static let callers = 64

  /// Calls `work` for each caller on one object that all share, and on another, one after the other.
  ///
  /// The shared objects are new, so that what is made at first use is made by many at once. Tasks run on as many threads
  /// as there are processors; threads of their own interrupt each other anywhere.
  private func expectSerialResults<Subject: Sendable, Outcome: Hashable & Sendable>(
    of make: () throws -> Subject, _ work: @escaping @Sendable (Subject, Int) throws -> Outcome
  ) async throws {
    let alone = try make()
    let expected = try (0..<Self.callers).map { try work(alone, $0) }
    #expect(Set(expected).count > 1, "The callers ask for different things.")

    let subject = try make()
    let fromTasks = try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      for caller in 0..<Self.callers { group.addTask { (caller, try work(subject, caller)) } }
      return try await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
    }
    let other = try make()
    let fromThreads = try outcomes(ofThreads: Self.callers) { try work(other, $0) }

    for (caller, outcome) in expected.enumerated() {
      #expect(fromTasks[caller] == outcome, "task \(caller)")
      #expect(fromThreads[caller] == outcome, "thread \(caller)")
    }
  }

  // Two photos in three are edited at their own size, through the frame of an aligned image.
  @Test(arguments: [1, 2]) func oneEditor(threads: Int) async throws {
    let words: [[String: Float]] = [
      ["smiling": 1], ["eyeglasses": -0.5, "blond": 0.25], ["lipstick": 1.5], ["smilling": 1],
    ]
    try await expectSerialResults(of: { try Editor.faces(threads: threads) }) { editor, caller in
      let (width, height) = caller % 3 == 0 ? (80, 80) : (178, 218)
      let photo = smoothImage(width: width, height: height, seed: caller)
      do {
        let edited = try editor.edit(
          photo, adding: words[caller % words.count], keeping: caller % 5 == 0 ? ["male"] : [],
          framed: caller % 3 == 0 ? .whole : .alignedCelebA, rendering: caller % 7 == 0 ? .reconstruct : .keep
        )
        return edited.pixels.map(Int.init)
      } catch WordVectorsError.unknownWord(_, let suggestions) {
        return [-1] + suggestions.flatMap { $0.unicodeScalars.map { Int($0.value) } }
      }
    }
  }

  // Each caller has a copy of the face and changes it.
  @Test func oneFace() async throws {
    let photo = smoothImage(width: 80, height: 80, seed: 3)
    try await expectSerialResults(of: { try Editor.faces(threads: 2).faces(in: photo, framed: .whole)[0] }) {
      face, caller in
      var face = face
      face["smiling"] = Float(caller) / 32 - 1
      if caller % 2 == 0 { face.kept = ["male"] }
      let alone = try face.rendered()
      return try ([alone] + face.rendered("pale", at: [-1, 0.5])).map(\.pixels)
    }
  }

  @Test func oneScorer() async throws {
    try await expectSerialResults(of: { try AttributeScorer.faces(threads: 2) }) { scorer, caller in
      let faces = (0...caller % 4).map { smoothImage(width: 80, height: 80, seed: caller + $0) }
      let features = scorer.features(of: faces).elements.map(\.bitPattern)
      return [features] + scorer.logits(of: faces).map { $0.map(\.bitPattern) }
    }
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func oneDetector() async throws {
    let photos = try ["ivan.jpg", "two-faces.jpg", "multiface.jpg", "no-faces.jpg"].map {
      try Image(contentsOf: Shared.url("data/photos/\($0)"))
    }
    let networks = try Shared.url("models/mtcnn")
    try await expectSerialResults(of: { try FaceDetector(contentsOf: networks, threads: 2) }) {
      detector, caller in
      var options = FaceDetector.Options()
      options.smallestFace = [60, 80, 100][caller / photos.count % 3]
      return detector.detect(photos[caller % photos.count], options: options)
    }
  }

  @Test func oneFileOfWords() async throws {
    var stream = RandomStream(seed: 8, name: "words")
    let names = (0..<500).map { "word\($0)" }
    let values = stream.normal(shape: [names.count, 20]).elements
    try await expectSerialResults(of: { WordVectors(words: names, values: values) }) { vectors, caller in
      let word = names[caller * 7]
      let near = try vectors.nearest(to: word, count: 5)
      return vectors.suggestions(for: "wrd\(caller)") + near.map { "\($0.word) \($0.cosine.bitPattern)" }
        + (vectors[word] ?? []).map { "\($0.bitPattern)" }
    }
  }

  // All read the same bytes, each into memory of its own.
  @Test func oneModelFile() async throws {
    try await withFolder { folder in
      let file = folder.appendingPathComponent("model.safetensors")
      try TinyModel.complete(.dcgan).write(to: file)
      try await expectSerialResults(of: { file }) { file, caller in
        let model = try Model(contentsOf: file)
        let parts = try TinyModel.parts.map { try model.parameters(of: $0).bits }
        let photo = smoothImage(width: 80, height: 80, seed: caller)
        let edited = try Editor(model, threads: 1 + caller % 2).edit(
          photo, adding: ["blond": 1], framed: .whole)
        return Opened(parts: parts, pixels: edited.pixels)
      }
    }
  }

  private struct Opened: Hashable {
    let parts: [[String: [UInt32]]]
    let pixels: [UInt8]
  }

  @Test func imageFiles() async throws {
    try await withFolder { folder in
      try await expectSerialResults(of: { folder }) { folder, caller in
        // The same name for four callers: a reader sees one of the writers' files whole, and all write the same.
        let name = "\(caller % 16).\(caller % 2 == 0 ? "png" : "jpg")"
        let url = folder.appendingPathComponent(name)
        try smoothImage(width: 61, height: 47, seed: caller % 16).write(to: url)
        return try [Data(contentsOf: url), Data(Image(contentsOf: url).pixels)]
      }
    }
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("latent-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }
}
