import Foundation

/// What a checkpoint must agree with before a run goes on from it: JSON, with the version of the training's recipe.
///
/// The first version has no number, so that checkpoints of the first release agree.
package enum RunIdentity {
  /// An identity of texts by name.
  package static func json(_ parts: [String: String], version: Int) -> String {
    var parts = parts
    parts["version"] = written(version).map { "\($0)" }
    return parts.json
  }

  /// The version of an identity; 1 where there is none.
  static func version(of identity: String) -> Int {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(identity.utf8)) else { return 1 }
    return stored.version
  }

  /// How a version is written: the first is not.
  static func written(_ version: Int) -> Int? { version == 1 ? nil : version }

  /// Whether two identities of trainings on images agree in all but how many images there were, which images that came or
  /// went in between change.
  package static func isSameButImages(_ first: String, _ second: String) -> Bool {
    func other(_ identity: String) -> String { identity.replacing(/"pictures":[0-9]+,?/, with: "") }
    return other(first) == other(second)
  }

  private struct Stored: Decodable {
    let version: Int

    private enum CodingKeys: CodingKey { case version }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      // A number in a record's identity, a text among texts.
      version =
        try (try? container.decode(Int.self, forKey: .version))
        ?? Int(container.decode(String.self, forKey: .version)) ?? 1
    }
  }
}
