/// The names closest to one that was not found, for the sentence of an error.
package enum NearestNames {
  /// The `limit` names with the least Levenshtein distance to `name`, nearest first, ties in alphabetical order.
  package static func nearest(to name: String, in names: some Sequence<String>, limit: Int = 3) -> [String] {
    let target = Array(name.utf8.prefix(longest))
    let ranked = names.map { (distance: distance(target, Array($0.utf8.prefix(longest))), name: $0) }
    return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
  }

  /// Names come from files: an absurdly long one must not cost quadratic time.
  private static let longest = 256

  /// How many insertions, deletions and substitutions turn `a` into `b`, by Wagner and Fischer's recurrence.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}
