import Foundation
import LatentArithmetic
import LatentCore

extension FaceFrame {
  /// What trainings see of an image of a data set.
  ///
  /// Where faces are aligned, it is the face of one of CelebA's aligned photos, which are told by their 178×218 pixels. Of
  /// any other image it is the center square, which is all of a face that was cut out.
  ///
  /// - Parameters:
  ///   - image: An image of the data set.
  ///   - framing: How the images of the data set are cut out; `Encoder.framing` of a model that was trained on it.
  /// - Returns: The part of the image.
  public static func trained(in image: Image, by framing: Framing) -> FaceFrame {
    if case .detected = framing, image.isAlignedCelebA { return framing.alignment.frameInAlignedCelebA }
    return .centerSquare(of: image)
  }

  /// The part of the frame that a rectangle within 0...1 stands for.
  func part(_ rectangle: Rectangle) -> FaceFrame {
    FaceFrame(
      corner: corner + rectangle.x * right + rectangle.y * down, right: rectangle.width * right,
      down: rectangle.height * down)
  }
}

extension Image {
  /// The part of the image that trainings see, `size` pixels square.
  package func trainingCrop(_ framing: Framing, size: Int) -> Image {
    cropped(to: .trained(in: self, by: framing), size: size)
  }
}

/// The file of a data set that says how its images were cut out: one line, an alignment's raw value or `square`.
enum CropFile {
  private static let name = "crop.txt"

  /// Reads the file; nil where a folder has none.
  ///
  /// - Throws: ``DatasetError/malformedList(file:line:byte:expected:got:)``, `FileError`.
  static func framing(in folder: URL) throws -> Framing? {
    let url = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let contents = try File.contents(of: url)
    let text = contents.withRawBytes { String(decoding: $0.withoutByteOrderMark, as: UTF8.self) }
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard let framing = Framing(recorded: text) else {
      let names = FaceAlignment.allCases.map(\.rawValue).joined(separator: ", ")
      throw DatasetError.malformedList(
        file: name, line: 1, byte: 0, expected: "\(names), box with a margin from 0 to 1, or square",
        got: "“\(text.prefix(60))”")
    }
    return framing
  }

  /// Writes the file of a data set of faces.
  static func write(_ alignment: FaceAlignment, to folder: URL) throws {
    try AtomicFile.write(Data((alignment.rawValue + "\n").utf8), to: folder.appendingPathComponent(name))
  }
}
