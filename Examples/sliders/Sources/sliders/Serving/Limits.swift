/// What the service takes, keeps and waits for.
package struct Limits: Sendable {
  /// The most bytes of a photo's file.
  package var photoBytes = 32 << 20
  /// The most pixels of a photo.
  package var photoPixels = 40_000_000
  /// The most bytes of photos that are being uploaded at one time.
  package var uploadBytes = 256 << 20
  /// The most bytes of any other request.
  package var requestBytes = 64 << 10
  /// The most bytes of all sessions.
  package var sessionBytes = 512 << 20
  /// How long a session is kept unused.
  package var sessionAge = Duration.seconds(30 * 60)
  /// The most connections at one time; more wait to be accepted.
  package var connections = 512
  /// How long a connection may be silent within a request, or between two.
  package var silence = Duration.seconds(60)

  package init() {}
}
