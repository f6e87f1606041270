import LatentArithmetic

/// A labeled contact sheet: rows of images with a label at the left of each and one above each column.
public struct Sheet: Sendable {
  /// One row of the sheet.
  public struct Row: Sendable {
    /// What stands at its left.
    public var label: String
    /// Its images, from the left.
    public var images: [Image]

    /// Makes a row.
    public init(label: String, images: [Image]) {
      self.label = label
      self.images = images
    }
  }

  /// The rows, from the top.
  public var rows: [Row]
  /// What stands above the columns, from the left; columns beyond have no label.
  public var columnLabels: [String]

  /// Makes a sheet, whose rows may differ in length.
  public init(rows: [Row], columnLabels: [String] = []) {
    self.rows = rows
    self.columnLabels = columnLabels
  }

  /// Draws the sheet on white.
  ///
  /// No label is cut: the column of row labels is as wide as the longest, and each other column as its label.
  ///
  /// - Parameter cell: The width in pixels to which every image is resized, its proportions kept.
  /// - Returns: The sheet.
  /// - Precondition: There is at least one image, and the width is positive.
  public func image(cell: Int = 160) -> Image {
    precondition(cell > 0, "A cell of a sheet cannot be \(cell) pixels wide.")
    precondition(rows.contains { !$0.images.isEmpty }, "A sheet needs at least one image.")
    let images = rows.map { row in
      row.images.map { image in
        image.resized(width: cell, height: max(1, (image.height * cell + image.width / 2) / image.width))
      }
    }
    let columnWidths = (0..<max(columnLabels.count, rows.map(\.images.count).max() ?? 0)).map { column in
      max(cell, column < columnLabels.count ? Layout.width(of: columnLabels[column]) : 0)
    }
    let labelWidth = rows.map { Layout.width(of: $0.label) }.max() ?? 0
    let firstColumn = Layout.margin + labelWidth + (labelWidth > 0 ? Layout.labelGap : 0)
    let firstRow = Layout.margin + (columnLabels.isEmpty ? 0 : Layout.textHeight + Layout.labelGap)
    let rowHeights = images.map { max(Layout.textHeight, $0.map(\.height).max() ?? 0) }

    var canvas = Canvas(
      width: firstColumn + Layout.span(columnWidths) + Layout.margin,
      height: firstRow + Layout.span(rowHeights) + Layout.margin)
    var x = firstColumn
    for (label, width) in zip(columnLabels, columnWidths) {
      canvas.draw(label, x: x + (width - Layout.width(of: label)) / 2, y: Layout.margin, scale: Layout.scale)
      x += width + Layout.gap
    }
    var y = firstRow
    for (row, height) in rowHeights.enumerated() {
      // Centered by the letters that stand on the baseline, which is where the eye sees the middle.
      let textTop = y + (height - BitmapFont.ascent * Layout.scale) / 2
      canvas.draw(rows[row].label, x: Layout.margin, y: textTop, scale: Layout.scale)
      x = firstColumn
      for (image, width) in zip(images[row], columnWidths) {
        canvas.draw(image, x: x + (width - cell) / 2, y: y + (height - image.height) / 2)
        x += width + Layout.gap
      }
      y += height + Layout.gap
    }
    return Image(width: canvas.width, height: canvas.height, pixels: canvas.pixels)
  }

  /// The measures of a sheet, in pixels.
  private enum Layout {
    static let margin = 16
    static let gap = 6
    static let labelGap = 12
    static let scale = 2
    static let textHeight = BitmapFont.height * scale

    static func width(of text: String) -> Int { BitmapFont.width(of: text) * scale }

    /// The length of `lengths` side by side.
    static func span(_ lengths: [Int]) -> Int { lengths.reduce(0, +) + gap * max(0, lengths.count - 1) }
  }
}

/// A white image being drawn on.
private struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 255, count: width * height * 3)
  }

  mutating func draw(_ image: Image, x: Int, y: Int) {
    for row in 0..<image.height {
      let start = ((y + row) * width + x) * 3
      pixels.replaceSubrange(
        start..<start + image.width * 3,
        with: image.pixels[row * image.width * 3..<(row + 1) * image.width * 3])
    }
  }

  /// Draws text in near black, its top left at (x, y), each dot `scale` pixels wide.
  mutating func draw(_ text: String, x: Int, y: Int, scale: Int) {
    for dot in BitmapFont.dots(of: text) {
      for row in 0..<scale {
        let start = ((y + dot.y * scale + row) * width + x + dot.x * scale) * 3
        for index in start..<start + scale * 3 { pixels[index] = 32 }
      }
    }
  }
}
