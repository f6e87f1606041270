import Foundation
import LatentCore

/// Batches of training pictures, decoded ahead of use by a thread of its own.
///
/// Every epoch visits the pictures in a new order, leaving out what does not fill a batch. Order and mirroring are
/// functions of the seed and the step alone, so a stream that starts at step t gives what one that came there gives.
/// At most three batches are held, however many pictures there are.
package final class PictureStream: Sendable {
  private let feed: BatchFeed

  /// Opens the stream of `pictures` at a step and begins to decode.
  ///
  /// - Precondition: There are at least as many pictures as a batch takes.
  package init(pictures: [URL], size: Int, batch: Int, seed: UInt64, flips: Bool, startingAt step: Int) {
    precondition(pictures.count >= batch, "A batch of \(batch) cannot be drawn from \(pictures.count) pictures.")
    let feed = BatchFeed()
    self.feed = feed
    let schedule = PictureSchedule(count: pictures.count, batch: batch, seed: seed, flips: flips)
    let thread = Thread {
      var step = step
      var isWanted = true
      while isWanted {
        let choices = schedule.choices(at: step)
        isWanted = feed.put(Result { try Self.load(choices, of: pictures, size: size) })
        step += 1
      }
    }
    thread.name = "picture stream"
    thread.start()
  }

  deinit { feed.close() }

  /// The next batch, [batch, size, size, 3] in −1...1.
  ///
  /// - Throws: ``ImageError`` or `FileError` that names the picture.
  package func next() throws -> Tensor { try feed.take().get() }

  private static func load(
    _ choices: [PictureSchedule.Choice], of pictures: [URL], size: Int
  ) throws -> Tensor {
    Tensor(
      try choices.map { choice in
        let face = try Image(contentsOf: pictures[choice.picture]).faceCrop(size: size)
        return choice.isMirrored ? face.mirrored() : face
      })
  }
}

/// Which pictures a step sees.
private struct PictureSchedule: Sendable {
  struct Choice {
    let picture: Int
    let isMirrored: Bool
  }

  let count: Int
  let batch: Int
  let seed: UInt64
  let flips: Bool

  func choices(at step: Int) -> [Choice] {
    let stepsPerEpoch = count / batch
    let (epoch, position) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    var orderStream = RandomStream(seed: seed, name: "order \(epoch)")
    let order = Array(0..<count).shuffled(using: &orderStream)
    var mirrorStream = RandomStream(seed: seed, name: "mirror \(step)")
    return order[position * batch..<(position + 1) * batch].map { picture in
      Choice(picture: picture, isMirrored: flips && mirrorStream.next() & 1 == 1)
    }
  }
}

/// A short queue between the decoding thread and the training.
private final class BatchFeed: @unchecked Sendable {
  private static let capacity = 3

  private let condition = NSCondition()
  private var batches: [Result<Tensor, any Error>] = []
  private var isClosed = false

  /// Waits for room and adds a batch; returns whether more are wanted.
  func put(_ batch: Result<Tensor, any Error>) -> Bool {
    condition.withLock {
      while batches.count >= Self.capacity, !isClosed { condition.wait() }
      batches.append(batch)
      condition.signal()
      return !isClosed
    }
  }

  /// Waits for a batch and takes it.
  func take() -> Result<Tensor, any Error> {
    condition.withLock {
      while batches.isEmpty { condition.wait() }
      defer { condition.signal() }
      return batches.removeFirst()
    }
  }

  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }
}
