import LatentCore

extension WordVectors {
  /// A word and how close its vector is to another.
  public struct Neighbor: Sendable, Equatable {
    /// The word.
    public let word: String
    /// The cosine of the angle between the two vectors, −1 … 1.
    public let cosine: Float
  }

  /// Returns the words whose vectors point most nearly as `vector` does, the nearest first.
  ///
  /// - Parameters:
  ///   - vector: Any vector of ``dimension`` values.
  ///   - count: How many words to return at most.
  /// - Returns: The nearest words by cosine; of equally near ones the more frequent comes first.
  /// - Precondition: The vector has ``dimension`` values, and the count is not negative.
  public func nearest(to vector: [Float], count: Int) -> [Neighbor] {
    precondition(
      vector.count == dimension, "A vector here has \(dimension) values, not \(vector.count).")
    let best = image.withRows(words.indices) { rows in
      vector.withUnsafeBufferPointer { vector in
        let length = Self.dot(vector, vector).squareRoot()
        var best = Best<Float>(limit: count)
        for position in 0..<self.count {
          let start = position * dimension
          let row = UnsafeBufferPointer(rebasing: rows[start..<start + dimension])
          let scale = length * Self.dot(row, row).squareRoot()
          let cosine = scale == 0 ? 0 : Self.dot(vector, row) / scale
          // A damaged file may hold no numbers, which no order has a place for.
          if cosine.isFinite { best.offer(position, rank: -cosine) }
        }
        return best
      }
    }
    return best.entries.map { Neighbor(word: words[$0.position], cosine: -$0.rank) }
  }

  /// Returns the words most like `word`, itself left out, the nearest first.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)`` when the word has no vector.
  package func nearest(to word: String, count: Int) throws(WordVectorsError) -> [Neighbor] {
    guard let own = position(of: word) else { throw .unknownWord(word, suggestions: suggestions(for: word)) }
    let vector = image.withRows(own..<own + 1) { Array($0) }
    return Array(nearest(to: vector, count: count + 1).filter { $0.word != words[own] }.prefix(count))
  }

  /// Returns the words spelt most like one that is not known.
  ///
  /// The distance counts letters to insert, remove or replace and neighbors to exchange. Words beyond `distance`, or where
  /// it is left out at more than half the unknown word's length, are no suggestions. Of equally near words the more frequent
  /// comes first.
  package func suggestions(for unknown: String, count: Int = 3, within distance: Int? = nil) -> [String] {
    let target = Array(unknown.lowercased().unicodeScalars)
    var limit = distance ?? target.count / 2
    var best = Best<Int>(limit: count)
    for position in words.indices {
      // Every scalar has one byte that does not continue another, which saves making a string of each word.
      let length = image.withWord(position) { $0.count { $0 & 0xC0 != 0x80 } }
      guard abs(length - target.count) <= limit else { continue }
      let distance = Self.editDistance(target, Array(words[position].unicodeScalars))
      guard distance <= limit else { continue }
      best.offer(position, rank: distance)
      if let worst = best.worst { limit = worst - 1 }
    }
    return best.entries.map { words[$0.position] }
  }

  private static func dot(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Float {
    var sum: Float = 0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  /// The restricted Damerau–Levenshtein distance (optimal string alignment).
  private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var distance = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          distance = min(distance, beforeLast[j - 1] + 1)
        }
        row.append(distance)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}

/// The few positions of least rank among many, the first offered first where ranks are equal.
private struct Best<Rank: Comparable> {
  let limit: Int
  private(set) var entries: [(position: Int, rank: Rank)] = []

  init(limit: Int) {
    precondition(limit >= 0, "The number of words to return cannot be \(limit).")
    self.limit = limit
  }

  /// The rank to beat, once there are as many entries as asked for.
  var worst: Rank? { entries.count == limit ? entries.last?.rank : nil }

  mutating func offer(_ position: Int, rank: Rank) {
    if let worst, !(rank < worst) { return }
    let place = entries.firstIndex { rank < $0.rank } ?? entries.endIndex
    entries.insert((position, rank), at: place)
    if entries.count > limit { entries.removeLast() }
  }
}
