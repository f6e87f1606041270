import LatentArithmetic
import Testing

import sliders

@Suite struct SessionStoreTests {
  private func session() throws -> Session {
    try Session(
      file: drawnPhoto(width: 100, height: 100).pngData(), name: "photo", framing: .whole,
      mostPixels: 1 << 20, editor: studio.get().editor)
  }

  @Test func whatWasNotUsedForLongestMakesRoom() async throws {
    let sessions = try (0..<4).map { _ in try session() }
    var limits = Limits()
    limits.sessionBytes = 3 * sessions[0].size
    let store = SessionStore(limits)
    for session in sessions.prefix(3) { await store.open(session) }
    // The first is used again, so that the second is the oldest.
    _ = try await store.session(sessions[0].id)
    await store.open(sessions[3])
    for index in [0, 2, 3] { #expect(try await store.session(sessions[index].id) === sessions[index]) }
    await #expect(throws: ServiceError.sessionEnded) { try await store.session(sessions[1].id) }
  }

  @Test func whatWasNotUsedForLongEnds() async throws {
    var limits = Limits()
    limits.sessionAge = .zero
    let (store, session) = (SessionStore(limits), try session())
    await store.open(session)
    await #expect(throws: ServiceError.sessionEnded) { try await store.session(session.id) }
  }

  @Test func idsAreNeverAlike() throws {
    let ids = Set(try (0..<50).map { _ in try session().id })
    #expect(ids.count == 50 && ids.allSatisfy { $0.count == 64 })
  }

  /// The stated memory is that of the file, the view, and what a face keeps of it.
  @Test func theSizeCountsFileViewAndFaces() throws {
    let session = try session()
    let (view, box) = (100 * 100 * 3, 100 * 100 * 3)
    #expect(session.size == session.file.count + view + box + 160 * 160 * 3 * 4 + 80 * 80 * 3)
  }
}
