import Foundation
import LatentCore

extension Image {
  /// Reads a PNG or JPEG file.
  ///
  /// The format is told by the file's first bytes, not by its name. Transparency is laid over white, and a JPEG is
  /// turned as its Exif orientation says.
  ///
  /// - Throws: ``FileError`` when the file cannot be read, ``ImageError`` when it is no picture or damaged.
  public init(contentsOf url: URL) throws {
    try self.init(data: File.contents(of: url), name: url.lastPathComponent)
  }

  /// Decodes a PNG or JPEG file that is in memory.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - name: What errors call it.
  /// - Throws: ``ImageError`` when it is no picture, or damaged.
  public init(data: Data, name: String = "data") throws(ImageError) {
    let bytes = [UInt8](data)
    guard let codec = ImageCodec(signatureOf: bytes) else {
      throw .notAnImage(name: name, firstBytes: Array(bytes.prefix(8)))
    }
    do {
      self = try codec.decode(bytes)
    } catch {
      throw .damaged(name: name, reason: error.reason)
    }
  }

  /// Returns the picture as a PNG file, which keeps every value.
  ///
  /// - Throws: ``ImageError`` when the picture is too large for the format.
  public func pngData() throws(ImageError) -> Data { try encoded(by: .png, quality: 100) }

  /// Returns the picture as a JPEG file.
  ///
  /// - Parameter quality: 0, the smallest file, to 100, the best picture.
  /// - Returns: The whole file.
  /// - Throws: ``ImageError`` when the picture is too large for the format.
  /// - Precondition: The quality is in that range.
  public func jpegData(quality: Int = 90) throws(ImageError) -> Data {
    try encoded(by: .jpeg, quality: quality)
  }

  /// Writes the picture as PNG or JPEG, as the extension of the name says.
  ///
  /// The file at `url` is either left as it was or complete: the bytes go to a temporary file first.
  ///
  /// - Parameters:
  ///   - url: Where; the name ends in .png, .jpg or .jpeg.
  ///   - quality: For JPEG, 0 to 100.
  /// - Throws: ``ImageError`` for another extension, ``FileError`` when the folder is missing or writing fails.
  /// - Precondition: The quality is in that range.
  public func write(to url: URL, quality: Int = 90) throws {
    let codec: ImageCodec
    switch url.pathExtension.lowercased() {
    case "png": codec = .png
    case "jpg", "jpeg": codec = .jpeg
    default: throw ImageError.unsupportedExtension(name: url.lastPathComponent)
    }
    try AtomicFile.write(encoded(by: codec, quality: quality), to: url)
  }

  private func encoded(by codec: ImageCodec, quality: Int) throws(ImageError) -> Data {
    precondition((0...100).contains(quality), "A JPEG quality is in 0 … 100, not \(quality).")
    do {
      return Data(try codec.encode(self, quality: quality))
    } catch {
      throw .notEncodable(reason: error.reason)
    }
  }
}
