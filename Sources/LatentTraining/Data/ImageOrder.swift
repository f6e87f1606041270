import LatentCore

/// In which order a training sees images, and which of them mirrored: a function of the seed and the position alone.
///
/// Positions count images from the start of training. Epoch e is positions e·count ..< (e + 1)·count and is shuffled
/// by its own random stream, so that a resumed training needs no state but its position.
struct ImageOrder {
  private let count: Int
  private let seed: UInt64
  private let flips: Bool
  private var epoch = -1
  private var indices: [Int] = []
  private var isMirrored: [Bool] = []

  init(count: Int, seed: UInt64, flips: Bool) {
    precondition(count > 0, "A training needs at least one image.")
    self.count = count
    self.seed = seed
    self.flips = flips
  }

  /// The index of the image at `position`, and whether it is mirrored.
  mutating func pick(at position: Int) -> (index: Int, isMirrored: Bool) {
    let (epoch, place) = position.quotientAndRemainder(dividingBy: count)
    if epoch != self.epoch { shuffle(epoch: epoch) }
    return (indices[place], isMirrored[place])
  }

  /// Shuffles by Fisher and Yates's algorithm, written out since the standard library's may change its draws.
  private mutating func shuffle(epoch: Int) {
    var random = RandomStream(seed: seed, name: "pictures of epoch \(epoch)")
    indices = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      indices.swapAt(last, random.index(below: last + 1))
    }
    isMirrored = indices.map { _ in flips && random.next() >> 63 == 1 }
    self.epoch = epoch
  }
}
