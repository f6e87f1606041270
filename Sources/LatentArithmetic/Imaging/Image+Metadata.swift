import Foundation

extension Image {
  /// What an image's file holds beside its pixels: the color profile and the Exif block.
  ///
  /// Both are read from PNG and JPEG and written to both, so that converting a file keeps them. Mirroring keeps them
  /// too; crops, resized images and a network's output have none.
  public struct Metadata: Sendable, Equatable {
    /// The ICC profile (ISO 15076-1) that tells which colors the values are, or nil for sRGB.
    ///
    /// A profile that is not of RGB is not read: a gray or CMYK file's pixels are RGB once here. Writing PNG leaves
    /// out a profile that libpng finds malformed.
    public var colorProfile: Data?
    /// The camera's record: the TIFF block of Exif (Exif 2.3, §4.5.2), without the signature that JPEG puts first.
    ///
    /// As read, it says that the image is upright, which it has been turned to be. A malformed block is not read.
    /// What the block says of size, and a thumbnail in it, are as the file's.
    public var exif: Data?

    /// Makes metadata to be written as they are given.
    public init(colorProfile: Data? = nil, exif: Data? = nil) {
      self.colorProfile = colorProfile
      self.exif = exif
    }
  }
}

extension Image.Metadata {
  /// Keeps of a file's metadata what is true of its image in RGB, once turned upright.
  init(colorProfileAsRead profile: Data, exif: ExifBlock?) {
    // Bytes 16 … 19 of a profile's header of 128 bytes are the signature of its color space.
    let isOfRGB = profile.count >= 128 && profile.dropFirst(16).starts(with: Array("RGB ".utf8))
    self.init(colorProfile: isOfRGB ? profile : nil, exif: exif?.upright)
  }
}
