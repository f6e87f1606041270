import Foundation
import LatentArithmetic
import LatentTraining
import Synchronization
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
      images: urls, framing: .detected(by: .celeba), size: Self.size, batch: 4, seed: seed, flips: flips,
      startingAt: step)
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

  // The next image in the list stands in for one that is damaged or missing, whenever the stream begins; each is told of
  // once, though every epoch asks for it.
  @Test func imagesThatCannotBeReadAreLeftOut() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder)
      let untouched = stream(urls)
      let expected = try (0..<7).flatMap { _ in try untouched.next().indices }.map {
        $0 == 2 || $0 == 3 ? 4 : $0
      }
      try images[2].pngData().prefix(60).write(to: urls[2])
      try FileManager.default.removeItem(at: urls[3])
      let notices = Mutex<[String]>([])
      let leftOut = LeftOutImages { notice in notices.withLock { $0.append(notice) } }
      func indices(from step: Int) throws -> [Int] {
        let stream = ImageStream(
          images: urls, framing: .detected(by: .celeba), size: Self.size, batch: 4, seed: 3, flips: false,
          startingAt: step, leavingOut: leftOut)
        return try (step..<7).flatMap { _ in
          let batch = try stream.next()
          #expect(
            try Image.images(from: batch.images).map { try #require(images.firstIndex(of: $0)) }
              == batch.indices)
          return batch.indices
        }
      }
      #expect(try indices(from: 0) == expected)
      #expect(try indices(from: 3) == Array(expected[12...]))
      leftOut.summarize(of: 7)
      let told = notices.withLock { $0.sorted() }
      #expect(leftOut.count == 2 && told.count == 3)
      #expect(told.contains { $0.contains(urls[2].path) && $0.contains("the file ends too early") })
      #expect(told.contains { $0.contains(urls[3].path) && $0.contains("does not exist") })
      #expect(told.contains("Left out 2 of 7 images, which cannot be read."))
    }
  }

  @Test func aSetWithoutAnImageThatCanBeReadIsRefused() throws {
    try withTemporaryFolder { folder in
      let (urls, _) = try makeImages(in: folder)
      for url in urls { try Data("no image".utf8).write(to: url) }
      let stream = stream(urls)
      for _ in 0..<2 { #expect(throws: ImageError.self) { try stream.next().images } }
    }
  }

  @Test func batchesMayExceedTheSet() throws {
    try withTemporaryFolder { folder in
      let (urls, images) = try makeImages(in: folder, count: 3)
      let stream = ImageStream(
        images: urls, framing: .detected(by: .celeba), size: Self.size, batch: 9, seed: 1, flips: false)
      let shown = Image.images(from: try stream.next().images)
      for image in images { #expect(shown.count { $0 == image } == 3) }
    }
  }

  // MARK: - Parts

  // A part is a square within 0...1; its sides are uniform from the smallest to 1, so that of 4,000 each tenth of the
  // range has 400, and fewer than 300 or more than 500 is beyond 5σ. Where it has room, its corner is uniform, too.
  @Test(arguments: [0.25, 0.75]) func partsSpanTheirRange(smallest: Double) {
    var order = ImageOrder(count: 7, seed: 2, flips: false, smallestCrop: smallest)
    var (sides, places) = ([Int](repeating: 0, count: 10), [[Int]](repeating: [0, 0], count: 2))
    for position in 0..<4000 {
      let part = order.pick(at: position).part
      #expect(part.width == part.height && part.width >= smallest)
      #expect(
        part.x >= 0 && part.y >= 0 && part.x + part.width <= 1 + 1e-15 && part.y + part.height <= 1 + 1e-15)
      sides[min(Int(10 * (part.width - smallest) / (1 - smallest)), 9)] += 1
      for (axis, corner) in [part.x, part.y].enumerated() {
        places[axis][2 * corner < 1 - part.width ? 0 : 1] += 1
      }
    }
    #expect(sides.allSatisfy { (300...500).contains($0) }, "\(sides)")
    #expect(places.joined().allSatisfy { (1800...2200).contains($0) }, "\(places)")
  }

  @Test func theWholeIsShownWhereNoPartIsAskedFor() {
    var order = ImageOrder(count: 7, seed: 2, flips: true)
    for position in 0..<100 {
      #expect(order.pick(at: position).part == Rectangle(x: 0, y: 0, width: 1, height: 1))
    }
  }

  // The part is a function of seed and position: neither of what was picked before, nor of how many images there are.
  @Test func thePositionAloneDecidesThePart() {
    func parts(_ positions: [Int], seed: UInt64 = 2, count: Int = 7) -> [Rectangle] {
      var order = ImageOrder(count: count, seed: seed, flips: false, smallestCrop: 0.5)
      return positions.map { order.pick(at: $0).part }
    }
    let whole = parts(Array(0..<40))
    #expect(parts(Array(23..<40)) == Array(whole[23...]))
    #expect(parts((0..<40).reversed()) == whole.reversed())
    #expect(parts(Array(0..<40), count: 3) == whole)
    #expect(Set(whole.map(\.width)).count == 40)
    #expect(zip(parts(Array(0..<40), seed: 3), whole).allSatisfy { $0 != $1 })
  }

  // What a batch shows of an aligned photo: of the square that its alignment cuts out, that part.
  @Test(arguments: [
    (FaceAlignment.celeba, Rectangle(x: 15, y: 40, width: 148, height: 148)),
    (.celebaWide, Rectangle(x: 0, y: 20, width: 178, height: 178)),
  ]) func partsAreOfTheAlignedFace(alignment: FaceAlignment, square: Rectangle) throws {
    try withTemporaryFolder { folder in
      let photos = (0..<3).map { randomImage(width: 178, height: 218, seed: UInt64($0) + 1) }
      let urls = photos.indices.map { folder.appendingPathComponent("\($0).png") }
      for (url, photo) in zip(urls, photos) { try photo.write(to: url) }
      for smallest in [1.0, 0.5] {
        func stream(from step: Int) -> ImageStream {
          ImageStream(
            images: urls, framing: .detected(by: alignment), size: 20, batch: 4, seed: 5, flips: true,
            smallestCrop: smallest, startingAt: step)
        }
        var order = ImageOrder(count: 3, seed: 5, flips: true, smallestCrop: smallest)
        let (whole, resumed) = (stream(from: 0), stream(from: 2))
        for step in 0..<4 {
          let batch = try whole.next()
          let expected = (4 * step..<4 * step + 4).map { position in
            let (index, isMirrored, part) = order.pick(at: position)
            let rectangle = Rectangle(
              x: square.x + part.x * square.width, y: square.y + part.y * square.height,
              width: part.width * square.width, height: part.height * square.height)
            let crop = photos[index].cropped(to: FaceFrame(smallest == 1 ? square : rectangle), size: 20)
            return isMirrored ? crop.mirrored() : crop
          }
          #expect(Image.images(from: batch.images) == expected, "\(smallest) \(step)")
          if step >= 2 { #expect(try resumed.next().images == batch.images) }
        }
      }
    }
  }
}
