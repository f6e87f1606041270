/// A face that a detector found in an image.
public struct Face: Sendable, Hashable {
  /// Where the face is, in pixels of the image; it may reach over the border.
  public var box: Rectangle
  /// How sure the detector is, 0 to 1.
  public var probability: Float
  /// The five points of the face, in pixels of the image.
  public var landmarks: Landmarks

  /// Makes a face of its parts.
  package init(box: Rectangle, probability: Float, landmarks: Landmarks) {
    (self.box, self.probability, self.landmarks) = (box, probability, landmarks)
  }

  /// Five points of a face; left and right are those of the image, not of the person.
  public struct Landmarks: Sendable, Hashable {
    /// The center of the eye further to the left, and of the other.
    public var leftEye: Point, rightEye: Point
    /// The tip of the nose.
    public var nose: Point
    /// The corners of the mouth.
    public var leftMouth: Point, rightMouth: Point

    /// Makes landmarks of five points.
    package init(leftEye: Point, rightEye: Point, nose: Point, leftMouth: Point, rightMouth: Point) {
      (self.leftEye, self.rightEye, self.nose) = (leftEye, rightEye, nose)
      (self.leftMouth, self.rightMouth) = (leftMouth, rightMouth)
    }

    /// The points in the order left eye, right eye, nose, left and right corner of the mouth.
    package var points: [Point] { [leftEye, rightEye, nose, leftMouth, rightMouth] }
  }
}

/// A point in pixels of an image, from its top left corner.
public struct Point: Sendable, Hashable {
  /// The distance from the left edge and from the top edge.
  public var x: Double, y: Double

  /// Makes the point (`x`, `y`).
  public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

  package static func + (a: Point, b: Point) -> Point { Point(x: a.x + b.x, y: a.y + b.y) }
  package static func - (a: Point, b: Point) -> Point { Point(x: a.x - b.x, y: a.y - b.y) }
  package static func * (factor: Double, a: Point) -> Point { Point(x: factor * a.x, y: factor * a.y) }
  /// The length of the vector to the point.
  var length: Double { (x * x + y * y).squareRoot() }
  /// The vector turned by a quarter, x to y.
  var turned: Point { Point(x: -y, y: x) }
}
