import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The detector's boxes between its networks.
struct FaceCandidatesTests {
  // MARK: - Suppression

  // Of 10×10 boxes 4 pixels apart 60 are shared and 140 covered: 60/140 = 0.4286. 8 apart, 20/180 = 0.1111.
  @Test func theUnionIsWhatBothCover() {
    let boxes = [box(0, 0, 10, 10, 0.5), box(4, 0, 14, 10, 0.9), box(8, 0, 18, 10, 0.7)]
    #expect(boxes.suppressed(.union, above: 0.43).map(\.probability) == [0.9, 0.7, 0.5])
    #expect(boxes.suppressed(.union, above: 0.42).map(\.probability) == [0.9])
    // The middle one, suppressed by the first, suppresses no third one itself.
    let chain = [box(0, 0, 10, 10, 0.9), box(4, 0, 14, 10, 0.8), box(8, 0, 18, 10, 0.7)]
    #expect(chain.suppressed(.union, above: 0.42).map(\.probability) == [0.9, 0.7])
    #expect(chain.suppressed(.union, above: 0.12).map(\.probability) == [0.9, 0.7])
    #expect(chain.suppressed(.union, above: 0.11).map(\.probability) == [0.9])
  }

  // Inclusive corners: 0 … 9 is 10 pixels. The small box of 5×4 lies inside, so all of it is shared; its
  // union with the large one is the large one's, 20/100. Moved to 6 … 10 it shares 4×4 of 20.
  @Test func theSmallerBoxIsTheWhole() {
    let large = box(0, 0, 9, 9, 0.9)
    let inside = [large, box(2, 3, 6, 6, 0.8)]
    #expect(inside.suppressed(.smaller, above: 0.99).count == 1)
    #expect(inside.suppressed(.union, above: 0.25).count == 2)
    let across = [large, box(6, 3, 10, 6, 0.8)]
    #expect(across.suppressed(.smaller, above: 0.81).count == 2)
    #expect(across.suppressed(.smaller, above: 0.79).count == 1)
  }

  @Test func boxesThatDoNotMeetAllStay() {
    let boxes = [
      box(0, 0, 5, 5, 0.2), box(0, 20, 5, 25, 0.3), box(20, 0, 25, 5, 0.1), box(20, 20, 25, 25, 0.3),
    ]
    for overlap in [[FaceCandidate].Overlap.union, .smaller] {
      let kept = boxes.suppressed(overlap, above: 0.01)
      #expect(kept.map(\.probability) == [0.3, 0.3, 0.2, 0.1])
      // Of equals the first comes first.
      #expect(kept.map(\.y1) == [20, 20, 0, 0] && kept.map(\.x1) == [0, 20, 0, 20])
    }
    #expect([FaceCandidate]().suppressed(.union, above: 0.5).isEmpty)
  }

  // Whatever the boxes: no two that are kept overlap by more, and each that is not overlaps a better one that
  // is kept.
  @Test(arguments: [Float(0.1), 0.5, 0.7]) func whatIsKeptIsRight(threshold: Float) {
    let numbers = randomFloats(count: 5 * 300, seed: 6)
    let boxes = (0..<300).map { i in
      let n = Array(numbers[5 * i..<5 * i + 5])
      return box(40 * n[0], 40 * n[1], 40 * n[0] + 10 + 5 * abs(n[2]), 40 * n[1] + 10 + 5 * abs(n[3]), n[4])
    }
    let kept = boxes.suppressed(.union, above: threshold)
    #expect(kept.count > 10 && kept.count < 300)
    func overlap(_ a: FaceCandidate, _ b: FaceCandidate) -> Float {
      let width = max(min(a.x2, b.x2) - max(a.x1, b.x1), 0),
        height = max(min(a.y2, b.y2) - max(a.y1, b.y1), 0)
      let (first, second) = ((a.x2 - a.x1) * (a.y2 - a.y1), (b.x2 - b.x1) * (b.y2 - b.y1))
      return width * height / (first + second - width * height)
    }
    let keptNumbers = Set(kept.map(\.probability))
    for candidate in boxes {
      let better = kept.filter { $0.probability > candidate.probability }
      let isCovered = better.contains { overlap($0, candidate) > threshold }
      #expect(keptNumbers.contains(candidate.probability) == !isCovered)
    }
  }

  // MARK: - Boxes

  // 20×10 at (3, 5): the square of side 20 with the same center (13, 10).
  @Test func squaresHaveTheLongerSide() {
    let wide = box(3, 5, 23, 15, 0.5).squared
    #expect([wide.x1, wide.y1, wide.x2, wide.y2] == [3, 0, 23, 20])
    let tall = box(-4, 1, 2, 13, 0.5).squared
    #expect([tall.x1, tall.y1, tall.x2, tall.y2] == [-7, 1, 5, 13])
  }

  // Corners 10 and 29 are 20 pixels apart when the last one counts, else 19.
  @Test func edgesMoveByPartsOfTheSides() {
    var candidate = box(10, 30, 29, 69, 0.5)
    candidate.regression = SIMD4(0.5, -0.25, 0.125, 1)
    let inclusive = candidate.regressed(inclusive: true)
    #expect([inclusive.x1, inclusive.y1, inclusive.x2, inclusive.y2] == [20, 20, 31.5, 109])
    let exclusive = candidate.regressed(inclusive: false)
    #expect([exclusive.x1, exclusive.y1, exclusive.x2, exclusive.y2] == [19.5, 20.25, 31.375, 108])
  }

  // Pixels are counted from 1 and cut to whole ones, so that 1 … 12 is the first twelve.
  @Test func pixelsAreThoseInTheImage() {
    #expect(
      box(1, 1, 12, 12, 0.5).pixels(width: 50, height: 40)
        == PixelRectangle(top: 0, left: 0, height: 12, width: 12))
    #expect(
      box(3.9, 5.1, 60, 20.9, 0.5).pixels(width: 50, height: 40)
        == PixelRectangle(top: 4, left: 2, height: 16, width: 48))
    #expect(
      box(-7, -0.5, 2, 3, 0.5).pixels(width: 50, height: 40)
        == PixelRectangle(top: 0, left: 0, height: 3, width: 2))
    for outside in [
      box(51, 1, 60, 12, 0.5), box(-9, 1, 0, 12, 0.5), box(1, 41, 12, 52, 0.5), box(1, -9, 12, 0, 0.5),
      box(20, 20, 10, 30, 0.5), box(.nan, 1, 12, 12, 0.5), box(1, 1, .infinity, 12, 0.5),
      box(1, -1e30, 12, 12, 0.5),
    ] { #expect(outside.pixels(width: 50, height: 40) == nil) }
  }

  private func box(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, _ probability: Float) -> FaceCandidate
  {
    FaceCandidate(x1: x1, y1: y1, x2: x2, y2: y2, probability: probability)
  }
}
