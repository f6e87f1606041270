import CImageCodecs
import Foundation

/// The only Swift code that talks to the C codecs.
package enum ImageCodec {
  case png, jpeg
  // These are read, and written as one of the others.
  #if WebP
    case webp
  #endif
  #if HEIC
    case heic
  #endif

  /// The extensions of files that are read.
  package static var readExtensions: Set<String> {
    var extensions: Set = ["png", "jpg", "jpeg", "jpe", "jfif"]
    #if WebP
      extensions.insert("webp")
    #endif
    #if HEIC
      extensions.formUnion(["heic", "heif"])
    #endif
    return extensions
  }

  /// What the codec said when it failed, a fragment of a sentence.
  package struct Failure: Error {
    let reason: String
  }

  /// What a file announces before its pixels.
  package struct Header {
    let width, height: Int
    let hasAlpha: Bool
    /// Whether there is one value a pixel, or ink instead of light.
    let isGray, isCMYK: Bool
    /// Bits a value.
    let depth: Int
  }

  /// The format that this file begins as, by its signature.
  package init?(signatureOf file: Data) {
    if file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if file.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      #if WebP
        if file.starts(with: Array("RIFF".utf8)), file.dropFirst(8).starts(with: Array("WEBP".utf8)) {
          self = .webp
          return
        }
      #endif
      #if HEIC
        if Self.heicBrands.contains(where: { file.dropFirst(4).starts(with: $0) }) {
          self = .heic
          return
        }
      #endif
      return nil
    }
  }

  #if HEIC
    private static let heicBrands = ["ftyphei", "ftyphev", "ftypmif1", "ftypmsf1"].map { Array($0.utf8) }
  #endif

  /// The format that a file of this name is written in.
  init?(extensionOf url: URL) {
    switch url.pathExtension.lowercased() {
    case "png": self = .png
    case "jpg", "jpeg": self = .jpeg
    default: return nil
    }
  }

  /// Reads a file as far as its pixels, taking no memory for them.
  package func header(of file: Data) throws(Failure) -> Header {
    var header = ic_header()
    try Self.call { message in
      file.withBytes { bytes in
        switch self {
        case .png: ic_read_png_header(bytes, &header, message)
        case .jpeg: ic_read_jpeg_header(bytes, &header, message)
        #if WebP
          case .webp: ic_read_webp_header(bytes, &header, message)
        #endif
        #if HEIC
          case .heic: ic_read_heic_header(bytes, &header, message)
        #endif
        }
      }
    }
    return Header(
      width: header.width, height: header.height, hasAlpha: header.has_alpha, isGray: header.is_gray,
      isCMYK: header.is_cmyk, depth: Int(header.depth))
  }

  #if HEIC
    /// What a HEIC file holds beside its pixels.
    struct Blocks {
      let profile, exif, xmp: Data?
      /// Whether its colors are not sRGB's, without a profile that says which.
      let hasOtherColors: Bool
      let pictures: Int
    }

    static func blocks(ofHEIC file: Data) throws(Failure) -> Blocks {
      var blocks = ic_blocks()
      try call { message in file.withBytes { ic_read_heic_blocks($0, &blocks, message) } }
      func data(_ bytes: ic_bytes) -> Data? { bytes.bytes == nil ? nil : Data(taking: bytes) }
      return Blocks(
        profile: data(blocks.profile), exif: data(blocks.exif), xmp: data(blocks.xmp),
        hasOtherColors: blocks.has_other_colors, pictures: blocks.pictures)
    }
  #endif

  /// Decodes a whole file, whose header has been read, to an upright image.
  package func decode(_ file: Data, _ header: Header) throws(Failure) -> Image {
    let count = header.width * header.height
    var alpha = [UInt8](repeating: 0, count: header.hasAlpha ? count : 0)
    var outcome: Result<Void, Failure> = .success(())
    let pixels = [UInt8](unsafeUninitializedCapacity: count * 3) { pixels, initializedCount in
      outcome = Result { () throws(Failure) in
        try Self.call { message in
          file.withBytes { bytes in
            alpha.withUnsafeMutableBufferPointer { alpha in
              let plane = header.hasAlpha ? alpha.baseAddress : nil
              return switch self {
              case .png: ic_decode_png(bytes, pixels.baseAddress, plane, message)
              case .jpeg: ic_decode_jpeg(bytes, pixels.baseAddress, message)
              #if WebP
                case .webp: ic_decode_webp(bytes, pixels.baseAddress, plane, message)
              #endif
              #if HEIC
                case .heic: ic_decode_heic(bytes, pixels.baseAddress, plane, message)
              #endif
              }
            }
          }
        }
        initializedCount = count * 3
      }
    }
    try outcome.get()
    var orientation = Orientation.upright
    let metadata =
      switch self {
      case .png: Image.Metadata(png: file, header, &orientation)
      case .jpeg: Image.Metadata(jpeg: file, header, &orientation)
      #if WebP
        case .webp: Image.Metadata(webp: file, header, &orientation)
      #endif
      #if HEIC
        case .heic: try Image.Metadata(heic: file, header)
      #endif
      }
    var image = Image(
      width: header.width, height: header.height, pixels: pixels, alpha: header.hasAlpha ? alpha : nil,
      metadata: metadata)
    image.metadata.hasOpaqueAlpha = header.hasAlpha && image.alpha == nil
    return image.transformed(by: orientation)
  }

  /// Encodes an image; `quality`, 0 … 100, is for JPEG, which shows it over white.
  package func encode(_ image: Image, quality: Int) throws(Failure) -> Data {
    let shown = self == .jpeg ? image.laidOverWhite() : image
    let (isGray, metadata) = (shown.isWrittenGray, image.metadata)
    var pixels = ic_bytes()
    try Self.call { message in
      shown.withImage(isGray: isGray) { image in
        var image = image
        return switch self {
        case .png: ic_encode_png(&image, &pixels, message)
        case .jpeg: ic_encode_jpeg(&image, Int32(quality), &pixels, message)
        #if WebP || HEIC
          default: preconditionFailure("\(self) is not written.")
        #endif
        }
      }
    }
    var file = Data(taking: pixels)
    switch self {
    case .png:
      // After the signature, of 8 bytes, and the header.
      file.insert(contentsOf: try metadata.pngChunks(besideGray: isGray), at: 33)
    case .jpeg:
      // The first marker, of 2 bytes, and JFIF's segment, of 18, which holds the density at its byte 11.
      file.insert(contentsOf: try metadata.jpegSegments(besideGray: isGray), at: 20)
      if let density = metadata.jfifDensity { file.replaceSubrange(13..<18, with: density) }
    #if WebP || HEIC
      default: break
    #endif
    }
    return file
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

extension Data {
  /// Takes over bytes that a codec allocated.
  fileprivate init(taking bytes: ic_bytes) {
    guard let start = bytes.bytes else {
      self.init()
      return
    }
    self.init(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count,
      deallocator: .custom { start, _ in ic_free(start) })
  }

  /// Lends the bytes to a codec.
  fileprivate func withBytes<R>(_ body: (ic_bytes) -> R) -> R {
    withUnsafeBytes { body(ic_bytes(bytes: $0.bindMemory(to: UInt8.self).baseAddress, count: $0.count)) }
  }
}

extension Image {
  /// Lends the image to a codec.
  fileprivate func withImage<R>(isGray: Bool, _ body: (ic_picture) -> R) -> R {
    pixels.withUnsafeBufferPointer { pixels in
      (alpha ?? []).withUnsafeBufferPointer { plane in
        body(
          ic_picture(
            width: width, height: height, pixels: pixels.baseAddress,
            alpha: alpha == nil ? nil : plane.baseAddress,
            has_alpha: alpha != nil || metadata.hasOpaqueAlpha, is_gray: isGray))
      }
    }
  }
}
