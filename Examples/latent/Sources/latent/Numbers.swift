import ArgumentParser
import Foundation

/// Reads the number of an option, which has to be in a range: `@Option(transform: within(1...1024))`.
///
/// Every option that takes a number takes it by this function, so that none meets a number that it was not made for.
func within<Number: Comparable & LosslessStringConvertible & Sendable>(
  _ range: ClosedRange<Number>
) -> @Sendable (String) throws -> Number {
  { text in
    guard let number = Number(text), range.contains(number) else {
      throw ValidationError(
        "it takes a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))\(decimalPoint(in: text))."
      )
    }
    return number
  }
}

/// A number as people write it, a whole one without a point.
func plain(_ number: some LosslessStringConvertible) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// Reads several numbers, separated by commas, each in a range.
func listWithin(_ range: ClosedRange<Float>) -> @Sendable (String) throws -> [Float] {
  { text in
    let parts = list(text)
    if parts.isEmpty { throw ValidationError("it takes at least one number.") }
    // 0,5 is a half in many countries, and two numbers here. "0, 5" and 0,5.0 can mean nothing else.
    let isAmbiguous = text.split(separator: ",").count == 2 && text.wholeMatch(of: /[-+]?\d+,\d+/) != nil
    if isAmbiguous {
      throw ValidationError(
        "it may be one number with a decimal comma; write \(text.replacing(",", with: ".")), "
          + "or “\(text.replacing(",", with: ", "))” for two numbers.")
    }
    return try parts.map(within(range))
  }
}

/// How far θ may go; beyond ±1.5 much else changes, and long before this nothing is left of a face.
let possibleThetas: ClosedRange<Float> = -100...100

/// How far along a direction that is no word's an image may go; the length of 1 is whatever was published.
let possibleSteps: ClosedRange<Float> = -1000...1000

/// What to write where a comma stands for the decimal point, as the end of a sentence.
private func decimalPoint(in text: String) -> String {
  text.wholeMatch(of: /[-+]?\d*,\d+/) == nil
    ? "" : "; its decimal point is a point, \(text.replacing(",", with: "."))"
}

/// What options of several commands may be.
enum Bounds {
  static let threads = 1...1024
  static let steps = 1...10_000_000
  static let refinement = 1...100_000
  static let samples = 1...1_000_000
  static let faces = 1...1_000_000
  static let batch = 8...1024
}

/// The parts of a list with commas.
@Sendable func list(_ argument: String) -> [String] {
  argument.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}
