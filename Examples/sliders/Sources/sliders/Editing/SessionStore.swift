import Metrics

/// The open sessions, no more of them than a memory, and none unused for longer than an age.
package actor SessionStore {
  private var sessions: [String: (session: Session, lastUse: ContinuousClock.Instant)] = [:]
  private var bytes = 0 { didSet { report() } }
  private let limits: Limits
  private let count = Gauge(label: "sliders.sessions")
  private let memory = Gauge(label: "sliders.session.bytes")
  private let dropped = Counter(label: "sliders.sessions.dropped")

  package init(_ limits: Limits) { self.limits = limits }

  /// Takes a session in, and drops those that were not used for longest until it fits.
  package func open(_ session: Session) {
    removeExpired()
    while bytes + session.size > limits.sessionBytes,
      let oldest = sessions.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      dropped.increment()
      close(oldest.key)
    }
    sessions[session.id] = (session, .now)
    bytes += session.size
  }

  /// The session of an id, which is used with this.
  ///
  /// - Throws: ``ServiceError/sessionEnded``.
  package func session(_ id: String) throws(ServiceError) -> Session {
    removeExpired()
    guard let session = sessions[id]?.session else { throw .sessionEnded }
    sessions[id]?.lastUse = .now
    return session
  }

  /// Ends a session, if there is one of the id.
  package func close(_ id: String) {
    if let (session, _) = sessions.removeValue(forKey: id) { bytes -= session.size }
  }

  /// Ends what was not used for the age that sessions may reach.
  package func removeExpired() {
    for (id, entry) in sessions where entry.lastUse.duration(to: .now) > limits.sessionAge {
      dropped.increment()
      close(id)
    }
  }

  private func report() {
    count.record(sessions.count)
    memory.record(bytes)
  }
}
