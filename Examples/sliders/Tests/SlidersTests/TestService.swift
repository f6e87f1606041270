import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LatentArithmetic
import LatentFaces
import Logging
import Metrics
import NIOCore
import Testing

import sliders

/// The models, opened once for all tests.
let studio = Result { try Studio() }

/// The metrics of all tests.
let metrics: PrometheusMetrics = {
  let metrics = PrometheusMetrics()
  MetricsSystem.bootstrap(metrics)
  return metrics
}()

/// Runs requests against a server on a port of its own.
func serve<Value>(
  by other: Studio? = nil, _ limits: Limits = Limits(),
  _ body: @Sendable (any TestClientProtocol) async throws -> Value
) async throws -> Value {
  let service = try Service(other ?? studio.get(), limits: limits, metrics: metrics)
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return try await service.application(port: 0, logger: logger).test(.live, body)
}

/// What a refusal says.
struct Refusal: Decodable {
  struct Content: Decodable {
    let code: String
    let sentence: String
    let suggestions: [String]?
  }

  let error: Content
}

/// What is needed of an opened session.
struct Opened: Decodable {
  struct Face: Decodable {
    struct Box: Decodable { let x: Int, y: Int, width: Int, height: Int }
    let corners: [[Double]]
    let box: Box
  }

  let id: String
  let width: Int, height: Int
  let view: [String: Int]
  let faces: [Face]
  let found: Int

  var headers: HTTPFields { [.session: id] }
}

extension TestResponse {
  var data: Data { Data(body.readableBytesView) }

  func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: data)
  }
}

extension TestClient.Response {
  var data: Data { body.map { Data($0.readableBytesView) } ?? Data() }
}

extension TestClientProtocol {
  func post(_ path: String, _ body: Data = Data(), _ headers: HTTPFields = [:]) async throws -> TestResponse {
    try await execute(
      uri: path, method: .post, headers: headers, body: ByteBuffer(bytes: body)
    ) { $0 }
  }

  func post(_ path: String, json: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
    try await post(path, Data(json.utf8), headers)
  }

  /// A request on a connection of its own: the server closes one on which it watched for the client to go away.
  func postApart(
    _ path: String, json: String, _ headers: HTTPFields
  ) async throws -> TestClient.Response {
    try await TestClient.withClient(
      host: "localhost", port: #require(port), configuration: .init(timeout: .seconds(120))
    ) {
      try await $0.execute(
        .init(path, method: .post, authority: "localhost", headers: headers, body: ByteBuffer(string: json)))
    }
  }

  func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
    try await execute(uri: path, method: .get, headers: headers) { $0 }
  }

  func openDrawnFace() async throws -> Opened {
    let response = try await post("/api/session/drawn/5")
    #expect(response.status == .created)
    return try response.decoded()
  }

  /// A move of the first face of a session.
  func move(_ session: Opened, edits: String, face: Int = 0) async throws -> TestResponse {
    try await post(
      "/api/session/move", json: #"{"face": \#(face), "edits": [[\#(edits)]]}"#, session.headers)
  }

  /// Expects a request to be refused with a status, a code, and a sentence that ends as one.
  func expect(
    _ response: TestResponse, _ status: HTTPResponse.Status, _ code: String,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    #expect(response.status == status, sourceLocation: location)
    let refusal = try response.decoded(Refusal.self).error
    #expect(refusal.code == code, sourceLocation: location)
    #expect(refusal.sentence.last == ".", sourceLocation: location)
    #expect(refusal.sentence.first?.isLowercase == false, sourceLocation: location)
  }
}

/// A face that the generator draws, as a photo's file with an Exif block.
func drawnPhoto(width: Int, height: Int, seed: UInt64 = 5, exif: Data? = nil) throws -> Image {
  let editor = try studio.get().editor
  var photo = editor.generator.generate(editor.generator.randomCodes(1, seed: seed)[0])
    .resized(width: width, height: height)
  photo.metadata.exif = exif
  return photo
}

/// Photos and the detector's networks, which are no part of the project: the folder that the environment variable
/// `LATENT_SHARED` names, else `../shared` beside the package.
enum Photos {
  static var areAvailable: Bool {
    variables["LATENT_REQUIRE_SHARED"] == "1" || FileManager.default.fileExists(atPath: place.path)
  }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: place.appendingPathComponent("data/photos/\(name)"))
  }

  static func studio() throws -> Studio {
    let detector = try FaceDetector(contentsOf: place.appendingPathComponent("models/mtcnn"))
    return try Studio(editor: .faces(detector: detector), findsFaces: true)
  }

  private static var variables: [String: String] { ProcessInfo.processInfo.environment }

  private static var place: URL {
    if let path = variables["LATENT_SHARED"] { return URL(fileURLWithPath: path, isDirectory: true) }
    // Examples/sliders/Tests/SlidersTests and this file's name are below the root.
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { root.deleteLastPathComponent() }
    return root.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
  }
}
