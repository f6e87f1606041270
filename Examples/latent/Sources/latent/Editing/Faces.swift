import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining

struct Faces: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the faces of a photo, or cuts the faces of a folder of photos out.",
    discussion: """
      Example: latent faces me.jpg --json
      Example: latent faces photos --out dataset --size 80
      """)

  @Argument(
    help: """
      A PNG, JPEG, WebP or HEIC image, or a folder of them, with those in its subfolders; - reads one from the input.
      """,
    transform: fileURL)
  var photo: URL

  @Flag(
    help: "Print a JSON array: box [x1, y1, x2, y2], probability and five landmarks of each face, in pixels.")
  var json = false

  @Option(
    help: """
      The side of the smallest face to look for, in pixels, 12 or more.
      """, transform: within(12...100_000))
  var smallest = 20.0

  @Option(help: "The folder of the data set to make of a folder of photos.", transform: fileURL)
  var out: URL?

  @Option(help: "The side of the data set's images in pixels.", transform: within(1...4096))
  var size = 80

  @Option(help: "How the data set's faces are cut out: \(FaceAlignment.names).")
  var crop = FaceAlignment.celebaWide

  @OptionGroup var margin: MarginArguments

  @Flag(help: "Continue a data set that was stopped.")
  var resume = false

  @Option(help: "The most threads to use.", transform: within(Bounds.threads))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    try margin.validate(beside: crop.rawValue)
    if json && out != nil {
      throw ValidationError("--json lists the faces of one photo; it does not go with --out.")
    }
    if resume && out == nil { throw ValidationError("--resume continues the data set of --out.") }
  }

  func run() async throws {
    if let out { try await build(out) } else { try list() }
  }

  private func list() throws {
    if isFolder(photo) {
      throw ValidationError("“\(photo.path)” is a folder: --out says where the data set of its faces goes.")
    }
    let image = try Image(contentsOf: photo)
    let faces = try FaceDetector(threads: threads).detect(image, smallestFace: smallest)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      print(String(decoding: try encoder.encode(faces.map(FaceListing.init)), as: UTF8.self))
      return
    }
    if faces.isEmpty { throw FaceError.noFace }
    for (number, face) in zip(1..., faces) {
      let box = face.box
      print(
        String(
          format: "%d  %.4f  %.0f×%.0f at (%.0f, %.0f)", number, face.probability, box.width, box.height,
          box.x,
          box.y))
    }
  }

  private func build(_ folder: URL) async throws {
    let journal = folder.appendingPathComponent("faces.tsv")
    let summary = try await TrainingTerminal.together(leaving: journal) { [self] ranks, terminal in
      let photos = try ImageDataset(contentsOf: photo)
      if ranks.isFirst, let note = photos.passedOverNote { terminal.note(note) }
      let builder = FaceDatasetBuilder(
        photos, to: folder, size: size, alignment: margin.applied(to: crop),
        detector: try FaceDetector(threads: 1), smallestFace: smallest)
      let summary = try builder.build(
        resumes: resume, threads: threads, ranks: ranks, report: terminal.show)
      return ranks.isFirst ? summary : nil
    }
    guard let summary else { return }
    print("Faces: \(summary.kept). Photos left out: \(summary.left), listed in \(journal.path).")
  }
}

/// A face as JSON.
private struct FaceListing: Encodable {
  let box: [Double]
  let probability: Float
  let landmarks: [[Double]]

  init(_ face: Face) {
    let box = face.box
    self.box = [box.x, box.y, box.x + box.width, box.y + box.height]
    probability = face.probability
    let points = face.landmarks
    landmarks = [points.leftEye, points.rightEye, points.nose, points.leftMouth, points.rightMouth]
      .map { [$0.x, $0.y] }
  }
}

extension FaceAlignment: @retroactive ExpressibleByArgument {
  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
