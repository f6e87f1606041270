import Foundation
import LatentArithmetic
import TestSupport
import Testing

/// Photos are edited where their faces are, and nowhere else.
struct EditingInPlaceTests {
  private let photo = Image(
    width: 178, height: 218, pixels: randomImage(width: 178, height: 218, seed: 2).pixels,
    alpha: (0..<178 * 218).map { UInt8(255 - $0 % 90) }, metadata: .init(exif: Data([7, 8, 9])))

  private var frame: FaceFrame { FaceAlignment.celeba.frameInAlignedCelebA }

  // x' = x + m·(G(z + θ·w) − G(z)), or the drawing in place of the face, in the frame of an aligned photo.
  @Test(arguments: TinyModel.architectures, [Rendering.keep, .reconstruct])
  func anAlignedPhotoIsEditedInItsFrame(
    architecture: NetworkConfiguration.Architecture, rendering: Rendering
  ) throws {
    let editor = try Editor(TinyModel.complete(architecture))
    let edited = try editor.edit(
      photo, adding: ["smiling": 1.5], framed: .alignedCelebA, rendering: rendering)

    let code = try editor.encoder.encode(photo.cropped(to: frame, size: 80))
    let before = editor.generator.generate(code)
    let after = editor.generator.generate(code + 1.5 * (try editor.projector.direction(for: "smiling")))
    #expect(
      edited
        == (rendering == .keep
          ? photo.adding(changeFrom: before, to: after, in: frame)
          : photo.replacing(frame, by: after)))
    #expect(edited.alpha == photo.alpha && edited.metadata == photo.metadata)
    let changed = Self.changedPixels(photo, edited)
    #expect(changed.inside(frame).count == changed.count)
    #expect(changed.count > 148 * 148 / 2)

    var face = try editor.faces(in: photo, framed: .alignedCelebA, rendering: rendering)[0]
    #expect(face.photo == photo && face.frame == frame && face.code == code)
    face["smiling"] = 1.5
    #expect(try face.rendered() == edited)
    #expect(face.reconstruction() == before)
    #expect(try face.rendered("smiling", at: [1.5, 0.5])[0] == edited)
  }

  // A model of another alignment frames the same photo as its own training images were.
  @Test(arguments: [
    (FaceAlignment.celeba, Rectangle(x: 15, y: 40, width: 148, height: 148)),
    (.celebaWide, Rectangle(x: 0, y: 20, width: 178, height: 178)),
  ]) func anAlignedPhotoIsFramedByTheModelsAlignment(_ alignment: FaceAlignment, _ rectangle: Rectangle)
    throws
  {
    let editor = try Editor(TinyModel.complete(framing: .detected(by: alignment)))
    let face = try editor.faces(in: photo, framed: .alignedCelebA)[0]
    #expect(face.frame == FaceFrame(rectangle))
    #expect(face.code == (try editor.encoder.encode(photo.cropped(to: FaceFrame(rectangle), size: 80))))
  }

  /// Draws the first number of a code, and everything brighter by how many codes are in the batch.
  private struct Brightening: Generator {
    let latentSize = 2
    let imageSize = 8
    func generate(_ codes: [Latent<ZSpace>]) -> [Image] {
      codes.map { code in
        let value = UInt8(100 + 20 * code.values[0]) + UInt8(codes.count)
        return Image(width: 8, height: 8, pixels: [UInt8](repeating: value, count: 192))
      }
    }
  }

  private struct Zeros: Encoder {
    let imageSize = 8
    let alignment = FaceAlignment.celeba
    func encode(_ crops: [Image]) -> [Latent<ZSpace>] { crops.map { _ in Latent([0, 1]) } }
  }

  // What a generator draws may depend on the batch, if only by rounding; θ = 0 is the photo nevertheless.
  @Test func atZeroThePhotoIsKeptToTheBitInABatch() throws {
    let editor = Editor(
      generator: Brightening(), encoder: Zeros(),
      projector: WordProjector(directions: ["bright": Direction([1, 0])], meanCode: Latent([0, 0])))
    let face = try editor.faces(in: photo, framed: .whole)[0]
    let images = try face.rendered("bright", at: [-1, 0, 1, 0])
    #expect(images[1] == photo && images[3] == photo)
    for (image, theta) in [(images[0], -1 as Float), (images[2], 1)] {
      let drawn = Brightening().generate(Array(repeating: Latent([theta, 1]), count: 4))[0]
      let expected = photo.adding(changeFrom: face.reconstruction(), to: drawn, in: .whole(of: photo))
      #expect(image == expected && image != photo, "\(theta)")
    }
  }

  @Test func withoutWordsAPhotoIsKeptToTheBit() throws {
    let editor = try Editor(TinyModel.complete())
    for framing in [Framing.alignedCelebA, .frames([]), .frames(Self.overlapping)] {
      let edited = try editor.edit(photo, adding: ["blond": 0], framed: framing)
      #expect(edited == photo && edited.metadata == photo.metadata)
    }
  }

  // Where frames overlap, each face is encoded from the image as it came, and both changes are added in
  // order.
  @Test func framesAreEditedInTheirOrder() throws {
    let editor = try Editor(TinyModel.complete())
    let edited = try editor.edit(photo, adding: ["blond": -2], framed: .frames(Self.overlapping))
    let blond = try editor.projector.direction(for: "blond")
    let codes = try editor.encoder.encode(Self.overlapping.map { photo.cropped(to: $0, size: 80) })
    let (before, after) = (
      editor.generator.generate(codes), editor.generator.generate(codes.map { $0 + -2 * blond })
    )
    var expected = photo
    for (index, frame) in Self.overlapping.enumerated() {
      expected = expected.adding(changeFrom: before[index], to: after[index], in: frame)
    }
    #expect(edited == expected && edited != photo)
  }

  // The whole photo, its middle, and the place that CelebA's aligned photos have alone.
  @Test func framingIsWhatIsSaid() throws {
    let editor = try Editor(TinyModel.complete())
    func frames(_ framing: Framing) throws -> [FaceFrame?] {
      try editor.faces(in: photo, framed: framing).map(\.frame)
    }
    #expect(try frames(.whole) == [FaceFrame(Rectangle(x: 0, y: 0, width: 178, height: 218))])
    #expect(try frames(.centerSquare) == [.centerSquare(of: photo)])
    #expect(try frames(.frames(Self.overlapping)) == Self.overlapping)
    let other = smoothImage(width: 80, height: 80, seed: 1)
    #expect(throws: FaceError.notAligned(width: 80, height: 80)) {
      try editor.faces(in: other, framed: .alignedCelebA)
    }
  }

  // A detector that is handed in finds the faces; an alignment that is said goes before the encoder's.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func theDetectorIsHandedIn() throws {
    let photo = try Image(contentsOf: Shared.url("data/photos/two-faces.jpg"))
    let detector = try FaceDetector(contentsOf: Shared.url("models/mtcnn"), threads: 1)
    let editor = try Editor(TinyModel.complete(), detector: detector)
    let found = detector.detect(photo)
    for (framing, alignment) in [
      (Framing.detected(), FaceAlignment.celeba), (.detected(by: .ffhq), .ffhq),
    ] {
      let frames = try editor.faces(in: photo, framed: framing).map(\.frame)
      #expect(frames.count == 2 && frames == found.map { alignment.frame(of: $0, in: photo) })
    }
    let empty = try Image(contentsOf: Shared.url("data/photos/no-faces.jpg"))
    #expect(throws: FaceError.noFace) { try editor.faces(in: empty) }
  }

  // The faces that a detector finds in a photo of two people.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func onlyTheFacesChange() throws {
    let photo = try Image(contentsOf: Shared.url("data/photos/two-faces.jpg"))
    let faces = try FaceDetector(contentsOf: Shared.url("models/mtcnn")).detect(photo)
    let editor = try Editor(TinyModel.complete())
    for alignment in FaceAlignment.allCases {
      let frames = faces.map { alignment.frame(of: $0, in: photo) }
      try #require(frames.count == 2)
      for rendering in [Rendering.keep, .reconstruct] {
        let both = Self.changedPixels(
          photo, try editor.edit(photo, adding: ["smiling": 2], framed: .frames(frames), rendering: rendering)
        )
        let (first, second) = (both.inside(frames[0]), both.inside(frames[1]))
        #expect(first.count > 500 && second.count > 500, "\(alignment) \(rendering)")
        #expect(Set(first + second).count == both.count, "\(alignment) \(rendering)")
        for (frame, own) in zip(frames, [first, second]) {
          let one = Self.changedPixels(
            photo,
            try editor.edit(photo, adding: ["smiling": 2], framed: .frames([frame]), rendering: rendering))
          #expect(one.inside(frame).count == one.count, "\(alignment) \(rendering)")
          // The frames do not overlap, and a batch of two rounds as one does but for the last digits.
          #expect(Set(one).symmetricDifference(own).count <= own.count / 100, "\(alignment) \(rendering)")
        }
      }
    }
  }

  private static let overlapping = [
    FaceFrame(Rectangle(x: 20, y: 30, width: 90, height: 90)),
    FaceFrame(corner: Point(x: 70, y: 60), right: Point(x: 80, y: 30), down: Point(x: -30, y: 80)),
  ]

  /// The centers of the pixels that differ.
  private static func changedPixels(_ a: Image, _ b: Image) -> [Point] {
    precondition(a.width == b.width && a.height == b.height)
    var changed: [Point] = []
    for pixel in 0..<a.width * a.height {
      let values = 3 * pixel..<3 * pixel + 3
      guard a.pixels[values] != b.pixels[values] else { continue }
      changed.append(Point(x: Double(pixel % a.width) + 0.5, y: Double(pixel / a.width) + 0.5))
    }
    return changed
  }
}

extension [Point] {
  fileprivate func inside(_ frame: FaceFrame) -> [Point] {
    filter {
      let place = frame.cropPoint($0)
      return place.x > 0 && place.x < 1 && place.y > 0 && place.y < 1
    }
  }
}
