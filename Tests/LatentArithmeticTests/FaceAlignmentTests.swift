import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// How frames follow from what a detector found.
struct FaceAlignmentTests {
  private let image = smoothImage(width: 100, height: 50, seed: 1)

  /// CelebA's mean points.
  private static let mean = landmarks([
    Point(x: 70.1, y: 112.1), Point(x: 109, y: 112.2), Point(x: 89.1, y: 136), Point(x: 71.8, y: 153.8),
    Point(x: 107, y: 153.8),
  ])

  // MARK: - Names

  // What is written is read again, alone and in the JSON of recipes; the names are those of the first files.
  @Test(arguments: [
    (FaceAlignment.box(), "box"), (.box(margin: 0.2), "box 0.2"), (.box(margin: 1), "box 1.0"),
    (.celeba, "celeba"), (.celebaWide, "celeba-wide"), (.ffhq, "ffhq"), (.arcface, "arcface"),
  ]) func namesAreReadAgain(_ alignment: FaceAlignment, _ name: String) throws {
    #expect(alignment.rawValue == name && FaceAlignment(rawValue: name) == alignment)
    let json = try JSONEncoder().encode([alignment])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(name)\"]")
    #expect(try JSONDecoder().decode([FaceAlignment].self, from: json) == [alignment])
  }

  @Test func otherNamesAreRefused() {
    #expect(FaceAlignment(rawValue: "box 0") == .box())
    let others = [
      "", "square", "celebaWide", "Box", "box ", "box0.2", "box  0.2", "box 0.2 ", "box -0.1", "box 1.01",
      "box nan", "box inf", "celeba 0.2",
    ]
    for other in others {
      #expect(FaceAlignment(rawValue: other) == nil, "“\(other)”")
      #expect(throws: DecodingError.self, "“\(other)”") {
        try JSONDecoder().decode([FaceAlignment].self, from: Data("[\"\(other)\"]".utf8))
      }
    }
  }

  // MARK: - Box

  // Nothing around it, cut where the image of 100×50 ends.
  @Test func theBareBoxAsFarAsTheImageReaches() {
    let frame = box(Rectangle(x: 10, y: 20, width: 30, height: 40))
    #expect(isEqual(frame, FaceFrame(Rectangle(x: 10, y: 20, width: 30, height: 30))))
    let inside = Rectangle(x: 40, y: 10, width: 20, height: 30)
    #expect(isEqual(box(inside), FaceFrame(inside)))
    let corner = box(Rectangle(x: -10, y: -30, width: 40, height: 60))
    #expect(isEqual(corner, FaceFrame(Rectangle(x: 0, y: 0, width: 30, height: 30))))
  }

  // A quarter of 20 and of 16 on each side; where the image of 100×50 ends, it is cut.
  @Test func aMarginWidensTheBox() {
    let frame = box(Rectangle(x: 40, y: 20, width: 20, height: 16), margin: 0.25)
    #expect(isEqual(frame, FaceFrame(Rectangle(x: 35, y: 16, width: 30, height: 24))))
    let corner = box(Rectangle(x: 80, y: 2, width: 16, height: 8), margin: 0.5)
    #expect(isEqual(corner, FaceFrame(Rectangle(x: 72, y: 0, width: 28, height: 14))))
  }

  // Wherever the box is: upright, not mirrored, at least a pixel, and its corner in the image.
  @Test func aBoxAnywhereGivesAnUprightFrame() {
    let numbers = randomDoubles(count: 4 * 500, seed: 3)
    for index in 0..<500 {
      let n = numbers[4 * index..<4 * index + 4].map { $0 }
      let rectangle = Rectangle(
        x: 50 + 120 * n[0], y: 25 + 60 * n[1], width: 0.1 + 40 * abs(n[2]), height: 0.1 + 40 * abs(n[3]))
      let frame = box(rectangle)
      #expect(frame.right.y == 0 && frame.down.x == 0, "\(rectangle)")
      #expect(frame.right.x >= 1 && frame.down.y >= 1, "\(rectangle)")
      #expect((0...99).contains(frame.corner.x) && (0...49).contains(frame.corner.y), "\(rectangle)")
      #expect(frame.corner.x + frame.right.x <= 100 && frame.corner.y + frame.down.y <= 50, "\(rectangle)")
    }
  }

  // MARK: - CelebA

  // The middle 148×148 pixels of 178×218 but for a row, and the largest square about them.
  @Test(arguments: [
    (FaceAlignment.celeba, Rectangle(x: 15, y: 40, width: 148, height: 148)),
    (.celebaWide, Rectangle(x: 0, y: 20, width: 178, height: 178)),
  ]) func theMeanPointsGiveTheFrameOfAlignedPhotos(_ alignment: FaceAlignment, _ rectangle: Rectangle) {
    #expect(alignment.frameInAlignedCelebA == FaceFrame(rectangle))
    #expect(isEqual(frame(alignment, Self.mean), FaceFrame(rectangle)))
  }

  // Points turned, scaled and moved by T give the frame turned, scaled and moved: F(T·p) = T·F(p), for any
  // points.
  @Test(arguments: [FaceAlignment.celeba, .celebaWide, .ffhq]) func framesFollowTheirPoints(
    _ alignment: FaceAlignment
  ) {
    let corners = [Point(x: 0, y: 0), Point(x: 1, y: 0), Point(x: 0, y: 1), Point(x: 1, y: 1)]
    for seed: UInt64 in 1...100 {
      let numbers = randomDoubles(count: 14, seed: seed)
      let points = scattered(Self.mean.points, by: 8, numbers)
      let (a, b, dx, dy) = (numbers[10], numbers[11], 100 * numbers[12], 100 * numbers[13])
      func carried(_ p: Point) -> Point { Point(x: a * p.x - b * p.y + dx, y: b * p.x + a * p.y + dy) }
      let before = frame(alignment, Self.landmarks(points))
      let after = frame(alignment, Self.landmarks(points.map(carried)))
      for corner in corners {
        let error = distance(after.imagePoint(corner), carried(before.imagePoint(corner)))
        #expect(error <= 1e-9, "\(seed)")
      }
    }
  }

  // Of all similarities the frame's brings the mean points closest to the points: any other one near it has a
  // larger Σ |a·m + b − p|².
  @Test func theSimilarityIsTheClosest() {
    for seed: UInt64 in 1...20 {
      let center = [Point](repeating: Point(x: 200, y: 150), count: 5)
      let points = scattered(center, by: 60, randomDoubles(count: 10, seed: seed))
      let best = frame(.celeba, Self.landmarks(points))
      func misfit(_ frame: FaceFrame) -> Double {
        var sum = 0.0
        for (mean, point) in zip(Self.mean.points, points) {
          let error = distance(
            frame.imagePoint(FaceAlignment.celeba.frameInAlignedCelebA.cropPoint(mean)), point)
          sum += error * error
        }
        return sum
      }
      for (dx, dy, turn, growth) in [
        (0.1, 0.0, 0.0, 1.0), (-0.1, 0, 0, 1), (0, 0.1, 0, 1), (0, -0.1, 0, 1),
        (0, 0, 0.01, 1), (0, 0, -0.01, 1), (0, 0, 0, 1.01), (0, 0, 0, 0.99),
      ] {
        func turned(_ v: Point) -> Point { Point(x: growth * v.x - turn * v.y, y: turn * v.x + growth * v.y) }
        let other = FaceFrame(
          corner: Point(x: best.corner.x + dx, y: best.corner.y + dy), right: turned(best.right),
          down: turned(best.down))
        #expect(misfit(other) > misfit(best), "\(seed) \(dx) \(dy) \(turn) \(growth)")
      }
    }
  }

  // MARK: - FFHQ

  // e = right eye − left eye, m = middle of the mouth − middle of the eyes, x = e − m turned, as long as the
  // larger of 2|e| and 1.8|m|; the square reaches x to both sides of the eyes' middle + m/10.
  @Test(arguments: [
    // e = (40, 0), m = (0, 40): |x| = 80, center (50, 44).
    ([(30.0, 40.0), (70, 40), (50, 60), (40, 80), (60, 80)], (-30.0, -36.0), (160.0, 0.0)),
    // e = (20, 0), m = (0, 60): |x| = 108, center (50, 46).
    ([(40, 40), (60, 40), (50, 60), (40, 100), (60, 100)], (-58, -62), (216, 0)),
    // e = (30, 40), m = (−40, 30): x = (60, 80), center (96, 103).
    ([(85, 80), (115, 120), (80, 115), (54, 122), (66, 138)], (116, -37), (120, 160)),
  ]) func theSquareOfFFHQ(points: [(Double, Double)], corner: (Double, Double), right: (Double, Double)) {
    let expected = FaceFrame(
      corner: Point(x: corner.0, y: corner.1), right: Point(x: right.0, y: right.1),
      down: Point(x: -right.1, y: right.0))
    #expect(isEqual(frame(.ffhq, Self.landmarks(points.map { Point(x: $0.0, y: $0.1) })), expected))
  }

  // A detector may answer with anything: points that coincide still give a frame.
  @Test(arguments: FaceAlignment.allCases) func pointsThatCoincideGiveAFrame(_ alignment: FaceAlignment) {
    let frame = frame(alignment, Self.landmarks(Array(repeating: Point(x: 30, y: 20), count: 5)))
    #expect(frame.right.x > 0 && frame.down.y > 0 && frame.right.x.isFinite && frame.corner.x.isFinite)
  }

  // MARK: - Frames without a detector

  @Test func theCenterSquareIsTheLargest() {
    #expect(FaceFrame.centerSquare(of: image) == FaceFrame(Rectangle(x: 25, y: 0, width: 50, height: 50)))
    let tall = randomImage(width: 31, height: 64, seed: 1)
    #expect(FaceFrame.centerSquare(of: tall) == FaceFrame(Rectangle(x: 0, y: 16, width: 31, height: 31)))
    #expect(
      tall.cropped(to: .centerSquare(of: tall), size: 31)
        == tall.cropped(to: Rectangle(x: 0, y: 16, width: 31, height: 31)))
  }

  // MARK: - Parts

  private func box(_ box: Rectangle, margin: Double = 0) -> FaceFrame {
    FaceAlignment.box(margin: margin).frame(
      of: Face(box: box, probability: 1, landmarks: Self.mean), in: image)
  }

  private func frame(_ alignment: FaceAlignment, _ landmarks: Face.Landmarks) -> FaceFrame {
    let box = Rectangle(x: 10, y: 10, width: 30, height: 30)
    return alignment.frame(of: Face(box: box, probability: 1, landmarks: landmarks), in: image)
  }

  /// Each point moved by two of the numbers, times `distance`.
  private func scattered(_ points: [Point], by distance: Double, _ numbers: [Double]) -> [Point] {
    points.enumerated().map { index, point in
      Point(x: point.x + distance * numbers[2 * index], y: point.y + distance * numbers[2 * index + 1])
    }
  }

  private static func landmarks(_ p: [Point]) -> Face.Landmarks {
    Face.Landmarks(leftEye: p[0], rightEye: p[1], nose: p[2], leftMouth: p[3], rightMouth: p[4])
  }

  private func distance(_ a: Point, _ b: Point) -> Double {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
  }

  /// Equal up to the rounding of some additions of numbers below 1000.
  private func isEqual(_ a: FaceFrame, _ b: FaceFrame) -> Bool {
    distance(a.corner, b.corner) <= 1e-10 && distance(a.right, b.right) <= 1e-10
      && distance(a.down, b.down) <= 1e-10
  }
}
