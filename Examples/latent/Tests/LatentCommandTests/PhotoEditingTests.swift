import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import Testing

/// `latent edit` on photos of any size, whose faces are found first.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct PhotoEditingTests {
  private func edit(_ photo: String, _ arguments: String..., out: String = "out.png", in folder: URL) throws
    -> Image
  {
    let result = try Command.run(
      ["edit", photo, "--out", out] + arguments, in: folder, environment: Photos.environment)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return try Image(contentsOf: folder.appendingPathComponent(out))
  }

  /// How many pixels of each frame differ, and how many outside of all of them; where frames overlap, both count.
  private func changes(from old: Image, to new: Image, in frames: [FaceFrame]) throws -> (
    inside: [Int], outside: Int
  ) {
    try #require(old.width == new.width && old.height == new.height)
    var (inside, outside) = ([Int](repeating: 0, count: frames.count), 0)
    for y in 0..<old.height {
      for x in 0..<old.width {
        let start = (y * old.width + x) * 3
        if old.pixels[start..<start + 3] == new.pixels[start..<start + 3] { continue }
        let places = frames.map { $0.place(of: Point(x: Double(x) + 0.5, y: Double(y) + 0.5)) }
        let hit = places.indices.filter { (0...1).contains(places[$0].x) && (0...1).contains(places[$0].y) }
        for index in hit { inside[index] += 1 }
        if hit.isEmpty { outside += 1 }
      }
    }
    return (inside, outside)
  }

  // x' = x + m·(G(z + θw) − G(z)): nothing outside the frames, in each of them something, and nothing at θ = 0.
  @Test func onlyFacesChange() throws {
    try withTemporaryFolder { folder in
      let name = Photos.url("two-faces.jpg").path
      let photo = try Image(contentsOf: Photos.url("two-faces.jpg"))
      let frames = try Photos.frames(in: photo)
      #expect(frames.count == 2)
      #expect(try edit(name, "--add", "smiling=0", in: folder) == photo)

      let both = try edit(name, "--add", "smiling=1.5", in: folder)
      let changed = try changes(from: photo, to: both, in: frames)
      #expect(changed.outside == 0 && changed.inside.allSatisfy { $0 > 1000 }, "\(changed)")
      #expect(try edit(name, "--add", "smiling=1.5", "--threads", "1", in: folder) == both)
      for (number, frame) in zip(1..., frames) {
        let one = try edit(name, "--add", "smiling=1.5", "--face", "\(number)", in: folder)
        let changed = try changes(from: photo, to: one, in: [frame])
        #expect(changed.outside == 0 && changed.inside[0] > 1000, "face \(number): \(changed)")
      }

      // The drawing takes the place of the face even without a word, and the words show in it.
      let drawn = try edit(name, "--rendering", "reconstruct", in: folder)
      let smiling = try edit(name, "--rendering", "reconstruct", "--add", "smiling=1.5", in: folder)
      for (old, new) in [(photo, drawn), (drawn, smiling)] {
        let changed = try changes(from: old, to: new, in: frames)
        #expect(changed.outside == 0 && changed.inside.allSatisfy { $0 > 1000 }, "\(changed)")
      }
    }
  }

  // What goes too far is done and told.
  @Test func farWordsAreToldOf() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        [
          "edit", Photos.url("two-faces.jpg").path, "--add", "smiling=-2", "--add", "young=1.5", "--out",
          "x.png",
        ], in: folder, environment: Photos.environment)
      #expect(result.status == 0)
      #expect(result.errors == "smiling=-2 goes beyond ±1.5: much else may change, too.\n")
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.png").path))
    }
  }

  @Test func aFaceThatIsNotThereIsNamed() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        [
          "edit", Photos.url("two-faces.jpg").path, "--add", "smiling", "--out", "x.png", "--face", "3",
        ], in: folder, environment: Photos.environment)
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors == "Error: There is no face 3: 2 faces were found in the image.\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.png").path))
    }
  }

  @Test func thePhotoWithoutAFaceIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["edit", Photos.url("no-faces.jpg").path, "--add", "smiling", "--out", "x.png"], in: folder,
        environment: Photos.environment)
      #expect(result.status == 1 && result.errors == "Error: There is no face in the image.\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.png").path))
    }
  }

  // Every way that is offered is taken, and they differ.
  @Test func everyCropIsTaken() throws {
    try withTemporaryFolder { folder in
      let images = try ["celeba", "ffhq", "arcface", "box", "square", "whole"].map { crop in
        try edit(Photos.url("two-faces.jpg").path, "--add", "smiling=1.5", "--crop", crop, in: folder)
      }
      for (index, image) in images.enumerated() { #expect(!images[..<index].contains(image)) }
      let aligned = try Command.run(
        [
          "edit", Photos.url("two-faces.jpg").path, "--add", "smiling", "--crop", "aligned", "--out", "x.png",
        ],
        in: folder, environment: Photos.environment)
      #expect(
        aligned.status == 1 && aligned.errors.hasPrefix("Error: An aligned CelebA photo has 178×218 pixels"))
    }
  }

  // The face model's faces are otherwise aligned; the box and its margin are the library's.
  @Test func theBoxMayHaveAMargin() throws {
    try withTemporaryFolder { folder in
      let url = Photos.url("two-faces.jpg")
      let editor = try Editor.faces(detector: FaceDetector(contentsOf: Photos.networks))
      let photo = try Image(contentsOf: url)
      let bare = try edit(url.path, "--add", "smiling=1.5", "--crop", "box", in: folder)
      let wide = try edit(
        url.path, "--add", "smiling=1.5", "--crop", "box", "--margin", "0.25", in: folder)
      for (image, alignment) in [(bare, FaceAlignment.box()), (wide, .box(margin: 0.25))] {
        let expected = try editor.edit(photo, adding: ["smiling": 1.5], framed: .detected(by: alignment))
        #expect(image == expected, "\(alignment)")
      }
      for (crop, sentence) in [
        (["--crop", "box", "--margin", "2"], "it takes a number from 0 to 1."),
        (["--crop", "square", "--margin", "0.1"], "--margin goes with --crop box, not with square."),
        (["--margin", "0.1"], "--margin goes with --crop box."),
      ] {
        let refused = try Command.run(
          ["edit", url.path, "--add", "smiling", "--out", "y.png"] + crop, in: folder)
        #expect(refused.status == 64 && refused.errors.contains(sentence), "\(refused.errors)")
      }
    }
  }

  // The middle of a photo needs no search.
  @Test func theSquareNeedsNoNetworks() throws {
    try withTemporaryFolder { folder in
      let photo = try Image(contentsOf: Photos.url("two-faces.jpg"))
      let result = try Command.run(
        [
          "edit", Photos.url("two-faces.jpg").path, "--add", "smiling=1.5", "--out", "x.png", "--crop",
          "square",
        ],
        in: folder, environment: ["LATENT_MODELS": folder.path])
      #expect(result.status == 0, "\(result.errors)")
      let side = min(photo.width, photo.height)
      let square = FaceFrame(
        Rectangle(
          x: Double((photo.width - side) / 2), y: Double((photo.height - side) / 2), width: Double(side),
          height: Double(side)))
      let changed = try changes(
        from: photo, to: Image(contentsOf: folder.appendingPathComponent("x.png")), in: [square])
      #expect(changed.outside == 0 && changed.inside[0] > 1000, "\(changed)")
    }
  }

  // MARK: - What files hold beside the pixels

  /// An RGB profile of one tag; libpng does not read one that is packed in fewer than some 80 bytes.
  private static let profile: Data = {
    func integer(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
    let header =
      integer(208) + [0, 0, 0, 0, 4, 0x30, 0, 0] + Array("mntrRGB XYZ ".utf8)
      + [UInt8](repeating: 0, count: 12)
      + Array("acsp".utf8) + [UInt8](repeating: 0, count: 28) + integer(0xF6D6) + integer(0x10000)
      + integer(0xD32D) + [UInt8](repeating: 0, count: 48)
    let tag = integer(1) + Array("desc".utf8) + integer(144) + integer(64)
    return Data(header + tag + (0..<64).map { UInt8($0 * 37 % 251) })
  }()

  /// A TIFF block that says nothing but the orientation (Exif 2.3, §4.6.4).
  private static func exif(orientation: UInt8) -> Data {
    Data(
      Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0".utf8) + [orientation]
        + [UInt8](repeating: 0, count: 6))
  }

  // Orientation 6 says that the stored left column is the upright top row, from bottom to top.
  @Test(arguments: ["out.jpg", "out.png"]) func orientationAndProfileAreKept(out: String) throws {
    try withTemporaryFolder { folder in
      let upright = try Image(contentsOf: Photos.url("two-faces.jpg"))
      let (width, height) = (upright.height, upright.width)
      var pixels: [UInt8] = []
      for y in 0..<height {
        for x in 0..<width {
          let start = (x * upright.width + upright.width - 1 - y) * 3
          pixels += upright.pixels[start..<start + 3]
        }
      }
      let stored = Image(
        width: width, height: height, pixels: pixels,
        metadata: .init(colorProfile: Self.profile, exif: Self.exif(orientation: 6)))
      try stored.write(to: folder.appendingPathComponent("turned.jpg"), quality: 100)
      let photo = try Image(contentsOf: folder.appendingPathComponent("turned.jpg"))
      #expect(photo.width == upright.width && photo.height == upright.height)

      let edited = try edit("turned.jpg", "--add", "smiling=1.5", out: out, in: folder)
      #expect(edited.width == upright.width && edited.height == upright.height)
      #expect(edited.metadata == .init(colorProfile: Self.profile, exif: Self.exif(orientation: 1)))
      let frames = try Photos.frames(in: photo)
      #expect(frames.count == 2)
      if out == "out.png" {
        let changed = try changes(from: photo, to: edited, in: frames)
        #expect(changed.outside == 0 && changed.inside.allSatisfy { $0 > 1000 }, "\(changed)")
      } else {
        // JPEG changes values a little everywhere: the mean over the left edge, which is far from the faces.
        let edge = (0..<photo.height).flatMap { y in (0..<8).map { (y * photo.width + $0) * 3 } }
        let error = edge.reduce(0) { $0 + abs(Int(photo.pixels[$1]) - Int(edited.pixels[$1])) }
        #expect(error < 4 * edge.count)
      }
    }
  }

  @Test func transparencyIsKept() throws {
    try withTemporaryFolder { folder in
      let opaque = try Image(contentsOf: Photos.url("two-faces.jpg"))
      // Little enough of it that the faces are still found.
      let alpha = (0..<opaque.width * opaque.height).map { UInt8(200 + $0 * 37 % 56) }
      let photo = Image(
        width: opaque.width, height: opaque.height, pixels: opaque.pixels, alpha: alpha,
        metadata: .init(colorProfile: Self.profile, exif: Self.exif(orientation: 1)))
      try photo.write(to: folder.appendingPathComponent("photo.png"))
      let edited = try edit("photo.png", "--add", "smiling=1.5", in: folder)
      #expect(edited.alpha == alpha && edited.metadata == photo.metadata)
      let frames = try Photos.frames(in: photo)
      #expect(frames.count == 2)
      let changed = try changes(from: photo, to: edited, in: frames)
      #expect(changed.outside == 0 && changed.inside.allSatisfy { $0 > 1000 }, "\(changed)")
    }
  }

  // MARK: - Files that are no photos

  @Test(arguments: ["empty.jpg", "cut.jpg", "vast.jpg"]) func badPhotosAreRefused(name: String) throws {
    try withTemporaryFolder { folder in
      let whole = try Data(contentsOf: Photos.url("two-faces.jpg"))
      try Data().write(to: folder.appendingPathComponent("empty.jpg"))
      try whole.prefix(whole.count / 2).write(to: folder.appendingPathComponent("cut.jpg"))
      // The frame header's height and width follow its marker, length and precision.
      var vast = try Image(contentsOf: Photos.url("two-faces.jpg")).jpegData()
      let header = try #require(vast.range(of: Data([0xFF, 0xC0]))).lowerBound
      vast.replaceSubrange(header + 5..<header + 9, with: [0x4E, 0x20, 0x4E, 0x20])
      try vast.write(to: folder.appendingPathComponent("vast.jpg"))
      let sentence =
        switch name {
        case "empty.jpg": "“empty.jpg” is empty, not an image."
        case "cut.jpg": "The image “cut.jpg” cannot be read: "
        default: "The image “vast.jpg” is 20000×20000 pixels"
        }
      for arguments in [
        ["faces", name], ["faces", name, "--json"], ["edit", name, "--add", "smiling", "--out", "x.png"],
      ] {
        let result = try Command.run(arguments, in: folder, environment: Photos.environment)
        #expect(result.status == 1 && result.output.isEmpty, "\(arguments)")
        #expect(result.errors.hasPrefix("Error: " + sentence), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            == ["cut.jpg", "empty.jpg", "errors.txt", "output.txt", "vast.jpg"])
      }
    }
  }
}
