import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

/// What the tests of face data sets share: a folder of photos, and the work on it.
protocol FaceDatasetTesting {}

extension FaceDatasetTesting {
  /// The photos of ``withPhotos(_:)`` by name, in the order they are worked on: whether one has a face.
  static var photos: [(String, Bool)] {
    [
      ("cut.jpg", false), ("ivan.jpg", true), ("multiface.jpg", true), ("no-faces.jpg", false),
      ("text.jpg", false), ("two-faces.jpg", true),
    ]
  }
  static var size: Int { 48 }

  /// Runs `body` with photos of 0, 1, 2 and 6 faces, half a photo and a text, and a folder that is not there yet.
  func withPhotos(_ body: (_ photos: URL, _ target: URL) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let photos = folder.appendingPathComponent("photos")
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      for name in ["ivan.jpg", "multiface.jpg", "no-faces.jpg", "two-faces.jpg"] {
        try Data(contentsOf: Shared.url("data/photos/\(name)")).write(to: photos.appendingPathComponent(name))
      }
      let whole = try Data(contentsOf: Shared.url("data/photos/ivan.jpg"))
      try whole.prefix(whole.count / 2).write(to: photos.appendingPathComponent("cut.jpg"))
      try Data("no image\n".utf8).write(to: photos.appendingPathComponent("text.jpg"))
      try await body(photos, folder.appendingPathComponent("faces"))
    }
  }

  func detector() throws -> FaceDetector {
    try FaceDetector(contentsOf: Shared.url("models/mtcnn"), threads: 1)
  }

  func builder(
    _ source: URL, _ target: URL, size: Int = Self.size, alignment: FaceAlignment = .celeba,
    smallestFace: Double = 20
  ) throws -> FaceDatasetBuilder {
    try FaceDatasetBuilder(
      ImageDataset(contentsOf: source), to: target, size: size, alignment: alignment,
      detector: detector(), smallestFace: smallestFace)
  }

  /// Every file below a folder, hidden ones too.
  func contents(of folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let url = folder.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue {
        files[name] = try Data(contentsOf: url)
      }
    }
    return files
  }

  func journal(of folder: URL) -> URL { folder.appendingPathComponent("faces.tsv") }

  /// The lines of a journal below the settings, as fields.
  func entries(of folder: URL) throws -> [[String]] {
    let lines = try String(contentsOf: journal(of: folder), encoding: .utf8).components(separatedBy: "\n")
    #expect(lines.last == "")
    return lines.dropFirst().dropLast().map { $0.components(separatedBy: "\t") }
  }

  /// The crop that a photo should become: that of the largest face, found without the builder.
  func expectedCrop(_ photo: URL, alignment: FaceAlignment = .celeba) throws -> (Face, Image) {
    let image = try Image(contentsOf: photo)
    let face = try #require(
      detector().detect(image).max { $0.box.width * $0.box.height < $1.box.width * $1.box.height })
    return (face, image.cropped(to: alignment.frame(of: face, in: image), size: Self.size))
  }
}
