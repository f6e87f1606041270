import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// What files hold beside pixels, profile and Exif: carried, or told.
@Suite struct ImageCarryingTests {
  private static let gamma = PNGChunk(type: "gAMA", body: Data(bigEndian(100_000, 4)))
  private static let srgb = PNGChunk(type: "sRGB", body: Data([0]))
  private static let codes = PNGChunk(type: "cICP", body: Data([9, 16, 0, 1]))
  private static let primaries = PNGChunk(
    type: "cHRM",
    body: Data([31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000].flatMap { bigEndian($0, 4) }))
  private static let density = PNGChunk(
    type: "pHYs", body: Data(bigEndian(11811, 4) + bigEndian(5906, 4) + [1]))
  private static let title = PNGChunk(type: "tEXt", body: Data("Title\0Ein Gesicht".utf8))
  private static let comment = PNGChunk(type: "tEXt", body: Data("Comment\0made by hand".utf8))
  private static let packet = Data(#"<rdf tiff:Orientation="6" dc:creator="A"/>"#.utf8)

  private func png(colorType: Int = 2, depth: Int = 8, _ chunks: [PNGChunk]) -> Data {
    var file = PNGFile(width: 5, height: 4, depth: depth, colorType: colorType) { x, y in
      let values = colorType & 2 == 0 ? [x * 50 + y] : [x * 50, y * 60, x * y]
      return (colorType & 4 == 0 ? values : values + [200 - x]).map { $0 << (depth - 8) }
    }
    file.chunks = chunks.map { ($0.type, [UInt8]($0.body)) }
    return file.data
  }

  /// The chunks of a file besides its header, its end and its pixels.
  private func chunks(of file: Data) throws -> [PNGChunk] {
    var (found, offset) = ([PNGChunk](), 8)
    let bytes = [UInt8](file)
    while offset < bytes.count {
      let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self)
      if !["IHDR", "IDAT", "IEND"].contains(type) {
        found.append(PNGChunk(type: type, body: Data(bytes[offset + 8..<offset + 8 + length])))
      }
      offset += 12 + length
    }
    #expect(offset == bytes.count && withChecksums(file) == file)
    return found
  }

  // PNG to PNG is every chunk as it was.
  @Test func chunksAreKept() throws {
    let all = [
      Self.codes, Self.srgb, Self.gamma, Self.primaries, Self.density, Self.title, Self.comment,
    ]
    for colorType in [0, 2, 4, 6] {
      let image = try Image(data: png(colorType: colorType, all))
      #expect(image.metadata.losses.isEmpty)
      #expect(try chunks(of: image.pngData()) == all, "color type \(colorType)")
      #expect(try Image(data: image.pngData()).metadata == image.metadata)
    }
    // One whose checksum is wrong is none, as for libpng.
    var damaged = png([Self.gamma])
    damaged[33 + 8] ^= 1
    #expect(try Image(data: damaged).metadata == Image(data: png([])).metadata)
  }

  // 300 and 150 pixels an inch are 11811 and 5906 a meter: x / 0.0254, rounded. A quarter turn exchanges them.
  @Test func densityIsKept() throws {
    func jfif(_ data: Data) -> [UInt8] { [UInt8](data[13..<18]) }
    let inches = [1] + bigEndian(300, 2) + bigEndian(150, 2)
    let image = try Image(data: png([Self.density]))
    let jpeg = try image.jpegData()
    #expect(jfif(jpeg) == inches)
    #expect(try chunks(of: Image(data: jpeg).pngData()) == [Self.density])
    #expect(try jfif(Image(data: jpeg).jpegData()) == inches)
    let turned = withSegment(
      0xE1, Array("Exif\0\0".utf8) + exifBlock(orientation: 6, isLittleEndian: true), jpeg)
    // The segment stands first, so that JFIF's is no more where it is looked for.
    let image6 = try Image(data: turned)
    #expect(try jfif(image6.jpegData()) == [1] + bigEndian(150, 2) + bigEndian(300, 2))

    // A ratio has no unit, and 4000 pixels a meter are 40 a centimeter, but no whole number an inch.
    for (unit, x, expected) in [(0, 3, [0] + bigEndian(3, 2)), (1, 4000, [2] + bigEndian(40, 2))] {
      let body = Data(bigEndian(x, 4) + bigEndian(x, 4) + [UInt8(unit)])
      let chunk = PNGChunk(type: "pHYs", body: body)
      let jpeg = try Image(data: png([chunk])).jpegData()
      #expect(jfif(jpeg) == expected + expected.dropFirst())
      #expect(try chunks(of: Image(data: jpeg).pngData()) == [chunk])
    }
    // JFIF's 16 bits do not hold them; what nobody has said is 1 to 1.
    for body in [bigEndian(70_000, 4) + bigEndian(70_000, 4) + [0], bigEndian(0, 4) + bigEndian(5, 4) + [1]] {
      let image = try Image(data: png([PNGChunk(type: "pHYs", body: Data(body))]))
      #expect(try jfif(image.jpegData()) == [0, 0, 1, 0, 1])
    }
    #expect(
      try chunks(of: Image(data: randomImage(width: 4, height: 4, seed: 1).jpegData()).pngData()).isEmpty)
  }

  // Byte 25 of a PNG is its color type; a JPEG's frame has a component for each value of a pixel.
  @Test func grayStaysGray() throws {
    func components(_ jpeg: Data) throws -> UInt8 {
      let frame = try #require(jpeg.range(of: Data([0xFF, 0xC0]))).lowerBound
      return jpeg[frame + 9]
    }
    for colorType in [0, 4] {
      let image = try Image(data: png(colorType: colorType, []))
      let again = try image.pngData()
      #expect(again[25] == colorType)
      #expect(try Image(data: again) == image)
      let jpeg = try image.jpegData(quality: 100)
      #expect(try components(jpeg) == 1)
      let read = try Image(data: jpeg)
      #expect(zip(read.pixels, image.laidOverWhite().pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
      #expect(try components(read.jpegData()) == 1 && read.pngData()[25] == 0)
      // One pixel of color is enough to need three values.
      var pixels = image.pixels
      pixels[31] ^= 0x40
      let colored = Image(
        width: 5, height: 4, pixels: pixels, alpha: image.alpha, metadata: image.metadata)
      #expect(try colored.pngData()[25] == colorType + 2 && Image(data: colored.pngData()) == colored)
      #expect(try components(colored.jpegData()) == 3)
    }
    #expect(try Image(data: png(colorType: 2, [])).pngData()[25] == 2)
    // Transparency that is opaque everywhere is no plane, but still its file's kind.
    for colorType in [4, 6] {
      var file = PNGFile(width: 3, height: 2, colorType: colorType) { x, y in
        colorType == 4 ? [x * y, 255] : [x, y, 9, 255]
      }
      file.chunks = []
      let image = try Image(data: file.data)
      #expect(
        try image.alpha == nil && image.pngData()[25] == colorType && Image(data: image.pngData()) == image)
    }
    // What was gray by chance only is RGB, as its file was.
    let flat = Image(width: 2, height: 1, pixels: [7, 7, 7, 8, 8, 8])
    #expect(try flat.pngData()[25] == 2)
  }

  // XMP goes from one format to the other, and says that the image is upright.
  @Test func xmpIsKept() throws {
    let upright = Data(#"<rdf tiff:Orientation="1" dc:creator="A"/>"#.utf8)
    let text = Data("XML:com.adobe.xmp\0\0\0\0\0".utf8) + Self.packet
    let packed = Data("XML:com.adobe.xmp\0\u{1}\0\0\0".utf8) + zlibStored([UInt8](Self.packet))
    let jpeg = try randomImage(width: 4, height: 4, seed: 1).jpegData()
    for file in [
      png([PNGChunk(type: "iTXt", body: text)]), png([PNGChunk(type: "iTXt", body: packed)]),
      withSegment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + Self.packet, jpeg),
    ] {
      let image = try Image(data: file)
      #expect(image.metadata.xmp == upright && image.metadata.losses.isEmpty)
      #expect(try Image(data: image.pngData()).metadata == image.metadata)
      #expect(try Image(data: image.jpegData()).metadata == image.metadata)
    }
    for sign in ["<xmpGImg:image>/9j/4AAQ", "xmpNote:HasExtendedXMP=\"1\"", "<Container:Directory>"] {
      let segment = Array("http://ns.adobe.com/xap/1.0/\0<rdf>\(sign)".utf8)
      let metadata = try Image(data: withSegment(0xE1, segment, jpeg)).metadata
      #expect(metadata.xmp == nil && metadata.losses == ["its XMP, which holds or names other images"])
    }
  }

  // A comment is a text of that keyword.
  @Test func commentsAreKept() throws {
    let image = try Image(data: png([Self.comment]))
    let jpeg = try image.jpegData()
    #expect(jpeg.range(of: Data([0xFF, 0xFE, 0, 14]) + Data("made by hand".utf8)) != nil)
    #expect(try chunks(of: Image(data: jpeg).pngData()) == [Self.comment])
  }

  @Test func lossesAreTold() throws {
    let (png, jpeg) = (URL(fileURLWithPath: "a.png"), URL(fileURLWithPath: "a.JPG"))
    let frames = { PNGChunk(type: "acTL", body: Data(bigEndian($0, 4) + bigEndian(0, 4))) }
    func check(_ file: Data, _ inPNG: [String], _ inJPEG: [String]) throws {
      let image = try Image(data: file)
      #expect(image.losses(writingTo: png) == inPNG)
      #expect(image.losses(writingTo: jpeg) == inPNG + inJPEG)
    }
    try check(self.png(depth: 16, []), ["its 16 bits a value, of which 8 are left"], [])
    try check(self.png([frames(2)]), ["its second frame"], [])
    try check(self.png([frames(9)]), ["8 of its frames"], [])
    try check(self.png([frames(1)]), [], [])
    try check(self.png(colorType: 6, []), [], ["its transparency, which is white now"])
    try check(self.png([Self.title, Self.comment]), [], ["its text"])
    let other = "what its chunks say of colors"
    try check(self.png([Self.gamma]), [], [other])
    try check(self.png([Self.srgb, Self.gamma]), [], [])
    try check(self.png([Self.codes, Self.srgb]), [], [other])
    try check(self.png([Self.primaries]), [], [])
    try check(self.png([PNGChunk(type: "cHRM", body: Data(count: 32))]), [], [other])
    try check(self.png([PNGChunk(type: "abCd", body: Data())]), ["its chunk abCd"], [])
    let raw = PNGChunk(type: "tEXt", body: Data("Raw profile type exif\0\nexif".utf8))
    try check(self.png([raw]), ["its text “Raw profile type exif”"], [])

    let plain = try randomImage(width: 4, height: 4, seed: 1).jpegData()
    try check(plain, [], [])
    for (marker, body, loss) in [
      (0xED, "Photoshop 3.0\0x", "Photoshop's captions and settings"),
      (0xE2, "MPF\0x", "further images behind it"),
      (0xE5, "maker", "its segment APP5"), (0xEB, "JPx", "its Content Credentials"),
    ] {
      try check(withSegment(UInt8(marker), Array(body.utf8), plain), [loss], [])
    }
    let cmyk = try Data(contentsOf: Fixtures.url("jpeg/cmyk.jpg"))
    try check(cmyk, ["its inks, which are red, green and blue now"], [])
  }

  // The command that makes an image of it is named; what is unknown is not guessed.
  @Test(arguments: [
    (
      "RIFF\u{10}\u{10}\0\0WEBPVP8 ", "a WebP image, which is not read: make a PNG or JPEG of it, with `dwebp"
    ),
    ("\0\0\0\u{18}ftypheic\0\0\0\0", "a HEIC image, which is not read"),
    ("\0\0\0\u{18}ftypmif1\0\0\0\0", "a HEIF image, which is not read"),
    ("\0\0\0\u{1C}ftypavif\0\0\0\0", "an AVIF image, which is not read"),
    ("\0\0\0\u{18}ftypmp42", "a video, not an image."), ("GIF89a\u{1}\0", "a GIF image"),
    ("II*\0", "a TIFF or raw image"),
    ("<!DOCTYPE html>", "a web page, not an image"), ("version https://git-lfs", "a pointer of Git LFS"),
  ])
  func otherFormatsAreNamed(bytes: String, sentence: String) {
    let error = #expect(throws: ImageError.self) { try Image(data: Data(bytes.utf8), name: "x.jpg") }
    #expect(error?.description.hasPrefix("“x.jpg” is \(sentence)") == true, "\(error?.description ?? "")")
  }
}
