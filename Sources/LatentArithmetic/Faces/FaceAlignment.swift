import LatentCore

/// How a face is cut out of a photo: by what rule its frame follows from what a detector found.
///
/// Its raw value is how files and options name it: `celeba-wide`, for example, or `box 0.2`.
public enum FaceAlignment: RawRepresentable, Hashable, Codable, CaseIterable, Sendable {
  /// The detector's box, widened at each of its sides by a margin, a share of its width or height from 0 to 1, as far as
  /// the image reaches; height and width differ, and the crop is stretched to a square. The paper's is the bare box.
  case box(margin: Double = 0)
  /// The middle of CelebA's aligned photos: turned, scaled and moved so that the five points come closest to the mean
  /// points of CelebA.
  case celeba
  /// ``celeba`` with what is around the face, hair, hat and shoulders: a square a fifth wider.
  case celebaWide
  /// FFHQ's square about eyes and mouth (Karras et al., "A Style-Based Generator Architecture", 2018, appendix A).
  case ffhq
  /// ArcFace's 112×112 square, on which face recognizers are trained (Deng et al., "ArcFace", 2019): the similarity that
  /// brings its five points closest.
  case arcface

  public static let allCases: [FaceAlignment] = [.box(), .celeba, .celebaWide, .ffhq, .arcface]

  public init?(rawValue: String) {
    let boxPrefix = "box "
    if let alignment = Self.allCases.first(where: { $0.rawValue == rawValue }) {
      self = alignment
    } else if rawValue.hasPrefix(boxPrefix), let margin = Double(rawValue.dropFirst(boxPrefix.count)),
      Self.margins.contains(margin)
    {
      self = .box(margin: margin)
    } else {
      return nil
    }
  }

  public var rawValue: String {
    switch self {
    case .box(margin: 0): "box"
    case .box(let margin): "box \(margin)"
    case .celeba: "celeba"
    case .celebaWide: "celeba-wide"
    case .ffhq: "ffhq"
    case .arcface: "arcface"
    }
  }

  private static let margins = 0.0...1.0

  /// Whether a margin is one that a box can have.
  package var isSensible: Bool {
    if case .box(let margin) = self { Self.margins.contains(margin) } else { true }
  }

  /// The frame of a face.
  ///
  /// - Parameters:
  ///   - face: A face.
  ///   - image: The image that the face is in; only ``box(margin:)`` asks for its size.
  /// - Returns: Where the face is cut out.
  /// - Precondition: A box's margin is from 0 to 1.
  public func frame(of face: Face, in image: Image) -> FaceFrame {
    switch self {
    case .box(let margin): Self.box(face.box, widenedBy: margin, in: image)
    case .celeba: Self.similar(to: .celebAFace, by: Self.celebAPoints, face.landmarks)
    case .celebaWide: Self.similar(to: .celebAHead, by: Self.celebAPoints, face.landmarks)
    case .arcface: Self.similar(to: Self.arcFaceSquare, by: Self.arcFacePoints, face.landmarks)
    case .ffhq: Self.ffhq(face.landmarks)
    }
  }

  /// Where the face lies in CelebA's aligned photos, 178×218 pixels, which all have it in one place.
  package var frameInAlignedCelebA: FaceFrame { self == .celebaWide ? .celebAHead : .celebAFace }

  private static func box(_ bare: Rectangle, widenedBy margin: Double, in image: Image) -> FaceFrame {
    precondition(margins.contains(margin), "A box's margin is in \(margins), not \(margin).")
    let box = Rectangle(
      x: bare.x - margin * bare.width, y: bare.y - margin * bare.height, width: (1 + 2 * margin) * bare.width,
      height: (1 + 2 * margin) * bare.height)
    // A box outside the image, which a caller may make, keeps one pixel.
    let left = min(max(box.x, 0), Double(image.width - 1))
    let top = min(max(box.y, 0), Double(image.height - 1))
    let right = min(box.x + box.width, Double(image.width))
    let bottom = min(box.y + box.height, Double(image.height))
    return FaceFrame(
      Rectangle(x: left, y: top, width: max(right - left, 1), height: max(bottom - top, 1)))
  }

  /// The similarity that brings the template's points closest to the landmarks, applied to the template's frame.
  ///
  /// With complex numbers, a = Σ conj(m − m̄)·(p − p̄) / Σ |m − m̄|² turns and scales (Umeyama 1991, in the plane).
  private static func similar(
    to template: FaceFrame, by templatePoints: Face.Landmarks, _ landmarks: Face.Landmarks
  ) -> FaceFrame {
    let points = landmarks.points, means = templatePoints.points
    let center = 1.0 / 5 * points.reduce(Point(x: 0, y: 0), +)
    let meanCenter = 1.0 / 5 * means.reduce(Point(x: 0, y: 0), +)
    var (turn, spread) = (Point(x: 0, y: 0), 0.0)
    for (point, mean) in zip(points, means) {
      let (p, m) = (point - center, mean - meanCenter)
      turn = turn + Point(x: m.x * p.x + m.y * p.y, y: m.x * p.y - m.y * p.x)
      spread += m.x * m.x + m.y * m.y
    }
    turn = 1 / spread * turn
    if turn.length < 1e-6 { turn = Point(x: 1e-6, y: 0) }  // points that coincide: still a frame
    func carried(_ v: Point) -> Point {
      Point(x: turn.x * v.x - turn.y * v.y, y: turn.y * v.x + turn.x * v.y)
    }
    return FaceFrame(
      corner: center + carried(template.corner - meanCenter), right: carried(template.right),
      down: carried(template.down))
  }

  private static func ffhq(_ landmarks: Face.Landmarks) -> FaceFrame {
    let eyes = 0.5 * (landmarks.leftEye + landmarks.rightEye)
    let eyeToEye = landmarks.rightEye - landmarks.leftEye
    let eyeToMouth = 0.5 * (landmarks.leftMouth + landmarks.rightMouth) - eyes
    var x = eyeToEye - eyeToMouth.turned
    x = max(2 * eyeToEye.length, 1.8 * eyeToMouth.length) / max(x.length, 1e-6) * x
    if x.length < 1e-6 { x = Point(x: 1e-6, y: 0) }
    let center = eyes + 0.1 * eyeToMouth
    return FaceFrame(corner: center - x - x.turned, right: 2 * x, down: 2 * x.turned)
  }

  /// The means over 400 of CelebA's aligned photos, 178×218, of the points that the detector finds there.
  private static let celebAPoints = Face.Landmarks(
    leftEye: Point(x: 70.1, y: 112.1), rightEye: Point(x: 109.0, y: 112.2), nose: Point(x: 89.1, y: 136.0),
    leftMouth: Point(x: 71.8, y: 153.8), rightMouth: Point(x: 107.0, y: 153.8))

  /// ``arcface`` of the mean face of CelebA's aligned photos.
  package static var meanArcFaceFrame: FaceFrame {
    similar(to: arcFaceSquare, by: arcFacePoints, celebAPoints)
  }

  private static let arcFaceSquare = FaceFrame(Rectangle(x: 0, y: 0, width: 112, height: 112))
  private static let arcFacePoints = Face.Landmarks(
    leftEye: Point(x: 38.2946, y: 51.6963), rightEye: Point(x: 73.5318, y: 51.5014),
    nose: Point(x: 56.0252, y: 71.7366), leftMouth: Point(x: 41.5493, y: 92.3655),
    rightMouth: Point(x: 70.7299, y: 92.2041))
}

extension FaceFrame {
  /// The 148×148 pixels at (15, 40) of an aligned CelebA photo, which the paper trains on.
  fileprivate static let celebAFace = FaceFrame(Rectangle(x: 15, y: 40, width: 148, height: 148))
  /// The 178×178 pixels at (0, 20) of an aligned CelebA photo, the largest square that has the face in its middle.
  fileprivate static let celebAHead = FaceFrame(Rectangle(x: 0, y: 20, width: 178, height: 178))

  /// Where a square of CelebA's aligned photos lies in an image, this frame being a face's by an alignment to those photos.
  package func carrying(_ square: FaceFrame, by alignment: FaceAlignment) -> FaceFrame {
    let crop = alignment.frameInAlignedCelebA
    func point(_ point: Point) -> Point { imagePoint(crop.cropPoint(point)) }
    let corner = point(square.corner)
    return FaceFrame(
      corner: corner, right: point(square.corner + square.right) - corner,
      down: point(square.corner + square.down) - corner)
  }

  /// The whole of an image; what is not square is stretched to a square crop.
  package static func whole(of image: Image) -> FaceFrame { FaceFrame(image.bounds) }

  /// The largest square in the middle of an image.
  package static func centerSquare(of image: Image) -> FaceFrame {
    let side = min(image.width, image.height)
    return FaceFrame(
      Rectangle(
        x: Double((image.width - side) / 2), y: Double((image.height - side) / 2), width: Double(side),
        height: Double(side)))
  }
}
