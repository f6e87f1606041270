import LatentCore

/// A reader of the numbers that files of word vectors are full of: a sign, a few digits, a point, more digits.
///
/// Goals: the bits that `Span.float(in:)` gives, whose reasoning it shares; then speed. Digits after the point are taken
/// eight at a time, so that their number decides no branch, which the processor could not predict. What is written in
/// another way goes to `Span.float(in:)`.
enum DecimalNumber {
  /// How many bytes must follow the place from which a number is read.
  static let reach = 32

  /// Powers of ten by pointers, which a loop reads without checks.
  struct Powers {
    /// 10⁰ … 10²², all that `Double` holds exactly.
    let exact: UnsafePointer<Double>
    /// 10⁰ … 10¹⁶.
    let integers: UnsafePointer<UInt64>
  }

  /// Lends the powers of ten.
  static func withPowers<Result, Failure: Error>(
    _ body: (Powers) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try exactPowersOfTen.withUnsafeBufferPointer { exact throws(Failure) in
      try integerPowersOfTen.withUnsafeBufferPointer { integers throws(Failure) in
        guard let exact = exact.baseAddress, let integers = integers.baseAddress else {
          preconditionFailure("There are 23 powers of ten, not 0.")
        }
        return try body(Powers(exact: exact, integers: integers))
      }
    }
  }

  /// Reads the number at `place`, which has to end before a blank or a line end, and moves `place` behind it.
  ///
  /// - Parameters:
  ///   - place: Where the number begins, with ``reach`` bytes to read.
  ///   - powers: The powers of ten.
  /// - Returns: Nil when it is not written in the usual way; `place` is then anywhere.
  @inline(__always)
  static func read(_ place: inout UnsafePointer<UInt8>, powers: Powers) -> Float? {
    let isNegative = place.pointee == UInt8(ascii: "-")
    if isNegative { place += 1 }
    var whole: UInt64 = 0
    var wholeDigits = 0
    while place.pointee &- 0x30 < 10, wholeDigits < 7 {
      whole = whole &* 10 &+ UInt64(place.pointee &- 0x30)
      place += 1
      wholeDigits += 1
    }
    var fraction: UInt64 = 0
    var places = 0
    if place.pointee == UInt8(ascii: ".") {
      place += 1
      places = eightDigits(&place, &fraction)
      if places == 8 {
        var further: UInt64 = 0
        let count = eightDigits(&place, &further)
        fraction = fraction &* powers.integers[count] &+ further
        places += count
      }
    }
    // An exponent or an eighth digit before the point, for example, is for the slower reader.
    let end = place.pointee
    guard end == 0x20 || end == 0x0A || end == 0x0D || end == 0x09, wholeDigits + places > 0,
      wholeDigits + places <= 18
    else { return nil }
    let digits = whole &* powers.integers[places] &+ fraction
    guard digits < 1 << 53 else { return nil }
    return float(Double(digits) / powers.exact[places], isNegative: isNegative)
  }

  /// Rounds a correctly rounded `Double` of magnitude below 10³⁸ to `Float`; nil where that would round twice.
  ///
  /// A number and its `Double` lie on the same side of every value halfway between two floats, since these values are
  /// doubles themselves and rounding keeps order. Only when the `Double` is such a value can rounding it once more go
  /// wrong; it then ends in a one and 28 zeros. Below the smallest normal `Float` these values end differently, and all
  /// but zero are left out.
  @inline(__always)
  static func float(_ value: Double, isNegative: Bool) -> Float? {
    guard value.bitPattern & 0x1FFF_FFFF != 0x1000_0000, value == 0 || value >= 0x1p-126 else { return nil }
    return Float(isNegative ? -value : value)
  }

  /// Reads up to eight digits and moves `place` behind them.
  @inline(__always)
  private static func eightDigits(_ place: inout UnsafePointer<UInt8>, _ number: inout UInt64) -> Int {
    let bytes =
      UInt64(
        littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
    // A byte is a digit when neither it nor it plus six reaches the high half; carries only disturb later bytes.
    let others = (bytes | bytes &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
    let count = others.trailingZeroBitCount >> 3
    place += count
    if count == 0 { return 0 }
    // Zeros fill up from the left; then pairs, fours and eights are joined.
    var digits = bytes << UInt64(64 - 8 * count)
    digits = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    digits = (digits &* 100 &+ digits >> 16) & 0x0000_FFFF_0000_FFFF
    number = (digits &* 10_000 &+ digits >> 32) & 0xFFFF_FFFF
    return count
  }
}

private let integerPowersOfTen: [UInt64] = (0...16).map { power in
  (0..<power).reduce(1) { value, _ in value * 10 }
}
