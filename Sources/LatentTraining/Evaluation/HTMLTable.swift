import Foundation

/// A table of a page.
struct HTMLTable {
  /// What stands above a column: its name, and the unit of its numbers.
  struct Column {
    let name: String
    let unit: String

    init(_ name: String, unit: String = "") {
      (self.name, self.unit) = (name, unit)
    }
  }

  /// One place of a table.
  enum Cell {
    case text(String)
    case count(Int)
    case number(Double?, digits: Int)
    /// A share of 1 in per cent.
    case share(Double?)
    /// A number on a ground as strong as its magnitude, full at 1.
    case shaded(Double?, digits: Int)
  }

  let columns: [Column]
  let rows: [[Cell]]
  /// Whether the columns are so many that their names stand upright.
  var isMatrix = false

  /// The table in a box that scrolls where it is wider than the page; the first cell of each row is its
  /// header.
  var html: String {
    let header = columns.map { column in
      let unit = column.unit.isEmpty ? "" : " <small>\(column.unit.escapedForHTML)</small>"
      return "<th scope=\"col\"><span>\(column.name.escapedForHTML)\(unit)</span></th>"
    }
    let body = rows.map { row in
      let cells = row.enumerated().map { index, cell in cell.html(isHeader: index == 0) }
      return "<tr>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll"><table\(isMatrix ? " class=\"matrix\"" : "")>
      <thead><tr>\(header.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }
}

extension HTMLTable.Cell {
  fileprivate func html(isHeader: Bool) -> String {
    if isHeader { return "<th scope=\"row\">\(content)</th>" }
    return switch self {
    case .text: "<td class=\"text\">\(content)</td>"
    case .shaded(let value?, _): "<td style=\"background:\(Self.ground(of: value))\">\(content)</td>"
    default: "<td>\(content)</td>"
    }
  }

  private var content: String {
    switch self {
    case .text(let text): text.escapedForHTML
    case .count(let count): "\(count)"
    case .number(let value, let digits), .shaded(let value, let digits): value.formatted(digits: digits)
    case .share(let value): value.map { $0 * 100 }.formatted(digits: 1)
    }
  }

  /// Blue above zero and orange below, which people of all color visions tell apart; clear enough for any
  /// text on it.
  private static func ground(of value: Double) -> String {
    let strength = String(format: "%.2f", 0.6 * min(abs(value), 1))
    return value < 0 ? "rgba(217,119,6,\(strength))" : "rgba(37,99,235,\(strength))"
  }
}

extension Double? {
  /// The number with a minus sign as printers set it, or a dash where there is none.
  func formatted(digits: Int) -> String {
    guard let self else { return "–" }
    let text = String(format: "%.\(digits)f", self)
    // A number that rounds to zero has no sign.
    guard text.hasPrefix("-") else { return text }
    let magnitude = text.dropFirst()
    return magnitude.contains { "123456789".contains($0) } ? "−" + magnitude : String(magnitude)
  }
}

extension String {
  /// The text with what HTML reads as markup spelled out, and what XML 1.0 cannot hold replaced.
  var escapedForHTML: String {
    unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
