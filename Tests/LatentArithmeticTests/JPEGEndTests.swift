import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// JPEG files without an end mark: read where all pixels are there.
@Suite struct JPEGEndTests {
  private static let endMark: [UInt8] = [0xFF, 0xD9]

  // The pixels are those of the same file with its end mark.
  @Test(arguments: ["no-eoi", "progressive-no-eoi", "zeros-for-eoi"])
  func wholeFilesAreRead(name: String) throws {
    let data = try Data(contentsOf: Fixtures.url("jpeg/\(name).jpg"))
    let scans = name.hasPrefix("zeros") ? data.dropLast(2) : data
    let image = try Image(data: data)
    #expect((image.width, image.height) == (561, 561))
    #expect(try image == Image(data: scans + Self.endMark))
    #expect(try image == Image(data: data + [0, 0, 0]))
  }

  // A file whose room was made and not filled ends with zeros, which decode as pixels, too.
  @Test func unfilledFilesAreRefused() throws {
    for (name, length) in [("no-eoi", 43_000), ("no-eoi", 20_000), ("progressive-no-eoi", 44_100)] {
      let data = try Data(contentsOf: Fixtures.url("jpeg/\(name).jpg"))
      let cut = data.prefix(length) + Data(count: data.count - length)
      #expect(throws: ImageError.self, "\(name)") { try Image(data: cut) }
    }
    let baseline = try smoothImage(width: 64, height: 64, seed: 1).jpegData()
    #expect(throws: ImageError.self) { try Image(data: baseline.dropLast(2) + Data(count: 16)) }
  }

  // Cut between two scans, no row is missing, but bits of all of them are, or all of a component.
  @Test(arguments: ["progressive", "ycck-progressive"]) func missingScansAreNoticed(name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: Fixtures.url("jpeg/\(name).jpg")))
    // A scan's tables come before it.
    let starts = bytes.indices.dropLast().filter {
      bytes[$0] == 0xFF && [0xC4, 0xDA].contains(bytes[$0 + 1])
    }
    let firstScan = try #require(starts.first { bytes[$0 + 1] == 0xDA })
    var cases = 0
    for start in starts where start > firstScan {
      #expect(throws: ImageError.self, "cut at \(start)") { try Image(data: Data(bytes[..<start])) }
      // With an end mark the encoder says that it had nothing more.
      _ = try Image(data: Data(bytes[..<start] + Self.endMark))
      cases += 1
    }
    #expect(cases > 5)
  }
}
