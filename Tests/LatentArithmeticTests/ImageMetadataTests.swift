import Foundation
import LatentArithmetic
import TestSupport
import Testing

@Suite struct ImageMetadataTests {
  // read(write(m)) = m in both formats and from one to the other. The profile of 200,000 bytes takes four markers in
  // JPEG, which hold 65,519 each.
  @Test(arguments: [160, 200_000], [true, false])
  func bothFormatsKeepBoth(profileSize: Int, isLittleEndian: Bool) throws {
    let metadata = Image.Metadata(
      colorProfile: colorProfile("RGB ", count: profileSize),
      exif: Data(exifBlock(orientation: 1, isLittleEndian: isLittleEndian)))
    let image = Image(
      width: 9, height: 7, pixels: randomImage(width: 9, height: 7, seed: 2).pixels, metadata: metadata)
    let png = try Image(data: image.pngData())
    #expect(png.metadata == metadata)
    #expect(png == image)
    let jpeg = try Image(data: png.jpegData())
    #expect(jpeg.metadata == metadata)
    #expect(try Image(data: jpeg.pngData()).metadata == metadata)
    #expect(
      try Image(data: randomImage(width: 9, height: 7, seed: 2).jpegData()).metadata == Image.Metadata())
  }

  // Exif orientation o maps the stored image to the upright one: for 6 (camera turned left), the stored left
  // column is the upright top row, from bottom to top. The block kept says 1.
  @Test func orientationIsHonoured() throws {
    // Blocks of 8×8 pixels of one color survive JPEG: a is top left, b top right, c bottom left, d bottom right.
    let colors: [[UInt8]] = [[230, 30, 30], [30, 200, 40], [40, 50, 220], [220, 210, 60]]
    var pixels: [UInt8] = []
    for y in 0..<16 { for x in 0..<32 { pixels += colors[(y / 8) * 2 + x / 16] } }
    let jpeg = try Image(width: 32, height: 16, pixels: pixels).jpegData(quality: 95)
    let png = PNGFile(width: 32, height: 16) { x, y in colors[(y / 8) * 2 + x / 16].map(Int.init) }
    // Corners of the upright image, in reading order, by the definition of each value.
    let upright: [Int: [Int]] = [
      1: [0, 1, 2, 3], 2: [1, 0, 3, 2], 3: [3, 2, 1, 0], 4: [2, 3, 0, 1],
      5: [0, 2, 1, 3], 6: [2, 0, 3, 1], 7: [3, 1, 2, 0], 8: [1, 3, 0, 2],
      0: [0, 1, 2, 3], 9: [0, 1, 2, 3],
    ]
    for isLittleEndian in [true, false] {
      for (value, corners) in upright {
        let exif = exifBlock(orientation: value, isLittleEndian: isLittleEndian)
        var (before, after) = (png, png)
        before.chunks = [("eXIf", exif)]
        after.laterChunks = [("eXIf", exif)]
        for file in [withSegment(0xE1, Array("Exif\0\0".utf8) + exif, jpeg), before.data, after.data] {
          let image = try Image(data: file)
          #expect((image.width, image.height) == (5...8 ~= value ? (16, 32) : (32, 16)))
          let (right, bottom) = (image.width - 1, image.height - 1)
          for (place, corner) in zip([(0, 0), (right, 0), (0, bottom), (right, bottom)], corners) {
            let start = (place.1 * image.width + place.0) * 3
            for channel in 0..<3 {
              #expect(
                abs(Int(image.pixels[start + channel]) - Int(colors[corner][channel])) <= 12,
                "orientation \(value), corner \(place)")
            }
          }
          let kept = Data(exifBlock(orientation: 1, isLittleEndian: isLittleEndian))
          #expect(image.metadata.exif == kept)
          #expect(try Image(data: image.pngData()) == image)
        }
      }
    }
  }

  // Whatever is cut off or changed in an Exif block, the image is read; without its whole directory it has none.
  @Test func malformedExifIsDropped() throws {
    let whole = exifBlock(orientation: 6, isLittleEndian: true)
    let jpeg = try randomImage(width: 6, height: 4, seed: 1).jpegData()
    let png = PNGFile(width: 6, height: 4) { x, y in [x * 40, y * 60, x * y] }
    func read(_ exif: [UInt8]) throws -> [Image] {
      var file = png
      file.chunks = [("eXIf", exif)]
      return try [
        Image(data: file.data), Image(data: withSegment(0xE1, Array("Exif\0\0".utf8) + exif, jpeg)),
      ]
    }
    for length in whole.indices {
      for image in try read(Array(whole.prefix(length))) {
        #expect((image.metadata.exif == nil) == (length < exifDirectoryEnd), "cut at \(length)")
        #expect((image.width == 4) == (length >= exifDirectoryEnd))
      }
    }
    var cases = 0
    for offset in whole.indices {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var changed = whole
        changed[offset] = value
        cases += try read(changed).count
      }
    }
    #expect(cases == whole.count * 8)
  }

  // A profile of inks says nothing of pixels that were made RGB, and one of gray is of gray files alone.
  @Test func otherProfilesAreDropped() throws {
    func segment(_ space: String) -> [UInt8] {
      Array("ICC_PROFILE\0".utf8) + [1, 1] + colorProfile(space, count: 200)
    }
    for (name, space) in [("gray", "GRAY"), ("cmyk", "CMYK"), ("ycck", "CMYK"), ("rgb", "RGB ")] {
      let jpeg = try Data(contentsOf: Fixtures.url("jpeg/\(name).jpg"))
      let image = try Image(data: withSegment(0xE2, segment(space), jpeg))
      #expect((image.metadata.colorProfile != nil) == (space != "CMYK"), "\(name)")
      #expect(image.metadata.losses.contains("its color profile, which is not of RGB") == (space == "CMYK"))
    }
    for (colorType, space) in [(0, "GRAY"), (0, "RGB "), (2, "GRAY"), (2, "RGB ")] {
      let profile = Array("p\0\0".utf8) + zlibStored(Array(colorProfile(space, count: 200)))
      let file = PNGFile(width: 2, height: 2, colorType: colorType, chunks: [("iCCP", profile)]) { x, y in
        colorType == 0 ? [x + y] : [x, y, 9]
      }
      let image = try Image(data: file.data)
      let isKept = colorType == 0 || space == "RGB "
      #expect(image.metadata.colorProfile == (isKept ? colorProfile(space, count: 200) : nil))
      for copy in try [Image(data: image.pngData()), Image(data: image.jpegData())] {
        #expect(copy.metadata.colorProfile == image.metadata.colorProfile)
      }
    }
  }

  // A profile's length is a multiple of 4 (ICC.1:2010, §7.2.1); what is not is carried as it is.
  @Test func malformedProfilesAreCarried() throws {
    var image = randomImage(width: 8, height: 8, seed: 3)
    image.metadata.colorProfile = colorProfile("RGB ", count: 162)
    let jpeg = try Image(data: image.jpegData())
    #expect(jpeg.metadata == image.metadata)
    #expect(try Image(data: jpeg.pngData()).metadata == image.metadata)
    image.metadata = .init(colorProfile: Data(), exif: Data())
    #expect(try Image(data: image.jpegData()).metadata == Image.Metadata())
    #expect(try Image(data: image.pngData()).metadata == Image.Metadata())
  }

  // Turning whole images keeps metadata; a part or another size is another image.
  @Test func operationsKeepOrDrop() throws {
    var image = randomImage(width: 8, height: 8, seed: 3)
    image.metadata = .init(colorProfile: Data([1]), exif: Data([2]))
    #expect(image.mirrored().metadata == image.metadata)
    #expect(image.laidOverWhite().metadata == image.metadata)
    for other in [
      image.resized(width: 8, height: 8), image.resized(width: 4, height: 4),
      image.cropped(to: .centerSquare(of: image), size: 8),
      image.cropped(to: Rectangle(x: 0, y: 0, width: 8, height: 8)),
    ] {
      #expect(other.metadata == Image.Metadata())
    }
  }

  // JPEG's markers hold 65,535 bytes with their length; PNG's chunks have room.
  @Test func tooMuchForJPEGThrows() throws {
    var image = randomImage(width: 4, height: 4, seed: 3)
    let block = exifBlock(orientation: 1, isLittleEndian: false)
    image.metadata.exif = Data(block + [UInt8](repeating: 7, count: 65527 - block.count))
    #expect(try Image(data: image.jpegData()).metadata == image.metadata)
    image.metadata.exif?.append(7)
    let error = #expect(throws: ImageError.self) { try image.jpegData() }
    #expect(
      error?.description
        == "The image cannot be written: its Exif block is larger than a JPEG file can hold.")
    #expect(try Image(data: image.pngData()).metadata == image.metadata)
    image.metadata = .init(colorProfile: Data(count: 17 << 20))
    #expect(throws: ImageError.self) { try image.jpegData() }
    #expect(throws: ImageError.self) { try image.pngData() }
  }
}
