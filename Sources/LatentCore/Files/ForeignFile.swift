/// What a file is that no reader here reads, by its first bytes, with what to do.
package enum ForeignFile {
  /// A clause that follows “is”, nil when nothing is recognized.
  package static func clause(_ bytes: UnsafeRawBufferPointer) -> String? {
    let known = signatures.first { bytes.dropFirst($0.offset).starts(with: $0.bytes) }
    if let known { return known.clause }
    if isUTF16(bytes) { return "text in UTF-16: save it as UTF-8" }
    if isWebPage(bytes) { return "a web page in the place of the file: download it anew" }
    return isOldFastText(bytes) ? fastText : nil
  }

  private typealias Signature = (offset: Int, bytes: [UInt8], clause: String)

  private static let signatures: [Signature] = [
    (
      0, Array("version https://git-lfs".utf8),
      "a Git LFS pointer in the place of the file: fetch that by “git lfs pull”"
    ),
    (0, [0x50, 0x4b, 3, 4], "a zip archive: unpack it, and give the file in it"),
    (0, [0x1f, 0x8b], "compressed by gzip: unpack it by “gunzip”"),
    (0, Array("BZh".utf8) + [0x31], "compressed by bzip2: unpack it by “bunzip2”"),
    (0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed by xz: unpack it by “unxz”"),
    (0, [0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd: unpack it by “unzstd”"),
    (0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive: unpack it, and give the file in it"),
    (0, Array("Rar!".utf8) + [0x1a], "a RAR archive: unpack it, and give the file in it"),
    (257, Array("ustar".utf8), "a tar archive: unpack it by “tar -xf”, and give the file in it"),
    (0, [0xba, 0x16, 0x4f, 0x2f], fastText),
    (
      0, [0x89, 0x48, 0x44, 0x46, 13, 10],
      "an HDF5 file, as Keras writes: save its arrays as safetensors or .npz"
    ),
    (0, Array("GGUF".utf8) + [3, 0, 0, 0], "a GGUF file: give the model as safetensors"),
    (0, [0x89, 0x50, 0x4e, 0x47, 13, 10], "a PNG image"),
    (0, [0xff, 0xd8, 0xff], "a JPEG image"),
    (8, Array("WEBP".utf8), "a WebP image"),
  ]

  private static let fastText =
    "fastText's binary model: give the .vec beside it, or write one by “fasttext print-word-vectors”"

  /// Whether the bytes begin as fastText's models did before they had a magic number: twelve small integers, of which
  /// the seventh is the loss and the eighth the model, each 1 to 3.
  private static func isOldFastText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 56 else { return false }
    let settings = (0..<12).map {
      Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
    }
    return settings.allSatisfy { (0..<(1 << 24)).contains($0) } && (1...3).contains(settings[6])
      && (1...3).contains(settings[7]) && settings[0] > 0 && settings[11] > 0
  }

  /// Whether the bytes are UTF-16's mark and a character of ASCII; the mark alone may be a word in some other encoding.
  private static func isUTF16(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    return bytes.starts(with: [0xff, 0xfe]) && bytes[3] == 0
      || bytes.starts(with: [0xfe, 0xff]) && bytes[2] == 0
  }

  private static func isWebPage(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = String(decoding: bytes.prefix(64).drop { $0 <= 0x20 }.prefix(14), as: UTF8.self).lowercased()
    return start.hasPrefix("<!doctype html") || start.hasPrefix("<html>") || start.hasPrefix("<html ")
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes behind the byte order mark that some programs put before UTF-8.
  package var withoutByteOrderMark: UnsafeRawBufferPointer {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    return starts(with: mark) ? UnsafeRawBufferPointer(rebasing: self[mark.count...]) : self
  }
}
