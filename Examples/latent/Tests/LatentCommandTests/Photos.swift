import Foundation
import LatentArithmetic
import LatentFaces

/// Photos and the detector's networks, which are no part of the project: the folder that the environment variable
/// `LATENT_SHARED` names, else `../shared` beside the package.
enum Photos {
  /// Whether tests that need them run; `LATENT_REQUIRE_SHARED=1` makes them fail where the folder is absent.
  static var areAvailable: Bool {
    variables["LATENT_REQUIRE_SHARED"] == "1" || FileManager.default.fileExists(atPath: place.path)
  }

  static func url(_ name: String) -> URL { place.appendingPathComponent("data/photos/\(name)") }

  static var networks: URL { place.appendingPathComponent("models/mtcnn") }

  /// A DCGAN of 64 pixels that others trained on faces.
  static var generator: URL { place.appendingPathComponent("real/networks/dcgan-64-faces.tar") }

  /// CLIP's list of merges.
  static var merges: URL { place.appendingPathComponent("models/clip/bpe_simple_vocab_16e6.txt.gz") }

  /// What tells the program where the networks are.
  static var environment: [String: String] { ["LATENT_MODELS": networks.path] }

  /// Where the embedded model's crops of an image's faces are, found without the program.
  static func frames(in image: Image) throws -> [FaceFrame] {
    let alignment = try Editor.faces().encoder.alignment
    return try FaceDetector(contentsOf: networks, threads: 2).detect(image)
      .map { alignment.frame(of: $0, in: image) }
  }

  private static var variables: [String: String] { ProcessInfo.processInfo.environment }

  private static var place: URL {
    if let path = variables["LATENT_SHARED"] { return URL(fileURLWithPath: path, isDirectory: true) }
    // Examples/latent/Tests/LatentCommandTests and this file's name are below the root.
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { root.deleteLastPathComponent() }
    return root.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
  }
}

extension FaceFrame {
  /// Where in the crop a point of the photo is: its sides are 1.
  func place(of point: Point) -> Point {
    let (x, y) = (point.x - corner.x, point.y - corner.y)
    let area = right.x * down.y - right.y * down.x
    return Point(x: (x * down.y - y * down.x) / area, y: (y * right.x - x * right.y) / area)
  }
}
