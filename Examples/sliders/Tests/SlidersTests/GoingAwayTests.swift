import Foundation
import HTTPTypes
import HummingbirdTesting
import LatentArithmetic
import NIOCore
import NIOPosix
import Testing

import sliders

@Suite struct GoingAwayTests {
  /// Sends what begins a request, and closes the connection after the body, which is given the answer's parts.
  private func leave<Value>(
    _ client: some TestClientProtocol, after request: Data,
    _ body: (NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> Value
  ) async throws -> Value {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: #require(client.port)) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { answer, output in
      try await output.write(ByteBuffer(bytes: request))
      return try await body(answer)
    }
  }

  private func head(_ path: String, length: Int, session: String = "") -> Data {
    Data(
      "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nSession: \(session)\r\nContent-Length: \(length)\r\n\r\n"
        .utf8)
  }

  /// Sentences take turns, a step each, so that one that goes on would be found before another that began later.
  @Test func aSentenceEndsWithItsConnection() async throws {
    try await serve { client in
      let session = try await client.openDrawnFace()
      let body = Data(#"{"face": 0, "text": "a smiling face"}"#.utf8)
      let request = head("/api/session/sentence", length: body.count, session: session.id) + body
      try await leave(client, after: request) { answer in
        var heard = ""
        for try await part in answer {
          heard += String(buffer: part)
          if heard.contains(#""step":2"#) { return }
        }
        Issue.record("The answer ends with “\(heard.suffix(200))”.")
      }
      _ = try await client.postApart(
        "/api/session/sentence", json: #"{"face": 0, "text": "an old man"}"#, session.headers)
      let slider = { (text: String) in #"{"text": "\#(text)", "theta": 1, "optimized": true}"# }
      #expect(try await client.move(session, edits: slider("an old man")).status == .ok)
      try client.expect(
        await client.move(session, edits: slider("a smiling face")), .conflict, "not-optimized")
    }
  }

  /// The memory that an upload may take is there for the next when its connection breaks off.
  @Test(.timeLimit(.minutes(5))) func anUploadEndsWithItsConnection() async throws {
    let file = try drawnPhoto(width: 200, height: 200).pngData()
    var limits = Limits()
    limits.uploadBytes = file.count
    let path = "/api/session?framing=whole"
    let half = head(path, length: file.count) + file.prefix(file.count / 2)
    try await serve(limits) { client in
      var status = HTTPResponse.Status.created
      // Which of both comes first is open; the one that waits for its second half has to.
      while status != .serviceUnavailable {
        status = try await leave(client, after: half) { _ in try await client.post(path, file).status }
      }
      while status == .serviceUnavailable { status = try await client.post(path, file).status }
      #expect(status == .created)
    }
  }
}
