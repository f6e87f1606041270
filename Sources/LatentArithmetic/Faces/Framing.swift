/// Where the crop of a face lies in a photo.
public enum Framing: Sendable, Hashable {
  /// A detector finds the faces, and each is cut out by an alignment; nil stands for the encoder's own.
  case detected(by: FaceAlignment? = nil)
  /// The photo is one of CelebA's aligned ones, 178×218 pixels, whose faces all lie in one place.
  case alignedCelebA
  /// The whole photo is the crop; one that is not square is stretched.
  case whole
  /// The largest square in the middle of the photo.
  case centerSquare
  /// The frames are known already.
  case frames([FaceFrame])
}

extension Framing {
  private static let square = "square"

  /// Reads how a model, a scorer or a data set says that its images were cut out.
  package init?(recorded text: String) {
    if text == Self.square {
      self = .centerSquare
    } else if let alignment = FaceAlignment(rawValue: text) {
      self = .detected(by: alignment)
    } else {
      return nil
    }
  }

  /// The raw value of the alignment of faces, or `square` for images that are no faces; nil for framings that training
  /// images cannot have.
  package var recorded: String? {
    switch self {
    case .detected(let alignment?) where alignment.isSensible: alignment.rawValue
    case .centerSquare: Self.square
    default: nil
    }
  }

  /// The alignment of the faces; where none is said, or the images are no faces, the one of the first release.
  package var alignment: FaceAlignment {
    if case .detected(let alignment?) = self { alignment } else { .celeba }
  }
}

extension Image {
  /// Whether the image has the size of CelebA's aligned photos.
  package var isAlignedCelebA: Bool { (width, height) == (178, 218) }

  /// The frames of the faces, those of a detector with the most probable first.
  ///
  /// - Throws: ``FaceError``.
  package func frames(
    _ framing: Framing, alignment: FaceAlignment, detector: FaceDetector?
  ) throws(FaceError) -> [FaceFrame] {
    switch framing {
    case .detected(let other):
      guard let detector else { throw .modelsMissing(folder: FaceDetector.defaultFolder.path) }
      let faces = detector.detect(self)
      if faces.isEmpty { throw .noFace }
      return faces.map { (other ?? alignment).frame(of: $0, in: self) }
    case .alignedCelebA:
      guard isAlignedCelebA else { throw .notAligned(width: width, height: height) }
      return [alignment.frameInAlignedCelebA]
    case .whole: return [.whole(of: self)]
    case .centerSquare: return [.centerSquare(of: self)]
    case .frames(let frames): return frames
    }
  }
}
