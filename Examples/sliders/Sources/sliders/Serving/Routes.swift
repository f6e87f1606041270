import Foundation
import Hummingbird
import LatentArithmetic
import ServiceLifecycle

/// What the page asks for, under `/api`.
struct Routes: Sendable {
  let studio: Studio
  let sessions: SessionStore
  let limits: Limits
  let uploads: UploadBudget

  typealias Context = BasicRequestContext

  /// The words that have a slider from the beginning.
  static let words = [
    "smiling", "eyeglasses", "beard", "moustache", "blond", "gray hair", "bangs", "bald", "lipstick", "hat",
    "young", "pale",
  ]

  func add(to router: RouterGroup<Context>) {
    router.get("service") { _, _ in
      ServiceAnswer(
        findsFaces: studio.findsFaces, photoBytes: limits.photoBytes, photoPixels: limits.photoPixels,
        mostCharacters: Edit.mostCharacters, thetas: [Edit.thetas.lowerBound, Edit.thetas.upperBound],
        words: Self.words)
    }
    router.get("drawn/:seed", use: drawnFace)
    router.post("session", use: openPhoto)
    router.post("session/drawn/:seed", use: openDrawnFace)
    router.get("session/view", use: view)
    router.post("session/move", use: move)
    router.post("session/sentence", use: optimize)
    router.post("session/photo", use: photo)
    router.delete("session", use: close)
    router.post("reading", use: read)
  }

  // MARK: - Sessions

  @Sendable func openPhoto(
    _ request: Request, _ context: Context
  ) async throws -> EditedResponse<SessionAnswer> {
    let query = request.uri.queryParameters
    let framing = try Self.framing(query["framing"].map(String.init) ?? "detected")
    let name = query["name"].map { String($0.prefix(Edit.mostCharacters)) } ?? "photo"
    let announced = request.headers[.contentLength].flatMap(Int.init) ?? limits.photoBytes
    guard announced <= limits.photoBytes else { throw ServiceError.tooLarge(limit: limits.photoBytes) }
    let session = try await uploads.reserving(announced) {
      var request = request
      let body = try await collected(&request, upTo: announced)
      guard body.readableBytes > 0 else { throw ServiceError.noPhoto }
      return try await open(Data(body.readableBytesView), name: name, framing: framing)
    }
    return EditedResponse(status: .created, response: SessionAnswer(session))
  }

  @Sendable func openDrawnFace(
    _ request: Request, _ context: Context
  ) async throws -> EditedResponse<SessionAnswer> {
    let face = try await studio.drawnFace(seed: context.parameters.require("seed", as: UInt64.self))
    let session = try await open(face.pngData(), name: "drawn face", framing: .whole)
    return EditedResponse(status: .created, response: SessionAnswer(session))
  }

  private func open(_ file: Data, name: String, framing: Framing) async throws -> Session {
    let session = try await studio.open(file, name: name, framing: framing, mostPixels: limits.photoPixels)
    await sessions.open(session)
    return session
  }

  private static func framing(_ name: String) throws(ServiceError) -> Framing {
    switch name {
    case "detected": .detected()
    case "whole": .whole
    case "square": .centerSquare
    default: throw .unknownFraming
    }
  }

  @Sendable func close(_ request: Request, _ context: Context) async throws -> HTTPResponse.Status {
    await sessions.close(request.headers[.session] ?? "")
    return .noContent
  }

  private func session(of request: Request) async throws -> Session {
    try await sessions.session(request.headers[.session] ?? "")
  }

  // MARK: - Pictures

  @Sendable func drawnFace(_ request: Request, _ context: Context) async throws -> Response {
    let face = try await studio.drawnFace(seed: context.parameters.require("seed", as: UInt64.self))
    var response = Self.response(try face.jpegData(), type: "image/jpeg")
    response.headers[.cacheControl] = "max-age=86400"
    return response
  }

  @Sendable func view(_ request: Request, _ context: Context) async throws -> Response {
    Self.response(try await studio.view(of: session(of: request)), type: "image/jpeg")
  }

  @Sendable func move(_ request: Request, _ context: Context) async throws -> Response {
    let session = try await session(of: request)
    var request = request
    let move = try await decoded(MoveRequest.self, from: &request)
    return Self.response(
      try await studio.move(session, face: move.face, move.edits), type: "image/jpeg")
  }

  @Sendable func photo(_ request: Request, _ context: Context) async throws -> Response {
    let session = try await session(of: request)
    var request = request
    let edits = try await decoded(PhotoRequest.self, from: &request).edits
    let (file, type) = try await whileAwaited(request) { try await studio.photo(of: session, edits) }
    var response = Self.response(file, type: type)
    response.headers[.connection] = "close"
    return response
  }

  private static func response(_ file: Data, type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: file)))
  }

  // MARK: - Texts

  @Sendable func read(_ request: Request, _ context: Context) async throws -> ReadingAnswer {
    var request = request
    let text = try await decoded(TextRequest.self, from: &request).text
    return ReadingAnswer(text, try await studio.reading(of: text))
  }

  /// Answers with a line of JSON for each step, until the client goes away or the server stops.
  @Sendable func optimize(_ request: Request, _ context: Context) async throws -> Response {
    let session = try await session(of: request)
    var request = request
    let wish = try await decoded(SentenceRequest.self, from: &request)
    _ = try session.face(wish.face)
    _ = try await studio.reading(of: wish.text)
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson", .connection: "close"],
      body: ResponseBody { [request] writer in
        let (lines, feed) = AsyncStream.makeStream(of: ProgressLine.self)
        // A line that cannot be written ends the group, and with it the work.
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            feed.yield(await lastLine(of: wish, session, request) { feed.yield($0) })
            feed.finish()
          }
          for await line in lines { try await writer.write(line.buffer) }
        }
        try await writer.finish(nil)
      })
  }

  /// Does the work, and says what came of it.
  private func lastLine(
    of wish: SentenceRequest, _ session: Session, _ request: Request,
    report: @escaping @Sendable (ProgressLine) -> Void
  ) async -> ProgressLine {
    do {
      try await whileAwaited(request) {
        try await studio.optimize(session, face: wish.face, toward: wish.text) { step, steps in
          report(ProgressLine(step: step, steps: steps))
        }
      }
      return ProgressLine(text: wish.text)
    } catch {
      return ProgressLine(error: ServiceError(error, limits) ?? .cancelled)
    }
  }

  // MARK: - Requests

  /// Does work that takes long, and gives it up when the client goes away or the server stops.
  ///
  /// The request's body has been collected, and the answer closes the connection, which is no longer read.
  private func whileAwaited<Result: Sendable>(
    _ request: Request, _ work: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await cancelWhenGracefulShutdown {
      try await request.body.consumeWithCancellationOnInboundClose { _ in try await work() }
    }
  }

  private func decoded<Value: Decodable>(
    _ type: Value.Type, from request: inout Request
  ) async throws -> Value {
    let body = try await collected(&request, upTo: limits.requestBytes)
    return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }

  /// The whole body of a request, which keeps it.
  ///
  /// - Throws: What is too long, and ``ServiceError/cutOff`` where the connection ends before the body does.
  private func collected(_ request: inout Request, upTo limit: Int) async throws -> ByteBuffer {
    do {
      return try await request.collectBody(upTo: limit)
    } catch let error as any HTTPResponseError {
      throw error
    } catch {
      throw ServiceError.cutOff
    }
  }
}
