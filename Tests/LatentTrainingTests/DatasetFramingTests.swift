import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

/// Data sets that say how their images were cut out, and models that are trained on them.
struct DatasetFramingTests: FaceDatasetTesting {
  private func dataset(in folder: URL, crop: String?) throws -> ImageDataset {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try crop.map { try Data($0.utf8).write(to: folder.appendingPathComponent("crop.txt")) }
    return try ImageDataset(contentsOf: folder)
  }

  // MARK: - The file

  // In a plain folder, beside a table of one's own, and beside CelebA's lists, not among its images.
  @Test(arguments: [
    ("celeba-wide\n", Framing.detected(by: .celebaWide)), ("box 0.2", .detected(by: .box(margin: 0.2))),
    (" square\r\n", .centerSquare), (nil, nil),
  ]) func theFileIsRead(text: String?, framing: Framing?) throws {
    try withTemporaryFolder { folder in
      let image = smoothImage(width: 20, height: 20, seed: 1)
      for (index, lists) in [[:], ["attributes.csv": "file,a\n0.png,1\n"]].enumerated() {
        let plain = folder.appendingPathComponent("\(index)")
        try FileManager.default.createDirectory(at: plain, withIntermediateDirectories: true)
        try image.write(to: plain.appendingPathComponent("0.png"))
        for (name, list) in lists { try Data(list.utf8).write(to: plain.appendingPathComponent(name)) }
        #expect(try dataset(in: plain, crop: text).framing == framing)
      }
      let celebA = folder.appendingPathComponent("celeba")
      let images = celebA.appendingPathComponent("img_align_celeba")
      try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
      try Data("arcface".utf8).write(to: images.appendingPathComponent("crop.txt"))
      try Data("1\nA\n0.png 1\n".utf8).write(to: celebA.appendingPathComponent("list_attr_celeba.txt"))
      #expect(try dataset(in: celebA, crop: text).framing == framing)
    }
  }

  @Test(arguments: ["", "\n", "box 3", "whole", "celeba\nsquare"]) func anotherTextIsRefused(text: String)
    throws
  {
    try withTemporaryFolder { folder in
      let error = #expect(throws: DatasetError.self) { try dataset(in: folder, crop: text) }
      let got = text.trimmingCharacters(in: .whitespacesAndNewlines)
      #expect(
        error?.description
          == "“crop.txt”, line 1, byte 0: expected box, celeba, celeba-wide, ffhq, arcface, box with a margin "
          + "from 0 to 1, or square, got “\(got)”.")
    }
  }

  // MARK: - Trainings

  /// Trains a generator and an encoder for a step or two, by recipes that say nothing of the crop.
  private func model(of dataset: ImageDataset, in folder: URL) throws -> Model {
    let url = folder.appendingPathComponent("model")
    func training(_ part: String) -> Training {
      Training(
        dataset: dataset, model: url, seed: 2,
        options: RunOptions(folder: folder.appendingPathComponent(part), threads: 1))
    }
    var gan = GANRecipe.dcgan
    gan.network = NetworkConfiguration(architecture: .dcgan, latentSize: 4, width: 4, imageSize: 64)
    (gan.batch, gan.steps) = (2, 2)
    try training("gan").trainGAN(gan)
    var encoder = EncoderRecipe()
    (encoder.batch, encoder.steps) = (2, 1)
    try training("encoder").trainEncoder(encoder)
    return try Model(contentsOf: url)
  }

  private func editor(of model: Model, detector: FaceDetector?) throws -> Editor<ZSpace> {
    Editor(
      generator: try ConvolutionalGenerator(model, threads: 1),
      encoder: try ConvolutionalEncoder(model, threads: 1), detector: detector)
  }

  // From photos to edits: faces are cut out alike for the data set, the trainings and the edit, to the bit.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func aMarginGoesFromTheDataSetToTheEdit() async throws {
    try await withPhotos { photos, target in
      let alignment = FaceAlignment.box(margin: 0.2)
      _ = try builder(photos, target, size: 64, alignment: alignment).build(threads: 1)
      let dataset = try ImageDataset(contentsOf: target)
      let model = try model(of: dataset, in: target.deletingLastPathComponent())
      #expect(model.framing == .detected(by: alignment))
      let editor = try editor(of: model, detector: detector())
      let photo = try Image(contentsOf: photos.appendingPathComponent("two-faces.jpg"))
      let faces = try detector().detect(photo)
      let frames = faces.map { alignment.frame(of: $0, in: photo) }
      #expect(frames.count == 2 && frames != faces.map { FaceAlignment.box().frame(of: $0, in: photo) })
      #expect(try editor.frames(in: photo) == frames)
      #expect(try editor.faces(in: photo).map(\.frame) == frames)
      // The largest face's crop is the image of the data set.
      let largest = try #require(faces.indices.max { faces[$0].box.width < faces[$1].box.width })
      let image = try Image(contentsOf: target.appendingPathComponent("two-faces.png"))
      #expect(photo.cropped(to: frames[largest], size: 64) == image)
    }
  }

  // Images of the size of CelebA's photos are no such photos where the data set says that they are no faces: the model is
  // that of their center squares, and edits a photo's center square without a detector.
  @Test func squaresAreTrainedOnAndEditedWithoutADetector() throws {
    try withTemporaryFolder { folder in
      func model(_ name: String, _ change: (Image) -> Image) throws -> Model {
        let folder = folder.appendingPathComponent(name)
        let data = folder.appendingPathComponent("data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        for index in 0..<4 {
          try change(smoothImage(width: 178, height: 218, seed: 3 * index))
            .write(to: data.appendingPathComponent("\(index).png"))
        }
        return try self.model(of: dataset(in: data, crop: "square\n"), in: folder)
      }
      let ofPhotos = try model("photos") { $0 }
      let ofSquares = try model("squares") { $0.cropped(to: .centerSquare(of: $0), size: 64) }
      #expect(ofPhotos.framing == .centerSquare)
      for part in [Model.Part.generator, .encoder] {
        let isSame = try ofPhotos.parameters(of: part).bits == ofSquares.parameters(of: part).bits
        #expect(isSame, "\(part)")
      }
      let photo = smoothImage(width: 178, height: 218, seed: 50)
      let editor = try editor(of: ofPhotos, detector: nil)
      let face = try editor.faces(in: photo)[0]
      #expect(face.frame == FaceFrame(Rectangle(x: 0, y: 20, width: 178, height: 178)))
      #expect(
        try face.code == editor.encoder.encode(photo.cropped(to: .centerSquare(of: photo), size: 64)))
      #expect(try face.rendered(along: Direction([9, 9, 9, 9])) != photo)
    }
  }
}
