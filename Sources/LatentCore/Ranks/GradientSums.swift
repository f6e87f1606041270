import Dispatch
import Synchronization

/// Sums over the ranks of what a backward pass finds, one tensor after the other, made while the pass goes on.
///
/// Tensors are sent in buckets, since many short messages take longer than a long one, and by a thread that waits for them
/// instead of the pass. Each bucket is summed in the tree that ``BatchShare`` describes.
struct GradientSums {
  /// How many numbers make a bucket, one of 4 MiB: long enough for its speed to be the network's, and there are several
  /// of them in a pass.
  private static let bucketSize = 1 << 20

  private let ranks: RankGroup
  private var tensors: [Tensor] = []
  private var buckets: [Bucket] = []
  /// The tensors from here on are in no bucket yet, and so many numbers.
  private var (sent, waiting) = (0, 0)

  init(over ranks: RankGroup) { self.ranks = ranks }

  /// Hands in a tensor; all ranks hand in tensors of the same shapes in the same order.
  mutating func add(_ tensor: Tensor) {
    tensors.append(tensor)
    waiting += tensor.count
    if waiting >= Self.bucketSize { send() }
  }

  /// The sums, in the order in which tensors were handed in.
  consuming func finished() -> [Tensor] {
    if ranks.count == 1 { return tensors }
    if waiting > 0 { send() }
    let values = buckets.map { $0.wait() }
    var (bucket, place) = (0, 0)
    return tensors.map { tensor in
      if place == values[bucket].count { (bucket, place) = (bucket + 1, 0) }
      defer { place += tensor.count }
      return Tensor(shape: tensor.shape, elements: values[bucket][place..<place + tensor.count])
    }
  }

  private mutating func send() {
    if ranks.count > 1 { buckets.append(Bucket(tensors[sent...], over: ranks)) }
    (sent, waiting) = (tensors.count, 0)
  }
}

/// Numbers that are being summed.
private final class Bucket: Sendable {
  private let values: Mutex<[Float]>
  private let done = DispatchGroup()

  init(_ tensors: ArraySlice<Tensor>, over ranks: RankGroup) {
    values = Mutex(tensors.flatMap(\.elements))
    RankGroup.sending.async(group: done) { [self] in
      values.withLock { ranks.sum(&$0) }
    }
  }

  func wait() -> [Float] {
    done.wait()
    return values.withLock { $0 }
  }
}
