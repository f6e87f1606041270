import CImageCodecs

/// The only Swift code that talks to the C codecs.
enum ImageCodec {
  case png, jpeg

  /// What the codec said when it failed, a fragment of a sentence.
  struct Failure: Error {
    let reason: String
  }

  /// The format that these bytes begin as, by their signature.
  init?(signatureOf bytes: [UInt8]) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// Decodes a whole file, a JPEG turned upright.
  func decode(_ bytes: [UInt8]) throws(Failure) -> Image {
    var picture = ic_picture()
    try Self.call { message in
      switch self {
      case .png: ic_decode_png(bytes, bytes.count, &picture, message)
      case .jpeg: ic_decode_jpeg(bytes, bytes.count, &picture, message)
      }
    }
    defer { ic_free(picture.pixels) }
    let image = Image(
      width: picture.width, height: picture.height,
      pixels: Array(UnsafeBufferPointer(start: picture.pixels, count: picture.width * picture.height * 3)))
    return self == .jpeg ? image.transformed(by: Orientation(jpeg: bytes)) : image
  }

  /// Encodes a picture; `quality`, 0 … 100, is for JPEG.
  func encode(_ image: Image, quality: Int) throws(Failure) -> [UInt8] {
    var pixels = image.pixels
    var file = ic_file()
    try Self.call { message in
      pixels.withUnsafeMutableBufferPointer { pixels in
        var picture = ic_picture(width: image.width, height: image.height, pixels: pixels.baseAddress)
        return switch self {
        case .png: ic_encode_png(&picture, &file, message)
        case .jpeg: ic_encode_jpeg(&picture, Int32(quality), &file, message)
        }
      }
    }
    defer { ic_free(file.bytes) }
    return Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
  }

  private static func call(_ body: (UnsafeMutablePointer<CChar>?) -> Bool) throws(Failure) {
    var message = [CChar](repeating: 0, count: Int(IC_MESSAGE_SIZE))
    let succeeded = message.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    guard succeeded else {
      throw Failure(
        reason: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
  }
}
