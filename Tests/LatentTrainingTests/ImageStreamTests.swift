import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

@Suite struct ImageStreamTests {
  private static let size = 6

  /// Seven PNG images of the network's size, so that a batch shows their very pixels.
  private func makeImages(in folder: URL, count: Int = 7) throws -> (urls: [URL], images: [Image]) {
    let images = (0..<count).map { randomImage(width: Self.size, height: Self.size, seed: UInt64($0) + 1) }
    let urls = images.indices.map { folder.appendingPathComponent("\($0).png") }
    for (url, image) in zip(urls, images) { try image.write(to: url) }
    return (urls, images)
  }

  private func stream(_ urls: [URL], seed: UInt64 = 3, flips: Bool = false, from step: Int = 0)
    -> ImageStream
  {
    ImageStream(
      images: urls, alignment: .celeba, size: Self.size, batch: 4, seed: seed, flips: flips, startingAt: step)
  }

  // Each epoch is a permutation: in 7 batches of 4 of 7 images, each seven in a row are all of them.
  @Test func everyEpochShowsEveryImageOnce() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder)
      let stream = stream(urls)
      var shown: [Int] = []
      for _ in 0..<7 {
        let batch = try stream.next()
        #expect(batch.images.shape == [4, Self.size, Self.size, 3])
        let indices = try Image.images(from: batch.images).map { try #require(images.firstIndex(of: $0)) }
        #expect(indices == batch.indices)
        shown += indices
      }
      let epochs = (0..<4).map { Array(shown[$0 * 7..<($0 + 1) * 7]) }
      for epoch in epochs { #expect(epoch.sorted() == Array(0..<7)) }
      #expect(Set(epochs).count > 1)
    }
  }

  // batch(t) is a function of (seed, t): a stream started at t goes on as one started at 0.
  @Test(arguments: [1, 2, 5, 9]) func resumingChangesNothing(step: Int) throws {
    try withTemporaryFolder { folder in
      let (urls, _) = try makeImages(in: folder)
      let whole = stream(urls, flips: true)
      let resumed = stream(urls, flips: true, from: step)
      for _ in 0..<step { _ = try whole.next() }
      for _ in 0..<6 { #expect(try whole.next().images == resumed.next().images) }
      let other = stream(urls, seed: 4, flips: true, from: step)
      let same = stream(urls, flips: true, from: step)
      var differs = false
      for _ in 0..<4 where try other.next().images != same.next().images { differs = true }
      #expect(differs)
    }
  }

  // Mirroring hits images at random with probability 1/2: of 400, fewer than 140 or more than 260 is beyond 6σ.
  @Test func aboutHalfIsMirrored() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder)
      let stream = stream(urls, flips: true)
      let mirrored = images.map { $0.mirrored() }
      var count = 0
      for _ in 0..<100 {
        for image in try Image.images(from: stream.next().images) {
          if mirrored.contains(image) {
            count += 1
          } else {
            #expect(images.contains(image))
          }
        }
      }
      #expect((140...260).contains(count))
    }
  }

  @Test func damagedImageIsNamed() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder)
      try images[2].pngData().prefix(60).write(to: urls[2])
      let stream = stream(urls)
      // Two batches of 4 show all 7 images.
      let error = #expect(throws: ImageError.self) {
        for _ in 0..<2 { _ = try stream.next().images }
      }
      #expect(error == .damaged(name: "2.png", reason: "the file ends too early"))
      #expect(throws: ImageError.self) { try stream.next().images }
    }
  }

  @Test func batchesMayExceedTheSet() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder, count: 3)
      let stream = ImageStream(
        images: urls, alignment: .celeba, size: Self.size, batch: 9, seed: 1, flips: false)
      let shown = Image.images(from: try stream.next().images)
      for image in images { #expect(shown.count { $0 == image } == 3) }
    }
  }
}
