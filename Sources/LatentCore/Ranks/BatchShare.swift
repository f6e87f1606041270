/// How the batch of a step lies on the ranks of a group, and in which order sums over it are added.
///
/// What is wanted, the most important first:
///
/// 1. The same bits for any number of ranks and of threads. So a batch is cut into slices whose number depends on the batch
///    alone. A sum is made for each slice, and the slices' sums are added in pairs, the pairs' in pairs, and so on. A rank
///    has neighboring slices, whose sums are a subtree; the ranks' sums are the rest of the tree.
/// 2. One way for one rank and for many: a rank by itself has all slices and adds the same tree.
///
/// Rejected: a network run slice by slice, which batch normalization would have to join at each layer; sums that are exact,
/// so that their order is of no account, which take a wider number for each of a gradient's.
package struct BatchShare: Sendable {
  /// Who has the other parts of the batch.
  package let ranks: RankGroup
  /// Into how many slices the whole batch is cut, a power of two.
  package let slices: Int

  /// A batch that nobody else has a part of, summed as one.
  package static let whole = BatchShare(ranks: .alone, slices: 1)

  /// - Precondition: The number of slices is a power of two, and a multiple of the number of ranks.
  package init(ranks: RankGroup, slices: Int) {
    precondition(
      slices > 0 && slices & (slices - 1) == 0 && slices % ranks.count == 0,
      "A batch of \(slices) slices cannot be shared by \(ranks.count) ranks.")
    (self.ranks, self.slices) = (ranks, slices)
  }

  /// The number of slices that batches of these sizes, which are cut alike, are summed in: four, and where the smallest holds
  /// more than 64 images, a slice for each four of them; fewer where they would not be equal.
  ///
  /// So a batch that one machine makes is cut for up to four ranks, at hardly any cost, and a large one for many.
  package static func slices(of batches: Int...) -> Int {
    let smallest = batches.min() ?? 1
    var slices = 1
    while slices < max(4, smallest > 64 ? smallest / 4 : 4),
      batches.allSatisfy({ $0 % (2 * slices) == 0 })
    {
      slices *= 2
    }
    return slices
  }

  /// How many slices lie here.
  package var ownSlices: Int { slices / ranks.count }

  /// How long a whole batch is of which `rows` lie here.
  package func whole(_ rows: Int) -> Int { rows * ranks.count }

  /// Which of a whole batch's rows lie here.
  ///
  /// - Precondition: The batch can be cut into the slices.
  package func own(of rows: Int) -> Range<Int> {
    let count = cut(rows, slices) * ownSlices
    return ranks.rank * count..<(ranks.rank + 1) * count
  }

  /// The slices of the rows that lie here.
  ///
  /// - Precondition: The rows can be cut into them.
  package func slices(ofOwn rows: Int) -> [Range<Int>] {
    let length = cut(rows, ownSlices)
    return (0..<ownSlices).map { $0 * length..<($0 + 1) * length }
  }

  private func cut(_ rows: Int, _ slices: Int) -> Int {
    precondition(rows % slices == 0, "\(rows) rows cannot be cut into \(slices) slices.")
    return rows / slices
  }

  /// Batches as one, each of whose slices is theirs one behind the other.
  package func joined(_ batches: [Tensor]) -> Tensor {
    let cuts = batches.map { slices(ofOwn: $0.shape[0]) }
    return .concatenated(
      (0..<ownSlices).flatMap { slice in zip(batches, cuts).map { $0.part($1[slice]) } })
  }

  /// Where in a joined batch of `rows` rows the `count` of the first lie.
  package func places(ofFirst count: Int, in rows: Int) -> [Int] {
    zip(slices(ofOwn: rows), slices(ofOwn: count)).flatMap { joined, first in
      joined.lowerBound..<joined.lowerBound + first.count
    }
  }

  /// The whole batch, of which `own` lies here.
  package func gathered(_ own: Tensor) -> Tensor {
    let parts = ranks.gather(own.withElements { Array(UnsafeRawBufferPointer($0)) })
    return .concatenated(
      parts.map { part in
        Tensor(shape: own.shape, elements: part.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
      })
  }

  // MARK: - Sums

  /// Sums over the whole batch, of which `part` makes those over some of the rows that lie here.
  package func sum(rows: Int, _ part: (Range<Int>) -> [Double]) -> [Double] {
    ranks.sum(
      ownSum(rows: rows, part) { sum, other in
        for index in sum.indices { sum[index] += other[index] }
      })
  }

  /// The sum over the rows that lie here: this rank's part of the tree.
  func ownSum<Sum>(rows: Int, _ part: (Range<Int>) -> Sum, add: (inout Sum, Sum) -> Void) -> Sum {
    func tree(_ slices: ArraySlice<Range<Int>>) -> Sum {
      guard slices.count > 1 else { return part(slices[slices.startIndex]) }
      let middle = slices.startIndex + slices.count / 2
      var sum = tree(slices[..<middle])
      add(&sum, tree(slices[middle...]))
      return sum
    }
    return tree(slices(ofOwn: rows)[...])
  }
}
