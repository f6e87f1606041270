import Hummingbird
import HTTPTypes

/// Answers every error with one kind of JSON, and logs those that are the service's own fault.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
  let limits: Limits

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let known = ServiceError(error, limits)
      if known == nil {
        context.logger.error("Internal error", metadata: ["error": "\(error)"])
      }
      let shown =
        known
        ?? ServiceError(
          status: .internalServerError, code: "internal", sentence: "The server failed; its log tells why.")
      var response = try context.responseEncoder.encode(["error": shown], from: request, context: context)
      response.status = shown.status
      return response
    }
  }
}

/// Refuses what this server's page never asks for.
///
/// That is what another site's page asks for; what was sent to another name, since a name that is made to point here would pass
/// for the same origin; and paths with escaped characters.
struct OwnPageMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let host = request.head.authority ?? ""
    let name = host.hasSuffix("]") ? host : host.split(separator: ":").first.map(String.init) ?? ""
    guard ["127.0.0.1", "localhost"].contains(name) else { throw ServiceError.foreign }
    if let origin = request.headers[.origin], origin != "http://\(host)" { throw ServiceError.foreign }
    if let site = request.headers[.fetchSite], !["same-origin", "none"].contains(site) {
      throw ServiceError.foreign
    }
    guard !request.uri.path.contains("%") else { throw HTTPError(.notFound) }
    return try await next(request, context)
  }
}

/// Lets a page load nothing of other hosts, keeps it out of others' frames, and its answers out of caches.
struct SecurityMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}

extension HTTPField.Name {
  private static func named(_ name: String) -> Self {
    guard let field = Self(name) else { preconditionFailure("\(name) is no name of a header.") }
    return field
  }

  /// Which session a request is about: not a part of the path, so that no log holds it.
  package static let session = named("Session")
  package static let fetchSite = named("Sec-Fetch-Site")
  static let referrerPolicy = named("Referrer-Policy")
  static let crossOriginResourcePolicy = named("Cross-Origin-Resource-Policy")
}
