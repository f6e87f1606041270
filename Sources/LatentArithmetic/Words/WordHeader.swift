/// The first line of word2vec's text and binary forms: how many words, how many values each.
struct WordHeader {
  let count: Int
  let dimension: Int
  /// The length of the line, its end included.
  let length: Int

  /// The longest line that is looked at: two numbers of nineteen digits and some blanks.
  private static let longest = 64

  /// Nil when the bytes do not begin with a line of two integers above zero.
  init?(_ bytes: UnsafeRawBufferPointer) {
    let start = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longest))
    let text = start.bindMemory(to: UInt8.self).span
    let (line, next) = text.line(from: 0)
    let fields = text.fields(in: line)
    guard next <= text.count || text.count < Self.longest, fields.count == 2,
      let count = Int(text.text(fields[0])), let dimension = Int(text.text(fields[1])), count > 0,
      dimension > 0
    else { return nil }
    (self.count, self.dimension, length) = (count, dimension, min(next, text.count))
  }

  /// Whether the words after the header are text, of which `bytes` are the first.
  ///
  /// Goals: (1) every well-formed file is told right; (2) of a malformed one the better guess. A line that ends in as
  /// many numbers as the header says is text. So is one that is UTF-8 without control characters, and in which some
  /// field after the first is a number; its fault is then named. All else is binary: the highest byte of a `Float`
  /// of usual size is no digit, and a vector without any control character or broken UTF-8 is rare even if short.
  func isText(after bytes: UnsafeRawBufferPointer, longestLine: Int) -> Bool {
    let text = bytes.bindMemory(to: UInt8.self).span
    var start = 0
    while start < text.count {
      let next = min(bytes.nextLine(from: start), start + longestLine)
      let (line, _) = text.extracting(..<next).line(from: start)
      if !line.isEmpty {
        if text.numberCount(in: line) >= dimension { return true }
        let isPlain = !line.contains { text[$0] < 0x20 && text[$0] != 0x09 || text[$0] == 0x7F }
        return isPlain && String(validating: bytes[line], as: UTF8.self) != nil
          && text.fields(in: line).dropFirst().contains { text.float(in: $0) != nil }
      }
      start = next
    }
    return true
  }
}
