import LatentArithmetic
import LatentCore

/// In which order a training sees images, which of them mirrored, and which part of each: a function of the seed and the
/// position alone.
///
/// Positions count images from the start of training. Epoch e is positions e·count ..< (e + 1)·count and is shuffled
/// by its own random stream, so that a resumed training needs no state but its position.
package struct ImageOrder {
  private let count: Int
  private let seed: UInt64
  private let flips: Bool
  private var epoch = -1
  private var indices: [Int] = []
  private var isMirrored: [Bool] = []
  private let smallestCrop: Double

  package init(count: Int, seed: UInt64, flips: Bool, smallestCrop: Double = 1) {
    precondition(count > 0, "A training needs at least one image.")
    self.count = count
    self.seed = seed
    self.flips = flips
    self.smallestCrop = smallestCrop
  }

  /// The index of the image at `position`, whether it is mirrored, and the part of its crop that is shown, a square
  /// within 0...1.
  package mutating func pick(at position: Int) -> (index: Int, isMirrored: Bool, part: Rectangle) {
    let (epoch, place) = position.quotientAndRemainder(dividingBy: count)
    if epoch != self.epoch { shuffle(epoch: epoch) }
    return (indices[place], isMirrored[place], part(at: position))
  }

  private func part(at position: Int) -> Rectangle {
    var random = RandomStream(seed: seed, name: "part \(position)")
    let side = 1 - (1 - smallestCrop) * random.uniform()
    let (x, y) = ((1 - side) * random.uniform(), (1 - side) * random.uniform())
    return Rectangle(x: x, y: y, width: side, height: side)
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
