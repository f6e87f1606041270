import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// Files that are cut, changed, empty, or larger than they should be.
@Suite struct ImageLimitTests {
  /// Files of a few hundred bytes: with alpha and metadata, interlaced, baseline with metadata, progressive.
  private static func files() throws -> [(name: String, data: Data)] {
    var image = transparentImage(width: 13, height: 9, seed: 5)
    image.metadata = .init(
      colorProfile: colorProfile("RGB ", count: 160),
      exif: Data(exifBlock(orientation: 1, isLittleEndian: true)))
    let interlaced = PNGFile(width: 13, height: 9, depth: 4, colorType: 0, isInterlaced: true) { x, y in
      [(x * 5 + y * 3) % 16]
    }
    return try [
      ("png", image.pngData()), ("interlaced", interlaced.data), ("jpeg", image.jpegData(quality: 80)),
      ("progressive", Data(contentsOf: Fixtures.url("jpeg/progressive.jpg"))),
      ("ycck", Data(contentsOf: Fixtures.url("jpeg/ycck-progressive.jpg"))),
    ]
  }

  // Every proper prefix of a file is damaged, or no image while its signature is cut. A JPEG's end mark, of 2 bytes, may be
  // missing, or a part of it.
  @Test func everyCutThrows() throws {
    var cases = 0
    for (name, whole) in try Self.files() {
      let image = try Image(data: whole)
      let isPNG = whole.starts(with: pngSignature)
      for length in isPNG ? whole.count..<whole.count : whole.count - 2..<whole.count {
        #expect(try Image(data: whole.prefix(length)) == image, "\(name) cut at \(length)")
      }
      for length in 0..<(isPNG ? whole.count : whole.count - 2) {
        #expect(throws: ImageError.self, "\(name) cut at \(length) of \(whole.count)") {
          try Image(data: whole.prefix(length))
        }
        cases += 1
      }
    }
    #expect(cases > 2000)
  }

  // A change gives an error of ours or an image within the limit, and nothing else. Checksums hide what lies behind
  // them in PNG, and so half of its changes make them right again.
  @Test func randomChangesAreErrorsOrImages() throws {
    for (name, whole) in try Self.files() {
      let random = randomImage(width: 2000, height: 4, seed: 11).pixels
      var (images, errors) = (0, 0)
      for change in 0..<2000 {
        var data = whole
        for part in 0...change % 4 {
          let bytes = random[change * 12 + part * 3..<change * 12 + part * 3 + 3].map(Int.init)
          data[(bytes[0] << 8 | bytes[1]) % whole.count] = UInt8(bytes[2])
        }
        do throws(ImageError) {
          let isPNG = data.starts(with: pngSignature)
          let image = try Image(
            data: isPNG && change % 2 == 1 ? withChecksums(data) : data, maximumPixels: 1_000_000)
          #expect(image.width * image.height <= 1_000_000)
          images += 1
        } catch {
          #expect(!error.description.isEmpty)
          errors += 1
        }
      }
      #expect(images + errors == 2000)
      #expect(errors > 200, "\(name)")
    }
  }

  // A PNG's checksums see every change of a pixel.
  @Test func changedPNGThrows() throws {
    var png = try randomImage(width: 19, height: 13, seed: 6).pngData()
    for offset in stride(from: 8, to: png.count, by: 7) {
      png[offset] ^= 0x55
      #expect(throws: ImageError.self, "byte \(offset)") { try Image(data: png) }
      png[offset] ^= 0x55
    }
  }

  // The announced size alone decides; nothing stands behind these headers.
  @Test(arguments: [(20_000, 20_000), (65_500, 65_500), (25_001, 10_000)])
  func announcedSizeIsRefused(width: Int, height: Int) throws {
    for data in [Self.emptyPNG(width, height), try Self.emptyJPEG(width, height)] {
      let error = #expect(throws: ImageError.self) { try Image(data: data, name: "huge") }
      #expect(error == .tooLarge(name: "huge", width: width, height: height, limit: 250_000_000))
      #expect(
        error?.description
          == "The image “huge” is \(width)×\(height) pixels, and an image here has at most 250000000 pixels in all."
      )
    }
    let most = Self.emptyPNG(0x7FFF_FFFF, 0x7FFF_FFFF)
    let error = #expect(throws: ImageError.self) { try Image(data: most) }
    #expect(try #require(error?.description).contains("2147483647×2147483647"))
  }

  @Test func emptyImagesAreDamaged() throws {
    for (width, height) in [(0, 0), (0, 5), (5, 0)] {
      for data in [Self.emptyPNG(width, height), try Self.emptyJPEG(width, height)] {
        let error = #expect(throws: ImageError.self) { try Image(data: data, name: "none") }
        #expect(try #require(error?.description).hasPrefix("The image “none” cannot be read: "))
      }
    }
    let dot = transparentImage(width: 1, height: 1, seed: 3)
    #expect(try Image(data: dot.pngData()) == dot)
    #expect(try Image(data: dot.jpegData()).pixels.count == 3)
  }

  // A chunk of Exif may hold 2²⁴ bytes, before the pixels or after them; a larger one is passed over. One that says it
  // holds a gigabyte, and does not, must not have memory taken for it.
  @Test func exifBeyondItsLimitIsLeftOut() throws {
    let limit = 1 << 24
    var png = PNGFile(width: 3, height: 2) { x, y in [x * 40, y * 60, x * y] }
    let block = exifBlock(orientation: 1, isLittleEndian: true)
    for (count, isKept) in [(limit, true), (limit + 1, false)] {
      let chunk = (type: "eXIf", body: block + [UInt8](repeating: 7, count: count - block.count))
      (png.chunks, png.laterChunks) = ([chunk], [])
      #expect((try Image(data: png.data).metadata.exif?.count == count) == isKept)
      (png.chunks, png.laterChunks) = ([], [chunk])
      #expect((try Image(data: png.data).metadata.exif?.count == count) == isKept)
    }
    (png.chunks, png.laterChunks) = ([], [])
    let announced = png.data.prefix(33) + bigEndian(1 << 30, 4) + Data("eXIf".utf8) + block
    #expect(throws: ImageError.self) { try Image(data: announced) }
  }

  // The limit is of pixels, not of sides, and may be reached.
  @Test func limitMayBeReached() throws {
    let long = smoothImage(width: 30_000, height: 20, seed: 0)
    let data = try long.pngData()
    #expect(try Image(data: data, maximumPixels: 600_000) == long)
    #expect(throws: ImageError.tooLarge(name: "data", width: 30_000, height: 20, limit: 599_999)) {
      try Image(data: data, maximumPixels: 599_999)
    }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("long.png")
      try data.write(to: url)
      #expect(throws: ImageError.tooLarge(name: "long.png", width: 30_000, height: 20, limit: 1)) {
        try Image(contentsOf: url, maximumPixels: 1)
      }
    }
    #expect(throws: ImageError.self) { try randomImage(width: 65_501, height: 1, seed: 1).jpegData() }
    let wide = randomImage(width: 65_501, height: 1, seed: 1)
    #expect(try Image(data: wide.pngData()) == wide)
  }

  // The first scan (of the DC coefficients), repeated, sets them anew: time for its reader, nothing for the image.
  @Test func scansAreLimited() throws {
    let whole = [UInt8](try Data(contentsOf: Fixtures.url("jpeg/progressive.jpg")))
    let markers = whole.indices.dropLast().filter { whole[$0] == 0xFF && whole[$0 + 1] != 0 }
    let first = try #require(markers.firstIndex { whole[$0 + 1] == 0xDA })
    let (start, end) = (markers[first], markers[first + 1])
    func file(repeating count: Int) -> Data {
      Data(whole[..<end] + (0..<count).flatMap { _ in whole[start..<end] } + whole[end...])
    }
    #expect(markers.filter { whole[$0 + 1] == 0xDA }.count == 10)
    #expect(try Image(data: file(repeating: 90)) == Image(data: Data(whole)))
    #expect(throws: ImageError.damaged(name: "data", reason: "it has too many scans")) {
      try Image(data: file(repeating: 91))
    }
  }

  private static func emptyPNG(_ width: Int, _ height: Int) -> Data {
    let header = bigEndian(width, 4) + bigEndian(height, 4) + [8, 2, 0, 0, 0]
    return Data(pngSignature + pngChunk("IHDR", header) + pngChunk("IDAT", []))
  }

  /// A JPEG's frame (SOF0) holds the height at byte 5 and the width at byte 7.
  private static func emptyJPEG(_ width: Int, _ height: Int) throws -> Data {
    var bytes = [UInt8](try randomImage(width: 8, height: 8, seed: 1).jpegData())
    let frame = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: bigEndian(height, 2) + bigEndian(width, 2))
    let scan = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    return Data(bytes.prefix(scan + 14))
  }
}
