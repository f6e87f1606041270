import Foundation
import Hummingbird
import Logging
import Metrics
import ServiceLifecycle

/// The server of the page and of what it asks for.
package struct Service: Sendable {
  private let studio: Studio
  private let limits: Limits
  private let metrics: PrometheusMetrics
  private let page: URL

  /// - Throws: ``PageMissing`` when the program was moved without its resources.
  package init(_ studio: Studio, limits: Limits = Limits(), metrics: PrometheusMetrics) throws {
    (self.studio, self.limits, self.metrics) = (studio, limits, metrics)
    page = try Page.folder()
  }

  /// The application, to be run until a signal ends it.
  ///
  /// - Parameters:
  ///   - port: Where it listens on 127.0.0.1; 0 takes any.
  ///   - logger: Where it logs.
  ///   - isServing: Called with the port when it does.
  /// - Returns: The application, with sessions of its own.
  package func application(
    port: Int, logger: Logger, isServing: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> some ApplicationProtocol {
    let sessions = SessionStore(limits)
    return Application(
      router: router(sessions, logger),
      server: .http1(configuration: .init(idleTimeout: .seconds(limits.silence.components.seconds))),
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: port),
        availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
      services: [Sweeper(sessions: sessions)],
      onServerRunning: { isServing($0.localAddress?.port ?? port) }, logger: logger)
  }

  private func router(_ sessions: SessionStore, _ logger: Logger) -> Router<BasicRequestContext> {
    let router = Router()
    router.addMiddleware {
      LogRequestsMiddleware(.debug)
      MetricsMiddleware()
      SecurityMiddleware()
      ErrorMiddleware(limits: limits)
      OwnPageMiddleware()
      FileMiddleware(page.path, searchForIndexHtml: true, logger: logger)
    }
    router.get("health") { _, _ in ["status": "ok"] }
    router.get("metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
    }
    let uploads = UploadBudget(bytes: limits.uploadBytes)
    Routes(studio: studio, sessions: sessions, limits: limits, uploads: uploads)
      .add(to: router.group("api"))
    return router
  }
}

/// Ends old sessions once a minute until the server stops.
private struct Sweeper: ServiceLifecycle.Service {
  let sessions: SessionStore

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: .seconds(60))
        await sessions.removeExpired()
      }
    }
  }
}
