import Foundation
import LatentArithmetic
import LatentTraining
import Testing
import TestSupport

@Suite struct SheetTests {
  /// Whether any pixel of the rectangle is not white.
  private func hasInk(_ image: Image, x: Range<Int>, y: Range<Int>) -> Bool {
    y.contains { row in x.contains { image.pixels[(row * image.width + $0) * 3] != 255 } }
  }

  // Cells are 40 wide with 6 between and margins of 16: without labels the size is 16 + 40 + 6 + 40 + 16.
  @Test func imagesStandInAGrid() {
    let images = (1...4).map { randomImage(width: 40, height: 40, seed: $0) }
    let sheet = Sheet(rows: [
      .init(label: "", images: [images[0], images[1]]), .init(label: "", images: [images[2], images[3]]),
    ])
    let image = sheet.image(cell: 40)
    #expect((image.width, image.height) == (118, 118))
    for (index, cell) in images.enumerated() {
      let place = Rectangle(
        x: Double(16 + index % 2 * 46), y: Double(16 + index / 2 * 46), width: 40, height: 40)
      #expect(image.cropped(to: place) == cell)
    }
    #expect(!hasInk(image, x: 0..<118, y: 0..<16) && !hasInk(image, x: 56..<62, y: 0..<118))
  }

  // A letter is 6 dots of 2 pixels wide, its trailing blank column apart: n letters take 12n − 2 pixels.
  @Test func longLabelsAreNotCut() {
    let label = "a very long label, with θ = −1.5 WWWW"
    let cell = randomImage(width: 8, height: 8, seed: 1)
    let sheet = Sheet(rows: [.init(label: label, images: [cell])], columnLabels: [label])
    let image = sheet.image(cell: 20)
    let textWidth = label.count * 12 - 2
    #expect(image.width == 16 + textWidth + 12 + textWidth + 16)
    // The last letter, W, fills its ten columns; right of it is the gap.
    let rows = 16 + 18 + 12..<image.height
    #expect(hasInk(image, x: 16 + textWidth - 2..<16 + textWidth, y: rows))
    #expect(!hasInk(image, x: 16 + textWidth..<16 + textWidth + 12, y: 0..<image.height))
    #expect(hasInk(image, x: image.width - 18..<image.width - 16, y: 0..<16 + 18))
    #expect(!hasInk(image, x: image.width - 16..<image.width, y: 0..<image.height))
  }

  @Test func everyGlyphIsDistinct() {
    let image = Image(width: 1, height: 1, pixels: [255, 255, 255])
    let characters = (33..<127).map { String(UnicodeScalar($0 as UInt8)) } + ["θ"]
    let drawn = characters.map { Sheet(rows: [.init(label: $0, images: [image])]).image(cell: 1).pixels }
    #expect(Set(drawn).count == characters.count)
  }

  @Test func rowsMayDifferInLengthAndShape() {
    let sheet = Sheet(
      rows: [
        .init(label: "tall", images: [randomImage(width: 10, height: 20, seed: 1)]),
        .init(label: "none", images: []),
        .init(label: "wide", images: (1...3).map { randomImage(width: 20, height: 10, seed: $0) }),
      ], columnLabels: ["one", "two"])
    let image = sheet.image(cell: 20)
    #expect(image.height == 16 + 18 + 12 + 40 + 6 + 18 + 6 + 18 + 16)
  }
}
