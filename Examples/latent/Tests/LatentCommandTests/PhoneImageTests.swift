import Foundation
import LatentArithmetic
import Testing

/// Formats that the library reads with its traits `WebP` and `HEIC`, which this package asks for.
struct PhoneImageTests {
  private static func file(_ name: String) throws -> Data {
    // Examples/latent/Tests/LatentCommandTests and this file's name are below the root.
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { root.deleteLastPathComponent() }
    return try Data(contentsOf: root.appendingPathComponent("Tests/Fixtures/phone/" + name))
  }

  /// The colors in the middle of an image's quarters: upper left and right, lower left and right.
  private static func quarters(of image: Image) -> [[UInt8]] {
    [(1, 1), (1, 3), (3, 1), (3, 3)].map { row, column in
      let start = 3 * (row * image.height / 4 * image.width + column * image.width / 4)
      return Array(image.pixels[start..<start + 3])
    }
  }

  private static let red: [UInt8] = [200, 40, 40]
  private static let (green, blue, yellow): ([UInt8], [UInt8], [UInt8]) = (
    [40, 180, 60], [50, 60, 200], [230, 220, 90]
  )

  // The fixture says by Exif that it is to be turned right: the left column becomes the upper row.
  @Test func aWebPImageIsTurnedUprightAndKeepsItsMetadata() throws {
    let image = try Image(data: Self.file("quarters.webp"))
    #expect((image.width, image.height) == (32, 48) && image.alpha == nil)
    #expect(Self.quarters(of: image) == [Self.blue, Self.red, Self.yellow, Self.green])
    #expect(image.metadata.colorProfile?.count == 588)
    let exif = try #require(image.metadata.exif)
    #expect(exif.range(of: Data("Maker".utf8)) != nil)
    let again = try Image(data: image.pngData())
    #expect(again == image)
  }

  @Test func ofAnAnimationTheFirstFrameIsRead() throws {
    let image = try Image(data: Self.file("animation.webp"))
    #expect((image.width, image.height) == (48, 32))
    #expect(image.alpha.map { [$0.first, $0.last] } == [120, 255])
    #expect(Self.quarters(of: image) == [Self.red, Self.green, Self.blue, Self.yellow])
    try withTemporaryFolder { folder in
      try Self.file("animation.webp").write(to: folder.appendingPathComponent("in.webp"))
      let result = try Command.run(
        ["edit", "in.webp", "--add", "smiling", "--crop", "whole", "--out", "out.png"], in: folder)
      #expect(result.status == 0)
      #expect(result.errors.contains("Not kept of “in.webp”: its second frame."), "\(result.errors)")
    }
  }

  // The fixture's colors went through YCbCr.
  @Test func aHEICPhotoIsReadWithItsMetadata() throws {
    let image = try Image(data: Self.file("quarters.heic"))
    #expect((image.width, image.height) == (48, 32) && image.alpha == nil)
    let expected = [Self.red, Self.green, Self.blue, Self.yellow]
    for (got, wanted) in zip(Self.quarters(of: image), expected) {
      #expect(zip(got, wanted).allSatisfy { abs(Int($0) - Int($1)) <= 4 }, "\(got) for \(wanted)")
    }
    #expect(image.metadata.colorProfile?.count == 588)
    #expect(image.metadata.exif?.range(of: Data("Maker".utf8)) != nil)
  }

  @Test(arguments: ["quarters.webp", "animation.webp", "quarters.heic"])
  func aFileThatIsCutOffIsRefused(_ name: String) throws {
    let file = try Self.file(name)
    for count in stride(from: 12, to: file.count - 8, by: 7) {
      do {
        _ = try Image(data: file.prefix(count), name: name)
        // What stands last may be metadata.
        #expect(count > 2 * file.count / 3, "\(count) of \(file.count) bytes")
      } catch ImageError.damaged(_, let reason) {
        #expect(!reason.isEmpty && !reason.contains("\n"))
      }
    }
  }

  @Test func theyAreBoundedByTheirHeaders() throws {
    for name in ["quarters.webp", "quarters.heic"] {
      #expect(throws: ImageError.tooLarge(name: name, width: 48, height: 32, limit: 100)) {
        try Image(data: Self.file(name), name: name, maximumPixels: 100)
      }
    }
  }
}
