import Foundation
import LatentCore

extension Image {
  /// Reads a PNG or JPEG file; with the package's traits `WebP` and `HEIC` also those.
  ///
  /// The format is told by the file's first bytes, not by its name. The image is turned upright as its Exif
  /// orientation says. Gray, palette and CMYK files become RGB, 16 bits are rounded to 8, and of an animation the first
  /// image is read. A JPEG file may lack its end mark, but no pixels.
  ///
  /// Reading takes, beside the file, 3 bytes a pixel (4 with transparency) and a few rows; as much again for a while
  /// when the image is turned; and for a progressive JPEG 6 bytes a pixel for a while (8 in CMYK). Color profile
  /// and Exif block are left out beyond 16 MiB. A photo of 108 million pixels takes 324 MB so.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - maximumPixels: The most pixels the image may have, 1 … 2³¹ − 1. It is checked before memory is taken for
  ///     any.
  /// - Throws: ``FileError`` when the file cannot be read, ``ImageError`` when it is no image, damaged or too large.
  /// - Precondition: The limit is in its range.
  public init(contentsOf url: URL, maximumPixels: Int = 250_000_000) throws {
    try self.init(
      data: File.contents(of: url), name: url.lastPathComponent, maximumPixels: maximumPixels)
  }

  /// Decodes a PNG or JPEG file that is in memory, as ``init(contentsOf:maximumPixels:)`` does.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - name: What errors call it.
  ///   - maximumPixels: The most pixels the image may have, 1 … 2³¹ − 1.
  /// - Throws: ``ImageError`` when it is no image, damaged or too large.
  /// - Precondition: The limit is in its range.
  public init(data: Data, name: String = "data", maximumPixels: Int = 250_000_000) throws(ImageError) {
    precondition(
      (1...Int(Int32.max)).contains(maximumPixels),
      "The most pixels of an image are in 1 … \(Int32.max), not \(maximumPixels).")
    guard let codec = ImageCodec(signatureOf: data) else {
      throw .notAnImage(name: name, firstBytes: Array(data.prefix(16)))
    }
    let header: ImageCodec.Header
    do {
      header = try codec.header(of: data)
    } catch {
      throw .damaged(name: name, reason: error.reason)
    }
    guard header.width * header.height <= maximumPixels else {
      throw .tooLarge(name: name, width: header.width, height: header.height, limit: maximumPixels)
    }
    do {
      self = try codec.decode(data, header)
    } catch {
      throw .damaged(name: name, reason: error.reason)
    }
  }

  /// Returns the image as a PNG file, which keeps every value and the metadata; as gray values where the image was read
  /// as such and still is gray.
  ///
  /// - Throws: ``ImageError`` when the image or its metadata are too large for the format.
  public func pngData() throws(ImageError) -> Data { try encoded(by: .png, quality: 100) }

  /// Returns the image as a JPEG file with its metadata, its transparency laid over white; as gray values where the image
  /// was read as such and still is gray.
  ///
  /// It has no place for a PNG's chunks about colors, nor for its texts but comments.
  ///
  /// - Parameter quality: 0, the smallest file, to 100, the best image.
  /// - Returns: The whole file.
  /// - Throws: ``ImageError`` when a side is beyond 65500 pixels, the Exif block beyond 64 KiB, or the profile beyond
  ///   16 MiB.
  /// - Precondition: The quality is in that range.
  public func jpegData(quality: Int = 90) throws(ImageError) -> Data {
    try encoded(by: .jpeg, quality: quality)
  }

  /// Writes the image as PNG or JPEG, as the extension of the name says.
  ///
  /// The file at `url` is either left as it was or complete: the bytes go to a temporary file first.
  ///
  /// - Parameters:
  ///   - url: Where; the name ends in .png, .jpg or .jpeg.
  ///   - quality: For JPEG, 0 to 100.
  /// - Throws: ``ImageError`` for another extension, ``FileError`` when the folder is missing or writing fails.
  /// - Precondition: The quality is in that range.
  public func write(to url: URL, quality: Int = 90) throws {
    guard let codec = ImageCodec(extensionOf: url) else {
      throw ImageError.unsupportedExtension(name: url.lastPathComponent)
    }
    try AtomicFile.write(encoded(by: codec, quality: quality), to: url)
  }

  private func encoded(by codec: ImageCodec, quality: Int) throws(ImageError) -> Data {
    precondition((0...100).contains(quality), "A JPEG quality is in 0 … 100, not \(quality).")
    do {
      return try codec.encode(self, quality: quality)
    } catch {
      throw .notEncodable(reason: error.reason)
    }
  }
}
