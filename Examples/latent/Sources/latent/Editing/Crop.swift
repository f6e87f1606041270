import ArgumentParser
import LatentArithmetic

/// How a photo to be edited is framed, as typed: an alignment of faces, or what is no face.
struct Crop: ExpressibleByArgument {
  let name: String
  let framing: Framing

  init?(argument: String) {
    name = argument
    if let other = Self.others[argument] {
      framing = other
    } else if let alignment = FaceAlignment(rawValue: argument) {
      framing = .detected(by: alignment)
    } else {
      return nil
    }
  }

  private static let others: [String: Framing] = [
    "aligned": .alignedCelebA, "square": .centerSquare, "whole": .whole,
  ]

  static var allValueStrings: [String] { FaceAlignment.allCases.map(\.rawValue) + others.keys.sorted() }
}

/// What is shown around a detector's box.
struct MarginArguments: ParsableArguments {
  @Option(
    help: """
      What --crop box shows around the detector's box at each of its sides, as a share of its width or height, from 0 \
      to 1.
      """, transform: within(0...1))
  var margin = 0.0

  /// Refuses a margin beside another crop than the box.
  func validate(beside crop: String?) throws {
    if margin != 0, crop != FaceAlignment.box().rawValue {
      throw ValidationError("--margin goes with --crop box\(crop.map { ", not with \($0)" } ?? "").")
    }
  }

  /// The box with the margin, where there is one.
  func applied(to alignment: FaceAlignment) -> FaceAlignment {
    margin == 0 ? alignment : .box(margin: margin)
  }
}

/// Where the faces of photos are looked for.
struct CropArguments: ParsableArguments {
  @Option(
    help: """
      How faces are cut out: as the model's training images were, found and aligned by celeba, celeba-wide, ffhq, \
      arcface or box; or aligned, one of CelebA's aligned photos; square, the middle of the photo; whole, all of it. If \
      left out, it is as the model's training images were, but photos of 178×218 pixels are taken for aligned ones and \
      those of the model's size for crops of a face, which is then said.
      """)
  var crop: Crop?

  @OptionGroup var margin: MarginArguments

  func validate() throws { try margin.validate(beside: crop?.name) }

  /// What was said.
  var framing: Framing? {
    if case .detected(let alignment?) = crop?.framing {
      .detected(by: margin.applied(to: alignment))
    } else {
      crop?.framing
    }
  }

  /// How a photo is framed for an encoder: as it was said, or else as the encoder's images were, unless its size suggests
  /// that a face was cut out already.
  func framing<Space>(of photo: Image, for encoder: any Encoder<Space>) -> Framing {
    if let framing { return framing }
    guard case .detected = encoder.framing else { return encoder.framing }
    let size = encoder.imageSize
    if (photo.width, photo.height) == (size, size) {
      printError(
        "The photo has \(size)×\(size) pixels and is taken for a crop of a face; --crop tells otherwise.")
      return .whole
    }
    if [.celeba, .celebaWide].contains(encoder.alignment), (photo.width, photo.height) == (178, 218) {
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
