import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Testing

/// `latent faces`.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct FacesTests {
  private struct Listing: Decodable {
    let box: [Double]
    let probability: Float
    let landmarks: [[Double]]
  }

  private func faces(_ arguments: String..., in folder: URL, networks: URL = Photos.networks) throws
    -> Command.Result
  {
    try Command.run(["faces"] + arguments, in: folder, environment: ["LATENT_MODELS": networks.path])
  }

  // The list and the JSON say what the library finds.
  @Test(arguments: ["ivan.jpg": 1, "two-faces.jpg": 2, "multiface.jpg": 6])
  func facesAreListed(name: String, count: Int) throws {
    try withTemporaryFolder { folder in
      let photo = Photos.url(name)
      let expected = try FaceDetector(contentsOf: Photos.networks).detect(Image(contentsOf: photo))
      #expect(expected.count == count)

      let json = try faces(photo.path, "--json", in: folder)
      #expect(json.status == 0 && json.errors.isEmpty, "\(json.errors)")
      let listings = try JSONDecoder().decode([Listing].self, from: Data(json.output.utf8))
      #expect(listings.map(\.probability) == expected.map(\.probability))
      #expect(
        listings.map(\.landmarks)
          == expected.map { face in
            let points = face.landmarks
            return [points.leftEye, points.rightEye, points.nose, points.leftMouth, points.rightMouth]
              .map { [$0.x, $0.y] }
          })
      #expect(
        listings.map(\.box)
          == expected.map { [$0.box.x, $0.box.y, $0.box.x + $0.box.width, $0.box.y + $0.box.height] })

      let list = try faces(photo.path, "--threads", "1", in: folder)
      #expect(list.status == 0 && list.errors.isEmpty, "\(list.errors)")
      #expect(
        list.output.split(separator: "\n").map(String.init)
          == zip(1..., listings).map { number, face in
            String(
              format: "%d  %.4f  %.0f×%.0f at (%.0f, %.0f)", number, face.probability,
              face.box[2] - face.box[0], face.box[3] - face.box[1], face.box[0], face.box[1])
          })
    }
  }

  @Test func noFaceIsAnErrorButAnEmptyArray() throws {
    try withTemporaryFolder { folder in
      let photo = Photos.url("no-faces.jpg").path
      let list = try faces(photo, in: folder)
      #expect(list.status == 1 && list.output.isEmpty)
      #expect(list.errors == "Error: There is no face in the image.\n")
      let json = try faces(photo, "--json", in: folder)
      #expect(json.status == 0 && json.errors.isEmpty)
      #expect(try JSONDecoder().decode([Listing].self, from: Data(json.output.utf8)).isEmpty)
    }
  }

  @Test func missingNetworksAreToldHowToGet() throws {
    try withTemporaryFolder { folder in
      let photo = Photos.url("two-faces.jpg").path
      for arguments in [["faces", photo], ["edit", photo, "--add", "smiling", "--out", "x.png"]] {
        let result = try Command.run(arguments, in: folder, environment: ["LATENT_MODELS": folder.path])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(
          result.errors
            == "Error: Faces cannot be found without the detector's networks in “\(folder.path)”: "
            + "`make models` puts them there.\n")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.png").path))
      }
    }
  }

  // From a folder of photos to a data set, once; then only with --resume, and only with the same settings.
  @Test func aFolderBecomesADataset() throws {
    try withTemporaryFolder { folder in
      let photos = Photos.url("").path
      let made = try faces(photos, "--out", "set", "--size", "32", "--threads", "2", in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let target = folder.appendingPathComponent("set")
      #expect(made.output == "Faces: 3. Photos left out: 1, listed in \(target.path)/faces.tsv.\n")
      for name in ["ivan", "multiface", "two-faces"] {
        let crop = try Image(contentsOf: target.appendingPathComponent(name + ".png"))
        #expect(crop.width == 32 && crop.height == 32, "\(name)")
      }
      // As the autoencoder's recipe takes faces.
      #expect(try ImageDataset(contentsOf: target).framing == .detected(by: .celebaWide))
      let again = try faces(photos, "--out", "set", "--size", "32", in: folder)
      #expect(again.status == 1 && again.output.isEmpty)
      #expect(again.errors.contains("already holds a data set") && again.errors.contains("resume"))
      let other = try faces(photos, "--out", "set", "--size", "40", "--resume", in: folder)
      #expect(other.status == 1 && other.errors.contains("was begun with 32 pixels"), "\(other.errors)")
      let resumed = try faces(photos, "--out", "set", "--size", "32", "--resume", in: folder)
      #expect(resumed.status == 0 && resumed.output == made.output, "\(resumed.errors)")
    }
  }

  // A photo makes no data set, and is told as what it is.
  @Test func aDataSetIsMadeOfAFolder() throws {
    try withTemporaryFolder { folder in
      let photo = Photos.url("ivan.jpg").path
      let result = try faces(photo, "--out", "set", in: folder)
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors == "Error: “\(photo)” is a file, where a folder of images is expected.\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("set").path))
    }
  }

  @Test func imagesOfOtherKindsAreTold() throws {
    try withTemporaryFolder { folder in
      let photos = folder.appendingPathComponent("photos", isDirectory: true)
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: Photos.url("ivan.jpg"), to: photos.appendingPathComponent("ivan.jpg"))
      for name in ["a.avif", "b.AVIF"] { try Data([0]).write(to: photos.appendingPathComponent(name)) }
      let made = try faces(photos.path, "--out", "set", "--size", "32", in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let note = "Passed over images of kinds that are not read: 2 .avif."
      #expect(made.errors.contains(note), "\(made.errors)")
    }
  }

  // A box is bare unless a margin is asked for, and a data set of another margin is not continued.
  @Test func aBoxMayHaveAMargin() throws {
    try withTemporaryFolder { folder in
      func crops(_ out: String, _ more: String...) throws -> Image {
        let arguments = ["faces", Photos.url("").path, "--out", out, "--size", "32", "--crop", "box"] + more
        let made = try Command.run(arguments, in: folder, environment: Photos.environment)
        #expect(made.status == 0, "\(made.errors)")
        return try Image(contentsOf: folder.appendingPathComponent(out + "/ivan.png"))
      }
      let photo = try Image(contentsOf: Photos.url("ivan.jpg"))
      let face = try #require(FaceDetector(contentsOf: Photos.networks).detect(photo).first)
      #expect(try crops("bare") == photo.cropped(to: FaceFrame(face.box), size: 32))
      #expect(try crops("wide", "--margin", "0.25") != crops("bare2"))
      let other = try faces(
        Photos.url("").path, "--out", "wide", "--size", "32", "--crop", "box", "--resume", in: folder)
      #expect(
        other.status == 1 && other.errors.contains("box with a margin of 0.25"), "\(other.errors)")
      let wide = try ImageDataset(contentsOf: folder.appendingPathComponent("wide"))
      #expect(wide.framing == .detected(by: .box(margin: 0.25)))
    }
  }

  @Test(arguments: [
    (["--smallest", "11"], "'--smallest <smallest>': it takes a number from 12 to 100000."),
    (["--smallest", "nan"], "--smallest"), (["--smallest", "1e6"], "--smallest"),
    (["--size", "0"], "--size"),
    (["--size", "4000000000"], "--size"), (["--threads", "99999999999"], "--threads"),
    (["--threads", "0"], "--threads"), (["--json", "--out", "x"], "--json"),
    (["--crop", "square"], "square"), (["--resume"], "--resume continues the data set of --out."),
    (["--crop", "box", "--margin", "1.5"], "'--margin <margin>': it takes a number from 0 to 1."),
    (["--crop", "box", "--margin", "nan"], "The value 'nan' is invalid for '--margin <margin>'"),
    (["--margin", "0.1"], "--margin goes with --crop box, not with celeba-wide."),
  ])
  func wrongUsageIsRefused(arguments: [String], sentence: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["faces", Photos.url("").path] + arguments, in: folder, environment: Photos.environment)
      #expect(result.status == 64 && result.errors.contains(sentence), "\(result.errors)")
    }
  }
}
