import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// Thumbnails in Exif blocks, which would show a face as it was.
@Suite struct ExifThumbnailTests {
  private static let fileStart = Data([0xFF, 0xD8, 0xFF])

  private func count(_ pattern: Data, in data: Data) -> Int {
    var (count, start) = (0, data.startIndex)
    while let found = data.range(of: pattern, in: start..<data.endIndex) {
      (count, start) = (count + 1, found.lowerBound + 1)
    }
    return count
  }

  // A phone's file, its block's first directory at 8 with 3 entries; the pointer to the second follows them.
  @Test func aPhonesThumbnailIsGone() throws {
    let file = try Data(contentsOf: Fixtures.url("jpeg/thumb-orient6.jpg"))
    #expect(count(Self.fileStart, in: file) == 2)
    let image = try Image(data: file)
    let exif = try #require(image.metadata.exif)
    #expect(count(Self.fileStart, in: exif) == 0)
    #expect([UInt8](exif[46..<50]) == [0, 0, 0, 0])
    // Make and the size, in the directory that the first one points to, are as they were.
    let block = file.dropFirst(30)
    #expect(exif[42..<46].elementsEqual(block.dropFirst(42).prefix(4)))
    #expect(exif[50..<76].elementsEqual(block.dropFirst(50).prefix(26)))
    for written in try [image.jpegData(), image.pngData()] {
      #expect(count(Self.fileStart, in: written) == (written.starts(with: pngSignature) ? 0 : 1))
      #expect(try Image(data: written).metadata.exif == exif)
    }
  }

  /// A block with a second directory of two tags that say where its image is, behind it.
  private func block(
    orientation: Int, isLittleEndian: Bool, place: Int, length: Int, image: [UInt8]
  ) -> [UInt8] {
    func integer(_ value: Int, _ length: Int) -> [UInt8] {
      isLittleEndian ? bigEndian(value, length).reversed() : bigEndian(value, length)
    }
    var bytes = exifBlock(orientation: orientation, isLittleEndian: isLittleEndian)
    let second = bytes.count
    bytes.replaceSubrange(exifDirectoryEnd..<exifDirectoryEnd + 4, with: integer(second, 4))
    let start = second + 2 + 2 * 12 + 4
    bytes += integer(2, 2)
    for (tag, value) in [(place, start), (length, image.count)] {
      bytes += integer(tag, 2) + integer(4, 2) + integer(1, 4) + integer(value, 4)
    }
    return bytes + integer(0, 4) + image
  }

  // JPEG files and bare rows, of any byte order; upright photos have thumbnails, too.
  @Test(arguments: [1, 6], [true, false]) func everyKindIsGone(orientation: Int, isLittleEndian: Bool) throws
  {
    let face = randomImage(width: 16, height: 16, seed: 9)
    let carrier = try randomImage(width: 4, height: 4, seed: 1).jpegData()
    for (place, length, bytes) in [
      (0x0201, 0x0202, [UInt8](try face.jpegData())), (0x0111, 0x0117, face.pixels),
      // A preview that no directory tells of, in a maker's own block.
      (0x9999, 0x9998, [UInt8](try face.jpegData())),
    ] {
      let exif = block(
        orientation: orientation, isLittleEndian: isLittleEndian, place: place, length: length, image: bytes)
      let read = try Image(data: withSegment(0xE1, Array("Exif\0\0".utf8) + exif, carrier))
      let kept = try #require(read.metadata.exif)
      #expect(kept.count == exif.count)
      #expect(kept.suffix(bytes.count).allSatisfy { $0 == 0 })
      let plain = exifBlock(orientation: 1, isLittleEndian: isLittleEndian)
      #expect(kept.starts(with: plain))
    }
  }

  // Wherever a damaged block says its image is.
  @Test func damagedPlacesAreOutside() throws {
    let carrier = try randomImage(width: 4, height: 4, seed: 1).jpegData()
    let whole = block(
      orientation: 1, isLittleEndian: true, place: 0x0201, length: 0x0202,
      image: [UInt8](repeating: 7, count: 40))
    var cases = 0
    for offset in exifDirectoryEnd..<whole.count - 40 {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var changed = whole
        changed[offset] = value
        let image = try Image(data: withSegment(0xE1, Array("Exif\0\0".utf8) + changed, carrier))
        #expect(image.metadata.exif?.count == whole.count)
        cases += 1
      }
    }
    #expect(cases > 100)
  }
}
