import Foundation
import LatentArithmetic
import LatentCore
import Synchronization

/// Batches of training images, decoded ahead of use on a thread of its own.
///
/// Each epoch shows every image once, in an order shuffled anew. The batch of step t depends on the images, the
/// seed and t alone, so that a training resumed at step t sees what an uninterrupted one would, bit for bit. At most
/// three batches are in memory besides those handed out. The thread ends when the stream is released.
package final class ImageStream {
  /// The images of one step, or a rank's share of them.
  package struct Batch: Sendable {
    /// [share, size, size, 3], in −1...1.
    package let images: Tensor
    /// Where each image stands in the list that the stream was made of.
    package let indices: [Int]
  }

  private let queue: BatchQueue

  /// Starts to decode the batches from `step` on.
  ///
  /// - Parameters:
  ///   - images: PNG and JPEG files, of which ``Image/trainingCrop(_:size:)`` is shown.
  ///   - framing: How the images are cut out.
  ///   - size: The width and height of a batch's images, in pixels.
  ///   - batch: How many images a batch holds.
  ///   - seed: Different seeds give unrelated orders.
  ///   - flips: Whether every other image, chosen at random, is mirrored.
  ///   - smallestCrop: The smallest share of the crop's side that is shown: each image is a square of a random size from
  ///     there to the whole, in a random place.
  ///   - step: Which batch comes first, counted from 0.
  ///   - share: Which part of each batch is read; all of it where nil.
  ///   - leftOut: Notes the images that cannot be read; in the place of each the next in the list is shown.
  /// - Precondition: There is at least one image, size and batch are positive, and the step is not negative.
  package init(
    images: [URL], framing: Framing, size: Int, batch: Int, seed: UInt64, flips: Bool,
    smallestCrop: Double = 1, startingAt step: Int = 0, share: Range<Int>? = nil,
    leavingOut leftOut: LeftOutImages = LeftOutImages()
  ) {
    precondition(
      size > 0 && batch > 0, "A batch of \(batch) images of \(size)×\(size) pixels cannot be made.")
    precondition(step >= 0, "A training does not start at step \(step).")
    let firstOrder = ImageOrder(count: images.count, seed: seed, flips: flips, smallestCrop: smallestCrop)
    let queue = BatchQueue(capacity: 3)
    self.queue = queue
    // The thread holds the queue but not the stream, so that releasing the stream can end it.
    let thread = Thread {
      var order = firstOrder
      var next = step
      while queue.waitForRoom() {
        let result = Result {
          let picks = (share ?? 0..<batch).map { order.pick(at: next * batch + $0) }
          var indices: [Int] = []
          let images = try picks.map { index, isMirrored, crop in
            let (photo, index) = try Self.photo(from: index, of: images, leavingOut: leftOut)
            indices.append(index)
            let frame = FaceFrame.trained(in: photo, by: framing).part(crop)
            let image = photo.cropped(to: frame, size: size)
            return isMirrored ? image.mirrored() : image
          }
          return Batch(images: Tensor(images), indices: indices)
        }
        queue.append(result)
        guard case .success = result else { return }
        next += 1
      }
    }
    thread.name = "images"
    thread.start()
  }

  /// The first image that can be read from `index` on, around the list's end, and its index.
  ///
  /// Which one stands in for another depends on the files alone, so that a resumed training sees the same.
  private static func photo(
    from index: Int, of images: [URL], leavingOut leftOut: LeftOutImages
  ) throws -> (Image, Int) {
    for offset in 0..<images.count {
      let place = (index + offset) % images.count
      let url = images[place]
      if let photo = try leftOut.reading(url.path, { try Image(contentsOf: url) }) { return (photo, place) }
    }
    // None can be read: the error of the first says why.
    return (try Image(contentsOf: images[index]), index)
  }

  deinit { queue.close() }

  /// Returns the next batch, waiting for it if need be.
  ///
  /// - Throws: ``ImageError`` or ``FileError`` when no image can be read, now and on every later call;
  ///   `CancellationError` when the task is cancelled.
  package func next() throws -> Batch { try queue.takeFirst() }
}

/// What the decoding thread hands over.
private final class BatchQueue: Sendable {
  private struct State {
    var batches: [Result<ImageStream.Batch, any Error>] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  /// Signalled for each place that is free, and on closing.
  private let room = DispatchSemaphore(value: 0)
  /// Signalled for each batch that can be taken.
  private let ready = DispatchSemaphore(value: 0)

  init(capacity: Int) {
    // A semaphore that is released below the value it was made with traps, so it is made with none.
    for _ in 0..<capacity { room.signal() }
  }

  /// Waits until another batch may be made; false when no more are wanted.
  func waitForRoom() -> Bool {
    room.wait()
    return state.withLock { !$0.isClosed }
  }

  func append(_ batch: Result<ImageStream.Batch, any Error>) {
    state.withLock { $0.batches.append(batch) }
    ready.signal()
  }

  /// Waits for the first batch, and leaves a failure where it is, since nothing comes after it.
  func takeFirst() throws -> ImageStream.Batch {
    // Large photos take seconds to decode, and a cancelled task wakes no waiting thread.
    repeat { try Task.checkCancellation() } while ready.wait(timeout: .now() + 0.1) == .timedOut
    let first = state.withLock { state in
      if case .success = state.batches[0] { return state.batches.removeFirst() }
      return state.batches[0]
    }
    switch first {
    case .success: room.signal()
    case .failure: ready.signal()
    }
    return try first.get()
  }

  func close() {
    state.withLock { $0.isClosed = true }
    room.signal()
  }
}
