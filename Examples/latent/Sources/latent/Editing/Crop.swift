import ArgumentParser
import LatentArithmetic

/// How faces are cut out of a photo to be edited.
enum Crop: String, ExpressibleByArgument, CaseIterable {
  case celeba
  case celebaWide = "celeba-wide"
  case ffhq, arcface, box, aligned, square, whole

  var framing: Framing {
    switch self {
    case .celeba: .detected(by: .celeba)
    case .celebaWide: .detected(by: .celebaWide)
    case .ffhq: .detected(by: .ffhq)
    case .arcface: .detected(by: .arcface)
    case .box: .detected(by: .box)
    case .aligned: .alignedCelebA
    case .square: .centerSquare
    case .whole: .whole
    }
  }
}

/// Where the faces of photos are looked for.
struct CropArguments: ParsableArguments {
  @Option(
    help: """
      How faces are cut out: as the model's training images were, found and aligned by celeba, celeba-wide, ffhq, \
      arcface or box; or aligned, one of CelebA's aligned photos; square, the middle of the photo; whole, all of it. If \
      left out, photos of 178×218 pixels are taken for aligned ones and those of the model's size for crops, which is \
      then said.
      """)
  var crop: Crop?

  /// How a photo is framed for an encoder: as it was said, or else as its size suggests.
  func framing<Space>(of photo: Image, for encoder: any Encoder<Space>) -> Framing {
    if let crop { return crop.framing }
    let size = encoder.imageSize
    if (photo.width, photo.height) == (size, size) {
      printError(
        "The photo has \(size)×\(size) pixels and is taken for a crop of a face; --crop tells otherwise.")
      return .whole
    }
    let isOfFaces = if case .detected = encoder.framing { true } else { false }
    if isOfFaces, [.celeba, .celebaWide].contains(encoder.alignment),
      (photo.width, photo.height) == (178, 218)
    {
      printError(
        "The photo has 178×218 pixels and is taken for one of CelebA's aligned ones; --crop tells otherwise.")
      return .alignedCelebA
    }
    return encoder.framing
  }
}

/// The frame of a number, counted from 1.
func numbered(_ number: Int, of frames: [FaceFrame]) throws(FaceError) -> FaceFrame {
  guard frames.indices.contains(number - 1) else {
    throw .noSuchFace(number: number, count: frames.count)
  }
  return frames[number - 1]
}
