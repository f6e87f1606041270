import Foundation

extension Image.Metadata {
  static let exifSignature = Array("Exif\0\0".utf8)
  private static let xmpSignature = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  private static let profileSignature = Array("ICC_PROFILE\0".utf8)
  /// What JPEG's application segments begin with that is done with once pixels are read: Adobe's tells of color
  /// transforms, JFXX is a thumbnail.
  private static let passed = ["JFIF\0", "JFXX\0", "Adobe"].map { Array($0.utf8) }
  private static let named: [(signature: [UInt8], loss: String)] = [
    ("http://ns.adobe.com/xmp/extension/\0", "further parts of its XMP"),
    ("Photoshop 3.0\0", "Photoshop's captions and settings"),
    ("MPF\0", "further images behind it"),
    ("JP", "its Content Credentials"),
  ].map { (Array($0.0.utf8), $0.1) }

  /// A segment's length, which counts itself, has two bytes.
  private static let mostInSegment = 65533

  /// Reads what a JPEG file, whose pixels have been read, holds beside them, in the segments before its first scan.
  init(jpeg file: Data, _ header: ImageCodec.Header, _ orientation: inout Orientation) {
    self.init()
    take(header)
    var profile: [Int: Data] = [:]
    for (marker, body) in Self.segments(of: file) {
      if marker == 0xFE {
        take(comment: body)
      } else if marker == 0xE0, body.starts(with: Self.passed[0]), body.count >= 12 {
        takeDensity(of: body)
      } else if marker == 0xE1, body.starts(with: Self.exifSignature) {
        orientation = take(exif: body.dropFirst(Self.exifSignature.count))
      } else if marker == 0xE1, body.starts(with: Self.xmpSignature) {
        take(xmp: body.dropFirst(Self.xmpSignature.count))
      } else if marker == 0xE2, body.starts(with: Self.profileSignature), body.count > 14 {
        profile[body.integer(at: 12, bytes: 1)] = body.dropFirst(14)
        // Each part says which one it is and how many there are.
        if profile.count == body.integer(at: 13, bytes: 1) {
          take(profile: (1...profile.count).reduce(Data()) { $0 + (profile[$1] ?? Data()) }, of: header)
        }
      } else if (0xE0...0xEF).contains(marker), !Self.passed.contains(where: body.starts) {
        let loss = Self.named.first { body.starts(with: $0.signature) }?.loss
        losses.append(loss ?? "its segment APP\(marker - 0xE0)")
      }
    }
    var seen: Set<String> = []
    losses = losses.filter { seen.insert($0).inserted }
  }

  /// JFIF's segment: a name of 5 bytes, a version of 2, the unit, and two numbers of 2.
  private mutating func takeDensity(of body: Data) {
    let unit: PixelDensity.Unit =
      switch body.integer(at: 7, bytes: 1) {
      case 1: .inch
      case 2: .centimeter
      default: .none
      }
    density = PixelDensity(x: body.integer(at: 8, bytes: 2), y: body.integer(at: 10, bytes: 2), unit: unit)
    // What is written where nothing is known.
    if density == PixelDensity(x: 1, y: 1, unit: .none) { density = nil }
  }

  /// The segments from the start to the first scan, with the second byte of their markers.
  private static func segments(of file: Data) -> [(marker: Int, body: Data)] {
    var (segments, offset) = ([(marker: Int, body: Data)](), 2)
    while offset + 4 <= file.count, file.integer(at: offset, bytes: 1) == 0xFF {
      let marker = file.integer(at: offset + 1, bytes: 1)
      if marker == 0xFF {  // fills up
        offset += 1
        continue
      }
      let end = offset + 2 + file.integer(at: offset + 2, bytes: 2)
      guard marker != 0xDA, offset + 4 <= end, end <= file.count else { break }
      segments.append((marker, Data(file.part(offset + 4..<end))))
      offset = end
    }
    return segments
  }

  /// The segments that stand between JFIF's and the tables of a JPEG file.
  func jpegSegments(besideGray isGray: Bool) throws(ImageCodec.Failure) -> Data {
    var written = Data()
    func append(_ marker: UInt8, _ signature: Data, _ body: Data) {
      written +=
        [0xFF, marker] + Data(bigEndian: 2 + signature.count + body.count, bytes: 2) + signature + body
    }
    if let exif, !exif.isEmpty {
      try Self.check(exif.count <= Self.mostInSegment - Self.exifSignature.count, "Exif block")
      append(0xE1, Data(Self.exifSignature), exif)
    }
    if let xmp {
      try Self.check(xmp.count <= Self.mostInSegment - Self.xmpSignature.count, "XMP")
      append(0xE1, Data(Self.xmpSignature), xmp)
    }
    if let profile = colorProfile, !profile.isEmpty, isGray || !hasGrayProfile {
      let most = Self.mostInSegment - Self.profileSignature.count - 2
      let parts = (profile.count + most - 1) / most
      try Self.check(parts <= 255 && profile.count <= Self.mostBytes, "color profile")
      for part in 0..<parts {
        let numbers = Data([UInt8(part + 1), UInt8(parts)])
        append(
          0xE2, Data(Self.profileSignature + numbers),
          profile.dropFirst(part * most).prefix(most))
      }
    }
    for comment in comments where comment.count <= Self.mostInSegment { append(0xFE, Data(), comment) }
    return written
  }

  /// JFIF's unit and two numbers, where the density can be said so.
  var jfifDensity: Data? {
    guard let density = density?.inInches else { return nil }
    let unit: UInt8 =
      switch density.unit {
      case .inch: 1
      case .centimeter: 2
      case .none, .meter: 0
      }
    return [unit] + Data(bigEndian: density.x, bytes: 2) + Data(bigEndian: density.y, bytes: 2)
  }

  private static func check(_ fits: Bool, _ name: String) throws(ImageCodec.Failure) {
    guard fits else { throw ImageCodec.Failure(reason: "its \(name) is larger than a JPEG file can hold") }
  }
}

extension Data {
  /// An Exif block without JPEG's signature, which some writers of other formats put first, too.
  var withoutExifSignature: Data {
    let signature = Image.Metadata.exifSignature
    return starts(with: signature) ? dropFirst(signature.count) : self
  }
}
