import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

@Suite struct ImageTests {
  // PNG is lossless: read(write(x)) = x.
  @Test(arguments: [(1, 1), (7, 5), (64, 48), (300, 2)])
  func pngKeepsEveryValue(width: Int, height: Int) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("image.png")
      let image = randomImage(width: width, height: height, seed: 3)
      try image.write(to: url)
      let read = try Image(contentsOf: url)
      #expect(read == image)
      #expect(try Image(data: image.pngData()) == image)
      #expect(try fileNames(in: folder) == ["image.png"])
    }
  }

  // JPEG rounds DCT coefficients; without detail and at quality 95 every value stays within 8 of 255.
  @Test(arguments: ["jpg", "JPEG"])
  func jpegStaysClose(suffix: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("image.\(suffix)")
      let image = smoothImage(width: 61, height: 47, seed: 0)
      try image.write(to: url, quality: 95)
      let read = try Image(contentsOf: url)
      #expect(read.width == 61 && read.height == 47)
      let worst = zip(image.pixels, read.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(try #require(worst) <= 8)
    }
  }

  // The format follows the bytes, not the name.
  @Test func nameDoesNotDecide() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("image.jpg")
      let image = randomImage(width: 5, height: 4, seed: 8)
      try image.pngData().write(to: url)
      #expect(try Image(contentsOf: url) == image)
    }
  }

  @Test func otherFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      let notes = folder.appendingPathComponent("notes.txt")
      try Data("hello".utf8).write(to: notes)
      let error = #expect(throws: ImageError.self) { try Image(contentsOf: notes) }
      #expect(error == .notAnImage(name: "notes.txt", firstBytes: Array("hello".utf8)))
      #expect(error?.description == "“notes.txt” is neither a PNG nor a JPEG image.")
      #expect(error?.localizedDescription == error?.description)

      let empty = folder.appendingPathComponent("empty.png")
      try Data().write(to: empty)
      #expect(throws: ImageError.notAnImage(name: "empty.png", firstBytes: [])) {
        try Image(contentsOf: empty)
      }

      let absent = folder.appendingPathComponent("absent.png")
      #expect(throws: FileError.notFound(path: absent.path)) { try Image(contentsOf: absent) }
      #expect(throws: FileError.self) { try Image(contentsOf: folder) }
    }
  }

  @Test func nothingIsLeftBehind() throws {
    try withTemporaryFolder { folder in
      let image = randomImage(width: 3, height: 3, seed: 1)
      for name in ["image.gif", "image", "png"] {
        #expect(throws: ImageError.unsupportedExtension(name: name)) {
          try image.write(to: folder.appendingPathComponent(name))
        }
      }
      let missing = folder.appendingPathComponent("missing")
      let error = #expect(throws: FileError.self) {
        try image.write(to: missing.appendingPathComponent("a.png"))
      }
      #expect(error?.description == "The folder “\(missing.path)” does not exist.")
      let left = try fileNames(in: folder)
      #expect(left.isEmpty)
    }
  }

  // Tensor(image) is v/127.5 − 1, and images(from:) its inverse, rounding and clamping.
  @Test func tensorRoundTrip() throws {
    let images = [randomImage(width: 6, height: 4, seed: 1), randomImage(width: 6, height: 4, seed: 2)]
    let batch = Tensor(images)
    #expect(batch.shape == [2, 4, 6, 3])
    let expected = images.flatMap(\.pixels).map { Double($0) / 127.5 - 1 }
    #expect(worstError(batch.elements, expected, scale: 1) <= Double(Float.ulpOfOne))
    #expect(Image.images(from: batch) == images)
    #expect(Tensor(images[0]).shape == [1, 4, 6, 3])

    let edge = Tensor(shape: [1, 1, 2, 3], elements: [-1.5, 1.5, .nan, 0, 0.4 / 127.5, -0.6 / 127.5])
    #expect(Image.images(from: edge)[0].pixels == [0, 255, 0, 128, 128, 127])
  }

  // An aligned CelebA photo is cut 148×148 at (15, 40); cutting without resizing copies pixels.
  @Test func framesCutCrops() {
    let celebA = randomImage(width: 178, height: 218, seed: 4)
    let crop = celebA.cropped(to: FaceAlignment.celeba.frameInAlignedCelebA, size: 148)
    #expect((crop.width, crop.height) == (148, 148))
    var equal = true
    for y in 0..<148 {
      for x in 0..<148 * 3 {
        equal = equal && crop.pixels[y * 148 * 3 + x] == celebA.pixels[(y + 40) * 178 * 3 + 45 + x]
      }
    }
    #expect(equal)
    let small = celebA.cropped(to: FaceAlignment.celeba.frameInAlignedCelebA, size: 80)
    #expect(
      small == celebA.cropped(to: Rectangle(x: 15, y: 40, width: 148, height: 148), width: 80, height: 80))

    let wide = randomImage(width: 30, height: 20, seed: 4)
    #expect(
      wide.cropped(to: .centerSquare(of: wide), size: 20)
        == wide.cropped(to: Rectangle(x: 5, y: 0, width: 20, height: 20)))
    let own = randomImage(width: 80, height: 80, seed: 4)
    #expect(own.cropped(to: .whole(of: own), size: 80) == own)
    #expect(own.resized(width: 80, height: 80) == own)
    #expect(own.mirrored().mirrored() == own)
    #expect(Array(own.mirrored().pixels.prefix(3)) == Array(own.pixels[79 * 3..<80 * 3]))
  }

  @Test(.enabled(if: Shared.isAvailable)) func photosAreRead() throws {
    let folder = try Shared.url("data/photos")
    var cases = 0
    for name in try fileNames(in: folder) where name.hasSuffix(".jpg") {
      let image = try Image(contentsOf: folder.appendingPathComponent(name))
      #expect(image.width > 100 && image.height > 100)
      cases += 1
    }
    #expect(cases >= 4)
  }
}
