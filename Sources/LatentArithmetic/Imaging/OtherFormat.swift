/// What is found where a PNG or JPEG image was expected, and what a person can do about it.
struct OtherFormat {
  /// The end of a sentence: “a WebP image, which is not read: …”.
  let sentence: String

  /// Recognizes a file by its first sixteen bytes.
  init?(firstBytes bytes: [UInt8]) {
    func text(_ range: Range<Int>) -> String {
      String(decoding: bytes[range.clamped(to: bytes.indices)], as: UTF8.self)
    }
    let kind = Self.kinds.first { text($0.place..<$0.place + $0.sign.utf8.count).lowercased() == $0.sign }
    guard let kind else { return nil }
    sentence = kind.sentence
  }

  private typealias Kind = (place: Int, sign: String, sentence: String)

  private static let kinds: [Kind] = [
    (8, "webp", image("a WebP", "dwebp FILE -o NEW.png")),
    (4, "ftypavif", image("an AVIF", "avifdec FILE NEW.png")),
    (4, "ftypavis", image("an AVIF", "avifdec FILE NEW.png")),
    (4, "ftyphei", image("a HEIC", "heif-convert FILE NEW.jpg")),
    (4, "ftyphev", image("a HEIC", "heif-convert FILE NEW.jpg")),
    (4, "ftypmif1", image("a HEIF", "heif-convert FILE NEW.jpg")),
    (4, "ftypmsf1", image("a HEIF", "heif-convert FILE NEW.jpg")),
    (4, "ftyp", "a video, not an image."),
    (0, "gif8", image("a GIF", "convert FILE NEW.png")),
    (0, "ii*\0", image("a TIFF or raw", "convert FILE NEW.png")),
    (0, "mm\0*", image("a TIFF or raw", "convert FILE NEW.png")),
    (4, "jxl ", image("a JPEG XL", "djxl FILE NEW.png")),
    (4, "jp  ", image("a JPEG 2000", "opj_decompress -i FILE -o NEW.png")),
    (0, "%pdf", "a PDF, not an image."),
    (0, "<!doctype", "a web page, not an image: what was to be fetched has another address."),
    (0, "<html", "a web page, not an image: what was to be fetched has another address."),
    (0, "version https://", "a pointer of Git LFS, not the image itself: `git lfs pull` fetches it."),
  ]

  private static func image(_ name: String, _ command: String) -> String {
    "\(name) image, which is not read: make a PNG or JPEG of it, with `\(command)` for example."
  }
}
