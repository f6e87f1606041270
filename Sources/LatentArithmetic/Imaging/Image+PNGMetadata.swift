import Foundation
import LatentCore

extension Image.Metadata {
  /// Chunks that are true of the colors of whatever is drawn with them (PNG, third edition, §11.3.2).
  private static let colorTypes = ["cICP", "sRGB", "gAMA", "cHRM", "mDCV", "cLLI"]
  private static let textTypes = ["tEXt", "zTXt", "iTXt"]
  /// Chunks that are done with once pixels are read, or whose loss nobody notices.
  private static let passed = [
    "IHDR", "PLTE", "IEND", "tRNS", "tIME", "bKGD", "hIST", "sBIT", "sPLT", "fcTL",
  ]
  private static let xmpKeyword = "XML:com.adobe.xmp"
  private static let commentKeyword = "Comment"

  /// Reads what a PNG file, whose pixels have been read, holds beside them.
  init(png file: Data, _ header: ImageCodec.Header, _ orientation: inout Orientation) {
    self.init()
    take(header)
    for chunk in PNGChunk.all(of: file) {
      switch chunk.type {
      case "iCCP":
        // After the name, the method of compression, of which there is one.
        let profile = Self.inflated(chunk.value.dropFirst())
        if let profile {
          take(profile: profile, of: header)
        } else {
          losses.append("a damaged color profile")
        }
      case "eXIf": orientation = take(exif: chunk.body)
      case "pHYs" where chunk.body.count == 9:
        density = PixelDensity(
          x: chunk.body.integer(at: 0, bytes: 4), y: chunk.body.integer(at: 4, bytes: 4),
          unit: chunk.body.last == 1 ? .meter : .none)
      case "acTL" where chunk.body.count == 8:
        takeFrames(chunk.body.integer(at: 0, bytes: 4))
      case "iTXt" where chunk.keyword == Self.xmpKeyword: takeXMP(of: chunk.value)
      // ImageMagick's way to store Exif, Photoshop's blocks and others, thumbnails among them.
      case "tEXt", "zTXt", "iTXt":
        if chunk.keyword.hasPrefix("Raw profile type") {
          losses.append("its text “\(chunk.keyword)”")
        } else {
          chunks.append(chunk)
        }
      case let type where Self.colorTypes.contains(type): chunks.append(chunk)
      case let type where Self.passed.contains(type): break
      default: losses.append("its chunk \(chunk.type)")
      }
    }
  }

  /// Two bytes for compression, a language and a keyword in it that end with 0, and the packet.
  private mutating func takeXMP(of value: Data) {
    let parts = value.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return }
    if value.first == 0 {
      take(xmp: Data(parts[2]))
    } else if let packet = Self.inflated(parts[2]) {
      take(xmp: packet)
    } else {
      losses.append("a damaged XMP")
    }
  }

  /// What a stream of zlib's holds, nil where it is damaged or too much.
  private static func inflated(_ bytes: Data) -> Data? {
    // One byte of the most that deflate can make of each, and no more than is taken.
    var room = [UInt8](repeating: 0, count: min(mostBytes, bytes.count * 1032) + 1)
    let inflater = Inflater(.zlib)
    let count = try? bytes.withRawBytes { input in
      try room.withUnsafeMutableBytes { try inflater.fill($0, from: input) }
    }
    return count.flatMap { inflater.isFinished && $0 <= mostBytes ? Data(room.prefix($0)) : nil }
  }

  /// What stands between header and pixels of a PNG file.
  func pngChunks(besideGray isGray: Bool) throws(ImageCodec.Failure) -> Data {
    var written = chunks.filter { Self.colorTypes.contains($0.type) }
    if let profile = colorProfile, !profile.isEmpty, isGray || !hasGrayProfile {
      try check(profile, "color profile")
      let deflated = profile.withRawBytes { Deflation.deflated($0, as: .zlib) }
      written.append(PNGChunk(type: "iCCP", body: Data("ICC profile".utf8) + [0, 0] + deflated))
    }
    if let density = density?.inMeters {
      let unit = Data([density.unit == .meter ? 1 : 0])
      let sides = Data(bigEndian: density.x, bytes: 4) + Data(bigEndian: density.y, bytes: 4)
      written.append(PNGChunk(type: "pHYs", body: sides + unit))
    }
    if let exif, !exif.isEmpty {
      try check(exif, "Exif block")
      written.append(PNGChunk(type: "eXIf", body: exif))
    }
    if let xmp { written.append(.internationalText(Self.xmpKeyword, xmp)) }
    written += chunks.filter { !Self.colorTypes.contains($0.type) }
    return written.reduce(Data()) { $0 + $1.bytes }
  }

  private func check(_ bytes: Data, _ name: String) throws(ImageCodec.Failure) {
    if bytes.count > Self.mostBytes { throw ImageCodec.Failure(reason: "its \(name) is larger than 16 MiB") }
  }

  /// JPEG's comments.
  var comments: [Data] {
    chunks.filter { $0.type == "tEXt" && $0.keyword == Self.commentKeyword }.map(\.value)
  }

  mutating func take(comment: Data) { chunks.append(.text(Self.commentKeyword, comment)) }

  /// What a JPEG file has no place for: other texts, and colors that are not sRGB and not in a profile either.
  var lossesInJPEG: [String] {
    let texts = chunks.count { Self.textTypes.contains($0.type) } - comments.count
    let lostTexts = texts == 0 ? [] : [texts == 1 ? "its text" : "its \(texts) texts"]
    return lostTexts + (hasOtherColors ? ["what its chunks say of colors"] : [])
  }

  /// Whether chunks, of which cICP counts most, then the profile, then sRGB, say that colors are not sRGB.
  private var hasOtherColors: Bool {
    func body(_ type: String) -> Data? { chunks.first { $0.type == type }?.body }
    // Primaries 1 with the transfer function 13 (ITU-T H.273) are sRGB's.
    if let codes = body("cICP") { return !codes.starts(with: [1, 13]) }
    if colorProfile != nil || body("sRGB") != nil { return false }
    let gamma = body("gAMA").map { $0.integer(at: 0, bytes: min($0.count, 4)) } ?? Self.gammaOfSRGB
    let primaries = body("cHRM")
    return abs(gamma - Self.gammaOfSRGB) > 500 || (primaries != nil && primaries != Self.primariesOfSRGB)
  }

  /// 1/2.2 in units of 1/100,000.
  private static let gammaOfSRGB = 45455
  /// White, red, green and blue, x and y of each in units of 1/100,000.
  private static let primariesOfSRGB = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]
    .reduce(Data()) { $0 + Data(bigEndian: $1, bytes: 4) }
}
