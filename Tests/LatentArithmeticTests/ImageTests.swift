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
      let url = folder.appendingPathComponent("picture.png")
      let image = randomImage(width: width, height: height, seed: 3)
      try image.write(to: url)
      let read = try Image(contentsOf: url)
      #expect(read == image)
      #expect(try Image(data: image.pngData()) == image)
      #expect(try fileNames(in: folder) == ["picture.png"])
    }
  }

  // JPEG rounds DCT coefficients; without detail and at quality 95 every value stays within 8 of 255.
  @Test(arguments: ["jpg", "JPEG"])
  func jpegStaysClose(suffix: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("picture.\(suffix)")
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
      let url = folder.appendingPathComponent("picture.jpg")
      let image = randomImage(width: 5, height: 4, seed: 8)
      try image.pngData().write(to: url)
      #expect(try Image(contentsOf: url) == image)
    }
  }

  // Every proper prefix of a file is damaged, or no picture while its signature is cut.
  @Test(arguments: [true, false])
  func everyCutThrows(png: Bool) throws {
    let image = randomImage(width: 19, height: 13, seed: 5)
    let whole = try png ? image.pngData() : image.jpegData(quality: 80)
    _ = try Image(data: whole)
    var cases = 0
    for length in 0..<whole.count {
      cases += 1
      #expect(throws: ImageError.self, "cut at \(length) of \(whole.count)") {
        try Image(data: whole.prefix(length))
      }
    }
    #expect(cases > 500)
  }

  // A flipped byte may go unseen in a JPEG, but nothing crashes, and a PNG's checksums see it in the pixels.
  @Test func damagedBytesNeverCrash() throws {
    let image = randomImage(width: 19, height: 13, seed: 6)
    var png = try image.pngData()
    for offset in stride(from: 8, to: png.count, by: 7) {
      png[offset] ^= 0x55
      #expect(throws: ImageError.self, "byte \(offset)") { try Image(data: png) }
      png[offset] ^= 0x55
    }
    var jpeg = try image.jpegData()
    var read = 0
    for offset in 2..<jpeg.count {
      jpeg[offset] ^= 0x55
      if (try? Image(data: jpeg)) != nil { read += 1 }
      jpeg[offset] ^= 0x55
    }
    #expect(read < jpeg.count)
  }

  @Test func otherFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      let notes = folder.appendingPathComponent("notes.txt")
      try Data("hello".utf8).write(to: notes)
      let error = #expect(throws: ImageError.self) { try Image(contentsOf: notes) }
      #expect(error == .notAnImage(name: "notes.txt", firstBytes: Array("hello".utf8)))
      #expect(error?.description == "“notes.txt” is neither a PNG nor a JPEG picture.")
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
      for name in ["picture.gif", "picture", "png"] {
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

  // The limit is checked before memory is taken: this header announces 30000×30000 pixels.
  @Test func hugePicturesAreRefused() throws {
    let header: [UInt8] =
      [0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0]
    let checksum: [UInt8] = crc32(header.dropFirst(4))
    let bytes: [UInt8] =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + header + checksum + [0, 0, 0, 0] + Array("IDAT".utf8)
      + crc32(Array("IDAT".utf8))
    let error = #expect(throws: ImageError.self) { try Image(data: Data(bytes), name: "huge.png") }
    #expect(try #require(error?.description).contains("30000×30000"))
  }

  // Exif orientation o maps the stored picture to the upright one: for 6 (camera turned left), the stored left
  // column is the upright top row, from bottom to top.
  @Test func exifOrientationIsHonoured() throws {
    // Blocks of 8×8 pixels of one colour survive JPEG: a is top left, b top right, c bottom left, d bottom right.
    let colours: [[UInt8]] = [[230, 30, 30], [30, 200, 40], [40, 50, 220], [220, 210, 60]]
    var pixels: [UInt8] = []
    for y in 0..<16 { for x in 0..<32 { pixels += colours[(y / 8) * 2 + x / 16] } }
    let jpeg = try Image(width: 32, height: 16, pixels: pixels).jpegData(quality: 95)
    // Corners of the upright picture, in reading order, by the definition of each value.
    let upright: [Int: [Int]] = [
      1: [0, 1, 2, 3], 2: [1, 0, 3, 2], 3: [3, 2, 1, 0], 4: [2, 3, 0, 1],
      5: [0, 2, 1, 3], 6: [2, 0, 3, 1], 7: [3, 1, 2, 0], 8: [1, 3, 0, 2],
    ]
    for isLittleEndian in [true, false] {
      for (value, corners) in upright {
        let image = try Image(data: withOrientation(UInt8(value), jpeg, isLittleEndian: isLittleEndian))
        #expect((image.width, image.height) == (value >= 5 ? (16, 32) : (32, 16)))
        let places = [
          (0, 0), (image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1),
        ]
        for (place, corner) in zip(places, corners) {
          let start = (place.1 * image.width + place.0) * 3
          for channel in 0..<3 {
            #expect(
              abs(Int(image.pixels[start + channel]) - Int(colours[corner][channel])) <= 12,
              "orientation \(value), corner \(place)")
          }
        }
      }
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

  // A CelebA picture is cut 148×148 at (15, 40); cutting without resizing copies pixels.
  @Test func faceCrops() {
    let celebA = randomImage(width: 178, height: 218, seed: 4)
    let crop = celebA.faceCrop(size: 148)
    #expect((crop.width, crop.height) == (148, 148))
    var equal = true
    for y in 0..<148 {
      for x in 0..<148 * 3 {
        equal = equal && crop.pixels[y * 148 * 3 + x] == celebA.pixels[(y + 40) * 178 * 3 + 45 + x]
      }
    }
    #expect(equal)
    let small = celebA.faceCrop(size: 80)
    #expect(
      small == celebA.cropped(to: Rectangle(x: 15, y: 40, width: 148, height: 148), width: 80, height: 80))

    let wide = randomImage(width: 30, height: 20, seed: 4)
    #expect(wide.faceCrop(size: 20) == wide.cropped(to: Rectangle(x: 5, y: 0, width: 20, height: 20)))
    let own = randomImage(width: 80, height: 80, seed: 4)
    #expect(own.faceCrop(size: 80) == own)
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

/// A JPEG with an Exif block that holds only the tag Orientation.
private func withOrientation(_ value: UInt8, _ jpeg: Data, isLittleEndian: Bool) -> Data {
  func integer(_ value: Int, _ length: Int) -> [UInt8] {
    let bytes = (0..<length).map { UInt8(value >> (8 * $0) & 0xFF) }
    return isLittleEndian ? bytes : bytes.reversed()
  }
  let tiff: [UInt8] =
    Array((isLittleEndian ? "II" : "MM").utf8) + integer(42, 2) + integer(8, 4) + integer(1, 2)
    + integer(0x0112, 2) + integer(3, 2) + integer(1, 4) + integer(Int(value), 2) + [0, 0] + integer(0, 4)
  let body = Array("Exif\0\0".utf8) + tiff
  return jpeg.prefix(2) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2)
}

/// The checksum of a PNG chunk (CRC-32, ISO 3309), big-endian.
private func crc32(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var remainder: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return (0..<4).map { UInt8(~remainder >> (24 - 8 * $0) & 0xFF) }
}
