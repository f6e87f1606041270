#if WebP
  import Foundation

  extension Image.Metadata {
    /// Chunks that are done with once pixels are read.
    private static let passed: Set = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM"]

    /// Reads what a WebP file, whose pixels have been read, holds beside them: RIFF's chunks, each a name and a length, lowest
    /// byte first, of 4 bytes and a body of an even number of them.
    init(webp file: Data, _ header: ImageCodec.Header, _ orientation: inout Orientation) {
      self.init()
      take(header)
      var (offset, frames) = (12, 0)
      while offset + 8 <= file.count {
        let name = String(decoding: file.part(offset..<offset + 4), as: UTF8.self)
        let length = file.part(offset + 4..<offset + 8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let end = offset + 8 + length
        guard end <= file.count else { break }
        let body = Data(file.part(offset + 8..<end))
        switch name {
        case "ICCP" where length <= Self.mostBytes: take(profile: body, of: header)
        case "EXIF" where length <= Self.mostBytes:
          orientation = take(exif: body.withoutExifSignature)
        case "XMP " where length <= Self.mostBytes: take(xmp: body)
        case "ANMF": frames += 1
        case let name where Self.passed.contains(name): break
        default: losses.append("its chunk \(name)")
        }
        offset = end + length % 2
      }
      takeFrames(frames)
    }
  }
#endif
