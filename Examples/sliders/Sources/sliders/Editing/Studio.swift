import Foundation
import LatentArithmetic
import LatentFaces
import LatentText
import Metrics

/// What edits: the models, and the threads on which they work.
///
/// Opening photos and moving sliders has a thread for each processor, and a session's moves always the same; all that takes
/// seconds has another, so that downloads and sentences keep no slider waiting. None of these uses further threads: several
/// for one move are slower as soon as a processor is wanted elsewhere.
package struct Studio: Sendable {
  package let editor: Editor<ZSpace>
  let findsFaces: Bool
  private let joint: JointModel
  private let quick: [Lane]
  private let long = Lane("downloads and sentences")
  private let moveTime = Metrics.Timer(label: "sliders.move", preferredDisplayUnit: .seconds)
  private let overtaken = Counter(label: "sliders.moves.overtaken")

  /// Opens the models that come with the library, and the face detector where it is installed.
  ///
  /// - Throws: `FacesError` where the program was moved without its resources; what the detector's damaged files throw.
  package init() throws {
    let detector: FaceDetector?
    do {
      detector = try FaceDetector(threads: 1)
    } catch FaceError.modelsMissing {
      detector = nil
    }
    try self.init(editor: .faces(detector: detector, threads: 1), findsFaces: detector != nil)
  }

  package init(editor: Editor<ZSpace>, findsFaces: Bool) throws {
    (self.editor, self.findsFaces) = (editor, findsFaces)
    joint = try .faces(threads: 1)
    quick = (0..<ProcessInfo.processInfo.activeProcessorCount).map { Lane("sliders \($0)") }
  }

  /// The thread of a session's moves, or of what belongs to none.
  private func lane(of session: Session? = nil) -> Lane {
    quick[session.map { Int($0.id.hashValue.magnitude % UInt(quick.count)) } ?? .random(in: quick.indices)]
  }

  package func open(_ file: Data, name: String, framing: Framing, mostPixels: Int) async throws -> Session {
    try await lane().run {
      try Session(file: file, name: name, framing: framing, mostPixels: mostPixels, editor: editor)
    }
  }

  /// A face that the generator draws of random numbers, as large as what a painter paints into it is fine.
  func drawnFace(seed: UInt64) async throws -> Image {
    try await lane().run {
      let code = editor.generator.randomCodes(1, seed: seed)[0]
      return editor.generator.generate(code).resized(width: Self.drawnSize, height: Self.drawnSize)
    }
  }

  private static let drawnSize = 320

  /// The view of a session's photo as a JPEG file.
  func view(of session: Session) async throws -> Data {
    try await lane(of: session).run { try session.view.jpegData() }
  }

  /// A face's part of the view with edits, as a JPEG file.
  ///
  /// - Throws: ``ServiceError/overtaken`` when a later move of the session arrived; what the edits are refused by.
  package func move(_ session: Session, face: Int, _ edits: Edits) async throws -> Data {
    let (number, start) = (session.announceMove(), ContinuousClock.now)
    do {
      let image = try await lane(of: session).run { try session.moved(number, face: face, by: edits, editor) }
      moveTime.record(duration: start.duration(to: .now))
      return image
    } catch let error as ServiceError where error == .overtaken {
      overtaken.increment()
      throw error
    }
  }

  /// The photo of a session with edits, at its own resolution.
  func photo(of session: Session, _ edits: Edits) async throws -> (file: Data, type: String) {
    try await long.run { try session.photo(edits, editor) }
  }

  /// What a text means to the model.
  ///
  /// - Throws: ``ServiceError/unknownText(_:suggestions:)`` where it names nothing on a face.
  func reading(of text: String) async throws -> TextReading {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { throw ServiceError.noText }
    guard text.count <= Edit.mostCharacters else { throw ServiceError.textTooLong }
    return try await lane().run {
      let reading = try editor.projector.reading(of: text)
      if let reading, reading.namesSomething, !reading.thetas.isEmpty { return reading }
      let suggestions = try reading?.suggestions.filter {
        try editor.projector.reading(of: $0)?.namesSomething == true
      }
      throw ServiceError.unknownText(text, suggestions: suggestions ?? [])
    }
  }

  /// Moves a face toward a sentence, and lets the session remember where that led.
  ///
  /// - Parameters:
  ///   - session: The session that remembers.
  ///   - index: The face, from 0.
  ///   - text: The sentence.
  ///   - report: Told the steps made and to make.
  /// - Throws: `TextEditingError`; `CancellationError`; ``ServiceError/noSuchFace(_:count:)``.
  package func optimize(
    _ session: Session, face index: Int, toward text: String, report: @Sendable (Int, Int) -> Void
  ) async throws {
    let (recipe, face) = (LatentOptimization.joint, try session.face(index).face)
    report(0, recipe.steps)
    var optimizer = try await long.run {
      try LatentOptimizer(recipe, of: face, toward: text, model: joint, threads: 1)
    }
    // Each step takes its turn, so that a download waits for one step and not for all.
    for step in 1...recipe.steps {
      optimizer = try await long.run { [optimizer] in
        var next = optimizer
        _ = try next.update()
        return next
      }
      report(step, recipe.steps)
    }
    session.remember(optimizer.direction, toward: text, face: index)
  }
}
