import Foundation

extension Image {
  /// What an image's file holds beside its pixels: the color profile, the Exif block, and more that is carried along.
  ///
  /// Carried from one file to the next, from PNG to JPEG and back too, are density, XMP and comments; whether the file
  /// held gray values alone; and of PNG, where a PNG is written again, what its chunks say of colors and its texts.
  /// Thumbnails and other images in the file are never carried: they would show a face as it was before an edit.
  ///
  /// Mirroring keeps metadata; crops, resized images and a network's output have none.
  public struct Metadata: Sendable, Equatable {
    /// The ICC profile (ISO 15076-1) that tells which colors the values are, or nil for sRGB.
    ///
    /// Of a CMYK file it is not read, since its pixels are RGB once here.
    public var colorProfile: Data?
    /// The camera's record: the TIFF block of Exif (Exif 2.3, §4.5.2), without the signature that JPEG puts first.
    ///
    /// As read, it says that the image is upright, which it has been turned to be, and holds no thumbnail. A malformed
    /// block is not read. What the block says of size is as the file's.
    public var exif: Data?
    /// The packet of XMP (ISO 16684-1), which says that the image is upright.
    package var xmp: Data?
    /// How densely the pixels are meant to be printed.
    package var density: PixelDensity?
    /// Whether the file held one value a pixel.
    ///
    /// It is written so again while red, green and blue are equal everywhere.
    package var isGray = false
    /// Whether the file had room for transparency and was opaque everywhere.
    ///
    /// A PNG is written so again.
    package var hasOpaqueAlpha = false
    /// PNG's chunks about colors and its texts; JPEG's comments are texts with the keyword Comment.
    package var chunks: [PNGChunk] = []
    /// What the file held and the image does not, fragments of a sentence.
    package var losses: [String] = []

    /// Makes metadata to be written as they are given.
    public init(colorProfile: Data? = nil, exif: Data? = nil) {
      self.colorProfile = colorProfile
      self.exif = exif
    }
  }
}

extension Image.Metadata {
  /// The most bytes of a profile or a block; larger ones are left out in reading, and refused in writing.
  static let mostBytes = 1 << 24

  /// Takes over a profile if it is of the pixels' colors once they are RGB or gray.
  mutating func take(profile: Data, of header: ImageCodec.Header) {
    // Bytes 16 … 19 of a profile's header of 128 bytes are the signature of its color space.
    let space = profile.count >= 128 ? profile.dropFirst(16).prefix(4) : Data()
    let isTrue = space.elementsEqual("RGB ".utf8) || header.isGray && space.elementsEqual(Self.graySpace)
    if isTrue { colorProfile = profile } else { losses.append("its color profile, which is not of RGB") }
  }

  /// Takes over an Exif block, without its thumbnail, and says how the stored image is to be turned.
  mutating func take(exif: Data) -> Orientation {
    guard let block = ExifBlock(exif) else {
      losses.append("a malformed Exif block")
      return .upright
    }
    self.exif = block.upright
    return block.orientation
  }

  /// Takes over a packet of XMP unless there are images in it, or more of it elsewhere in the file.
  mutating func take(xmp packet: Data) {
    let text = String(decoding: packet, as: UTF8.self)
    if Self.signsOfImages.contains(where: text.contains) {
      losses.append("its XMP, which holds or names other images")
    } else {
      let upright = text.replacing(/(tiff:Orientation(?:\s*=\s*["']|>))[2-8]/) { "\($0.output.1)1" }
      xmp = Data(upright.utf8)
    }
  }

  /// What a packet with images in it holds: their tags, those of images behind the file's end, and how a JPEG begins.
  private static let signsOfImages = [
    "GImg:image", "GImage:", "GDepth:", "HasExtendedXMP", "Container:Directory", "MicroVideo", "/9j/",
  ]

  /// Takes over what reading finds out about the pixels.
  mutating func take(_ header: ImageCodec.Header) {
    isGray = header.isGray
    if header.depth > 8 { losses.append("its \(header.depth) bits a value, of which 8 are left") }
    if header.isCMYK { losses.append("its inks, which are red, green and blue now") }
  }

  /// Takes over how many images an animation has, of which the first is read.
  mutating func takeFrames(_ count: Int) {
    let more = count - 1
    if more > 0 { losses.append(more == 1 ? "its second frame" : "\(more) of its frames") }
  }

  /// Whether the color profile is one of gray values.
  var hasGrayProfile: Bool { colorProfile?.dropFirst(16).prefix(4).elementsEqual(Self.graySpace) ?? false }

  private static let graySpace = "GRAY".utf8
}

extension Image {
  /// Whether the image is written with one value a pixel.
  var isWrittenGray: Bool {
    guard metadata.isGray else { return false }
    for pixel in stride(from: 0, to: pixels.count, by: 3) {
      let red = pixels[pixel]
      if pixels[pixel + 1] != red || pixels[pixel + 2] != red { return false }
    }
    return true
  }

  /// What the image's own file held and a file of a name will not hold: bits beyond 8, further frames, transparency.
  ///
  /// Thumbnails do not count, which are left out on purpose.
  ///
  /// - Parameter url: Where the image is to be written; of the name the extension counts.
  /// - Returns: Fragments of a sentence for a person, none where all is kept.
  public func losses(writingTo url: URL) -> [String] {
    guard ImageCodec(extensionOf: url) == .jpeg else { return metadata.losses }
    return metadata.losses + metadata.lossesInJPEG
      + (alpha == nil ? [] : ["its transparency, which is white now"])
  }
}
