/// Reading of large text files as bytes, whatever they hold besides ASCII.
extension Span<UInt8> {
  /// The line that begins at `start`, without its ending (LF or CR LF) and trailing blanks, and where the next begins.
  package func line(from start: Int) -> (line: Range<Int>, next: Int) {
    var end = start
    while end < count, self[end] != 0x0A { end += 1 }
    let next = end + 1
    while end > start, Self.isBlank(self[end - 1]) { end -= 1 }
    return (start..<end, next)
  }

  /// The last run of bytes in `range` that are not blank, empty at its start when there is none.
  package func lastField(in range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, Self.isBlank(self[end - 1]) { end -= 1 }
    var start = end
    while start > range.lowerBound, !Self.isBlank(self[start - 1]) { start -= 1 }
    return start..<end
  }

  /// All runs of bytes in `range` that are not blank.
  package func fields(in range: Range<Int>) -> [Range<Int>] {
    var fields: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      if Self.isBlank(self[start]) {
        start += 1
        continue
      }
      var end = start + 1
      while end < range.upperBound, !Self.isBlank(self[end]) { end += 1 }
      fields.append(start..<end)
      start = end
    }
    return fields
  }

  /// The bytes of `range` as text, with what is not UTF-8 repaired.
  package func text(_ range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF8.self)
  }

  /// The decimal number in `range`, rounded to the nearest `Float`; nil when it is none or not finite.
  ///
  /// Goals: the result of a correct conversion, bit for bit; then speed. Digits m and an exponent e with m < 2⁵³ and
  /// |e| ≤ 22 make m·10^e one correctly rounded operation in `Double` (Clinger 1990). Rounding that to `Float` is
  /// right but in the cases of `DecimalNumber.float`; those few go the slow way.
  package func float(in range: Range<Int>) -> Float? {
    var index = range.lowerBound
    let end = range.upperBound
    guard index < end else { return nil }
    let isNegative = self[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }

    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    var afterPoint = false
    while index < end {
      let byte = self[index]
      if byte == UInt8(ascii: "."), !afterPoint {
        afterPoint = true
      } else if byte >= 0x30, byte <= 0x39 {
        digits = digits &* 10 &+ UInt64(byte - 0x30)
        digitCount += 1
        if afterPoint { exponent -= 1 }
      } else if byte | 0x20 == UInt8(ascii: "e"), let power = smallPower(in: index + 1..<end) {
        exponent += power
        break
      } else {
        return slowFloat(in: range)
      }
      index += 1
    }
    guard digitCount > 0, digitCount < 19, digits < 1 << 53, abs(exponent) <= 22 else {
      return slowFloat(in: range)
    }
    let power = exactPowersOfTen[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    return DecimalNumber.float(value, isNegative: isNegative) ?? slowFloat(in: range)
  }

  /// The exponent in `range` when it is a sign or none and one or two digits.
  private func smallPower(in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    guard index < range.upperBound else { return nil }
    let isNegative = self[index] == UInt8(ascii: "-")
    if isNegative || self[index] == UInt8(ascii: "+") { index += 1 }
    guard (1...2).contains(range.upperBound - index) else { return nil }
    var power = 0
    for index in index..<range.upperBound {
      guard self[index] >= 0x30, self[index] <= 0x39 else { return nil }
      power = power * 10 + Int(self[index] - 0x30)
    }
    return isNegative ? -power : power
  }

  private func slowFloat(in range: Range<Int>) -> Float? {
    Float(text(range)).flatMap { $0.isFinite ? $0 : nil }
  }

  package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

/// 10⁰ … 10²², all that `Double` holds exactly.
let exactPowersOfTen: [Double] = (0...22).map { power in
  (0..<power).reduce(1) { value, _ in value * 10 }
}
