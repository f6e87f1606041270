import Foundation
import LatentArithmetic
import LatentCore

/// What is done to a text before it is cut into words.
///
/// The published tokenizer repairs texts with ftfy, resolves references of HTML twice, makes runs of white space one
/// space, and lowers letters. Of ftfy's repairs these are made: Latin ligatures become letters, curled quotes straight,
/// full-width forms of ASCII ordinary, control characters nothing, and letters with accents one character (Unicode's
/// form C). Texts that were decoded wrongly (“cafÃ©”) are not repaired, nor are half-width forms widened. Of
/// the references of HTML, the numbers and the names amp, lt, gt, quot, apos and nbsp are resolved.
enum CLIPTextCleaning {
  static func cleaned(_ text: String) -> String {
    let repaired = String(String.UnicodeScalarView(text.unicodeScalars.flatMap(repair)))
      .precomposedStringWithCanonicalMapping
    return spaced(resolved(resolved(repaired))).lowercased()
  }

  // MARK: - ftfy's repairs

  private static func repair(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    switch scalar.value {
    case 0xFB00...0xFB06: ligatures[Int(scalar.value) - 0xFB00]
    case 0x2018...0x201B, 0x02BC: ["'"]
    case 0x201C...0x201F: ["\""]
    case 0x3000: [" "]
    case 0xFF01...0xFF5E: [Unicode.Scalar(scalar.value - 0xFF01 + 0x21) ?? scalar]
    case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFEFF, 0x206A...0x206F, 0xFFF9...0xFFFC: []
    default: [scalar]
    }
  }

  private static let ligatures: [[Unicode.Scalar]] = ["ff", "fi", "fl", "ffi", "ffl", "ſt", "st"]
    .map { Array($0.unicodeScalars) }

  // MARK: - References of HTML

  private static let names: [String: Unicode.Scalar] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
  ]

  private static func resolved(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let first = rest.first {
      if first == "&", let end = rest.prefix(mostOfReference).firstIndex(of: ";"),
        let scalar = scalar(of: String(Substring(rest[rest.index(after: rest.startIndex)..<end])))
      {
        result.append(scalar)
        rest = rest[rest.index(after: end)...]
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return String(result)
  }

  private static func scalar(of reference: String) -> Unicode.Scalar? {
    guard reference.hasPrefix("#") else { return names[reference] }
    let digits = reference.dropFirst()
    let isHexadecimal = digits.first == "x" || digits.first == "X"
    return UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10)
      .flatMap { Unicode.Scalar($0) }
  }

  private static let mostOfReference = 12

  // MARK: - White space

  private static func spaced(_ text: String) -> String {
    text.unicodeScalars.split { $0.properties.isWhitespace }.map { String(Substring($0)) }
      .joined(separator: " ")
  }
}
