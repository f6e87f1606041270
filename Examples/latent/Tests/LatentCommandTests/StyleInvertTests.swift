import Foundation
import LatentArithmetic
import LatentFaces
import LatentText
import Testing

/// `latent style invert`: codes of photos, for mappers.
@Suite(.serialized, .enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct StyleInvertTests {
  private func invert(_ arguments: [String], in folder: URL) throws -> Command.Result {
    try Command.run(
      ["style", "invert", "--out", "codes.safetensors"] + arguments, in: folder,
      environment: Photos.environment)
  }

  private func exists(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  // A photo without a face and a file that is none are told in a sentence each; the others have the codes of their most
  // probable faces, and a mapper is trained on them.
  @Test func mappersAreTrainedOnPhotos() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 300, height: 200, seed: 1).write(to: folder.appendingPathComponent("empty.png"))
      try Data("text".utf8).write(to: folder.appendingPathComponent("text.png"))
      let photos = ["ivan.jpg", "two-faces.jpg"].map(Photos.url)
      let result = try invert(
        [photos[0].path, "empty.png", "text.png", photos[1].path, "missing.png"], in: folder)
      #expect(result.status == 0 && result.output == "Codes: 2. Photos left out: 3.\n", "\(result.errors)")
      let lines = result.errors.split(separator: "\n").filter { $0.contains(": ") }
      let (empty, text, missing) = (
        lines.filter { $0.contains("empty.png") }, lines.filter { $0.contains("text.png") },
        lines.filter { $0.contains("missing.png") }
      )
      #expect(empty.count == 1 && empty[0].hasSuffix(": There is no face in the image."), "\(lines)")
      #expect(text.count == 1 && text[0].hasSuffix("is neither a PNG nor a JPEG image."), "\(lines)")
      #expect(missing.count == 1, "\(lines)")

      let file = folder.appendingPathComponent("codes.safetensors")
      let codes = try Latent<ZSpace>.codes(contentsOf: file, size: 200)
      let editor = try Editor.faces(detector: FaceDetector(contentsOf: Photos.networks))
      #expect(codes.count == 2)
      for (photo, code) in zip(photos, codes) {
        let expected = try editor.faces(in: Image(contentsOf: photo))[0].code
        let worst = zip(code.values, expected.values).map { ($0 - $1).magnitude }.max() ?? .infinity
        #expect(worst <= 1e-4)
      }

      let clip = folder.appendingPathComponent("clip.safetensors")
      try TinyCLIP.write(to: clip)
      let trained = try Command.run(
        ["style", "train-mapper", "--text", "a hat", "--codes", file.path, "--steps", "2", "--batch", "1"]
          + ["--rate", "0.1", "--distance-weight", "0.2", "--identity-weight", "0", "--clip", clip.path]
          + ["--merges", Photos.merges.path, "--out", "mapper.safetensors"], in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
      _ = try LatentMapper<ZSpace>(contentsOf: folder.appendingPathComponent("mapper.safetensors"))
    }
  }

  // Of a folder, the photos in its subfolders are taken, too, and those of other kinds are told.
  @Test func foldersAreWalked() throws {
    try withTemporaryFolder { folder in
      let inner = folder.appendingPathComponent("photos/inner", isDirectory: true)
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      for name in ["photos/a.png", "photos/inner/b.png"] {
        try smoothImage(width: 80, height: 80, seed: 1).write(to: folder.appendingPathComponent(name))
      }
      try Data("RIFF    WEBP".utf8).write(to: inner.appendingPathComponent("c.avif"))
      let result = try invert(["photos", "--crop", "whole"], in: folder)
      #expect(result.status == 0 && result.output == "Codes: 2. Photos left out: 0.\n", "\(result.errors)")
      let note = "photos: Passed over images of kinds that are not read: 1 .avif."
      #expect(result.errors.contains(note), "\(result.errors)")
    }
  }

  // Ctrl-C ends the work between two steps of a refinement, and leaves no file and no part of one.
  @Test func aStoppedInversionLeavesNothing() throws {
    try withTemporaryFolder { folder in
      let photos = folder.appendingPathComponent("photos", isDirectory: true)
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      for index in 0..<3 {
        try smoothImage(width: 80, height: 80, seed: index).write(
          to: photos.appendingPathComponent("\(index).png"))
      }
      let process = try Command.start(
        ["style", "invert", "photos", "--crop", "whole", "--refine", "100000", "--out", "codes.safetensors"],
        in: folder)
      usleep(2_000_000)
      #expect(process.isRunning)
      process.interrupt()
      let stopped = try Command.finish(process, in: folder)
      #expect(stopped.status == 130 && stopped.errors.contains("Stopped."), "\(stopped.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.sorted() == ["errors.txt", "output.txt", "photos"])
    }
  }

  @Test(arguments: [
    (["empty.png"], 1, "The photo gives no code."),
    (["empty.png", "--refine", "0"], 64, "it takes a number from 1 to 100000."),
    (["empty.png", "--generator", "empty.png"], 64, "take --encoder"),
    (["empty.png", "--out", "no/codes.safetensors"], 64, "does not exist"),
    ([], 64, "<photos> ..."),
  ])
  func wrongInputIsToldInOneSentence(_ arguments: [String], _ status: Int32, _ sentence: String) throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 300, height: 200, seed: 1).write(to: folder.appendingPathComponent("empty.png"))
      let result = try invert(arguments, in: folder)
      #expect(result.status == status && result.errors.contains(sentence), "\(result.errors)")
      #expect(!exists("codes.safetensors", in: folder))
    }
  }
}
