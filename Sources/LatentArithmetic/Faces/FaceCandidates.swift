import Foundation
import LatentCore

/// A box that one of the detector's networks takes for a face, before the next has looked at it.
///
/// Corners are inclusive pixels counted from 1, as in the original MATLAB program whose thresholds these are: a box
/// from 1 to 12 is 12 wide.
package struct FaceCandidate {
  package var x1: Float, y1: Float, x2: Float, y2: Float
  package var probability: Float
  /// How far the network would move each edge, in widths and heights of the box.
  package var regression = SIMD4<Float>()
  /// Fractions of the box, x of the five points and then y; only the last network gives them.
  package var points: [Float] = []

  /// Makes the box of two corners, which no network has moved yet.
  package init(
    x1: Float, y1: Float, x2: Float, y2: Float, probability: Float, regression: SIMD4<Float> = SIMD4()
  ) {
    (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    (self.probability, self.regression) = (probability, regression)
  }

  /// The box with its edges moved as the network says; `inclusive` counts the last pixel too.
  package func regressed(inclusive: Bool) -> FaceCandidate {
    let extra: Float = inclusive ? 1 : 0
    let (width, height) = (x2 - x1 + extra, y2 - y1 + extra)
    var moved = self
    moved.x1 += regression[0] * width
    moved.y1 += regression[1] * height
    moved.x2 += regression[2] * width
    moved.y2 += regression[3] * height
    return moved
  }

  /// The square with the box's center and its longer side.
  package var squared: FaceCandidate {
    let (width, height) = (x2 - x1, y2 - y1)
    let side = max(width, height)
    var square = self
    square.x1 += width * 0.5 - side * 0.5
    square.y1 += height * 0.5 - side * 0.5
    square.x2 = square.x1 + side
    square.y2 = square.y1 + side
    return square
  }

  /// The pixels of the box inside an image, nil when there are none.
  package func pixels(width: Int, height: Int) -> PixelRectangle? {
    // A network that saw noise may answer with any number.
    guard [x1, y1, x2, y2].allSatisfy({ $0.magnitude < 1e9 }) else { return nil }
    let left = max(Int(x1), 1) - 1, top = max(Int(y1), 1) - 1
    let right = min(Int(x2), width), bottom = min(Int(y2), height)
    guard right > left, bottom > top else { return nil }
    return PixelRectangle(top: top, left: left, height: bottom - top, width: right - left)
  }
}

extension [FaceCandidate] {
  /// How the overlap of two boxes is measured when the better one suppresses the other.
  package enum Overlap {
    /// Intersection over union, of corners as real numbers.
    case union
    /// Intersection over the smaller box, of inclusive corners.
    case smaller
  }

  /// The boxes that no better box overlaps by more than `threshold`, best first.
  ///
  /// Of a large image there may be hundreds of thousands. By ``Overlap/union`` a box is compared only with those of
  /// about its width in nearby columns; by ``Overlap/smaller`` with all, which are few by then.
  package func suppressed(_ overlap: Overlap, above threshold: Float) -> [FaceCandidate] {
    var kept: [FaceCandidate] = []
    var columns = Columns(threshold: threshold)
    // Of two equal probabilities the first comes first, so that the order is that of the image.
    for (_, candidate) in enumerated().sorted(by: {
      ($0.element.probability, $1.offset) > ($1.element.probability, $0.offset)
    }) {
      let isNew =
        switch overlap {
        case .union:
          columns.rivals(of: candidate).allSatisfy { candidate.sharedOfUnion(with: kept[$0]) <= threshold }
        case .smaller: kept.allSatisfy { candidate.sharedOfSmaller(with: $0) <= threshold }
        }
      guard isNew else { continue }
      if overlap == .union { columns.insert(candidate, at: kept.count) }
      kept.append(candidate)
    }
    return kept
  }
}

extension FaceCandidate {
  fileprivate func sharedOfUnion(with other: FaceCandidate) -> Float {
    let shared = intersection(with: other, extra: 0)
    return shared / (area(extra: 0) + other.area(extra: 0) - shared)
  }

  fileprivate func sharedOfSmaller(with other: FaceCandidate) -> Float {
    intersection(with: other, extra: 1) / min(area(extra: 1), other.area(extra: 1))
  }

  private func area(extra: Float) -> Float { (x2 - x1 + extra) * (y2 - y1 + extra) }

  private func intersection(with other: FaceCandidate, extra: Float) -> Float {
    let width = min(x2, other.x2) - max(x1, other.x1) + extra
    let height = min(y2, other.y2) - max(y1, other.y1) + extra
    return max(width, 0) * max(height, 0)
  }
}

/// Boxes by width and column, to find those that a box may share more than a threshold t of the union with.
///
/// The share is at most the ratio of the widths. So with classes of width (1/t)ᶜ … (1/t)ᶜ⁺¹ such boxes are in
/// neighboring classes, and their left edges are no further apart than the wider one is wide: in neighboring columns, if
/// those of class c are (1/t)ᶜ⁺² wide.
private struct Columns {
  private struct Place: Hashable {
    let width: Int
    let column: Int
  }

  private let growth: Float
  private var boxes: [Place: [Int]] = [:]

  init(threshold: Float) { growth = 1 / threshold }

  mutating func insert(_ box: FaceCandidate, at index: Int) {
    let width = widthClass(of: box)
    boxes[Place(width: width, column: column(of: box, inClass: width)), default: []].append(index)
  }

  func rivals(of box: FaceCandidate) -> [Int] {
    let width = widthClass(of: box)
    return (width - 1...width + 1).flatMap { width in
      let column = column(of: box, inClass: width)
      return (column - 1...column + 1).flatMap { boxes[Place(width: width, column: $0)] ?? [] }
    }
  }

  private func widthClass(of box: FaceCandidate) -> Int {
    Int((log(max(box.x2 - box.x1, 1)) / log(growth)).rounded(.down))
  }

  private func column(of box: FaceCandidate, inClass width: Int) -> Int {
    Int((box.x1 / pow(growth, Float(width + 2))).rounded(.down))
  }
}
