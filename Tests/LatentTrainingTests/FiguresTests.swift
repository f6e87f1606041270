import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The figures of random weights on random photos.
@Suite struct FiguresTests {
  private static let words = ["smiling", "blond", "lipstick", "young", "grin", "hat"]

  private static var vectors: WordVectors {
    var stream = RandomStream(seed: 8, name: "vectors")
    return WordVectors(
      words: words, values: stream.normal(shape: [words.count, TinyModel.dimension]).elements)
  }

  /// A data set of three photos, the second for training and the others for validation.
  private func withPhotos(_ body: (ImageDataset, [Image]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let photos = (1...3).map { smoothImage(width: 178, height: 218, seed: $0) }
      let place = folder.appendingPathComponent("img_align_celeba", isDirectory: true)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (index, photo) in photos.enumerated() {
        try photo.write(to: place.appendingPathComponent("\(index).png"))
      }
      try Data("3\nSmiling Blond_Hair\n0.png 1 -1\n1.png -1 1\n2.png 1 1\n".utf8)
        .write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
      try Data("0.png 1\n1.png 0\n2.png 1\n".utf8)
        .write(to: folder.appendingPathComponent("list_eval_partition.txt"))
      try body(ImageDataset(contentsOf: folder), [photos[0], photos[2]])
    }
  }

  /// A model whose record says that its projector was trained by a method.
  private func model(trainedBy method: ProjectorRecipe.Method) throws -> Model {
    let recipe = String(
      decoding: try JSONEncoder().encode(ProjectorRecipe(method: method)), as: UTF8.self)
    var model = TinyModel.complete()
    let (directions, meanCode) = (model.directions, model.meanCode)
    model.set(
      .projector, to: try model.parameters(of: .projector),
      record: #"{"images":1,"recipe":\#(recipe),"seed":1}"#)
    (model.directions, model.meanCode) = (directions, meanCode)
    return model
  }

  @Test func onlyValidationPhotosAreShownInOrder() throws {
    try withPhotos { dataset, photos in
      let figures = try Figures(by: TinyModel.complete(), of: dataset, vectors: Self.vectors)
      let edits = try #require(try figures.sheet(of: .edits))
      let words = ["smiling", "blond", "lipstick", "young", "hat"]
      #expect(edits.rows.map(\.label) == words + words)
      #expect(
        edits.columnLabels == ["original", "reconstructed", "θ = -2", "θ = -1", "θ = 0.5", "θ = 1", "θ = 2"])
      let faces = photos.map { $0.trainingCrop(size: 80) }
      #expect(edits.rows.map { $0.images[0] } == words.map { _ in faces[0] } + words.map { _ in faces[1] })
      let edited = try #require(try figures.sheet(of: .editedPhotos))
      #expect(edited.columnLabels == ["photo"] + words)
      #expect(edited.rows.map(\.label) == ["θ = 1", "θ = 2", "θ = 1", "θ = 2"])
      #expect(edited.rows.map { $0.images[0] } == [photos[0], photos[0], photos[1], photos[1]])
      let editor = try Editor(TinyModel.complete(), vectors: Self.vectors)
      #expect(try edited.rows[3].images[2] == editor.edit(photos[1], adding: ["blond": 2]))
    }
  }

  // Unknown words are told and left out; those of no attribute are marked.
  @Test func wordsAreThoseKnown() throws {
    try withPhotos { dataset, _ in
      let figures = try Figures(by: TinyModel.complete(), of: dataset, vectors: Self.vectors)
      #expect(
        figures.missingWords == [
          "beard", "bearded", "eyeglasses", "male", "moustache", "mustache", "spectacles", "sunglasses",
          "youthful",
        ])
      let meanings = try #require(try figures.sheet(of: .meanings))
      #expect(
        meanings.rows.map(\.label) == [
          "smiling", "grin (not trained on)", "young (not trained on)", "blond",
          "lipstick (not trained on)", "hat (not trained on)",
        ])
      let sums = try #require(try figures.sheet(of: .sums))
      #expect(
        sums.rows.map(\.label)
          == ["original", "reconstructed", "1 blond + 1 lipstick - 1 young", "1 hat - 1 smiling"])
      let continuity = try #require(try figures.sheet(of: .continuity))
      #expect(continuity.rows.map(\.label) == ["smiling", "young"])
      #expect(continuity.columnLabels.count == 11 && continuity.rows.allSatisfy { $0.images.count == 11 })
      #expect(try #require(try figures.sheet(of: .samples)).rows.map(\.images.count) == [8, 8, 8, 8])
      #expect(try figures.sheet(of: .averages) == nil)
    }
  }

  // (z + θw)/2 about the mean m is z/2 + m/2 + θw/2: every value of the image within one gray level.
  @Test func averagesHalveTheCode() throws {
    try withPhotos { dataset, photos in
      let model = try model(trainedBy: .averaging)
      let figures = try Figures(
        by: TinyModel.complete(), averaging: model, of: dataset, vectors: Self.vectors)
      let sheet = try #require(try figures.sheet(of: .averages))
      #expect(sheet.rows.map(\.label) == ["smiling", "smiling"])
      let editor = try Editor(model, vectors: Self.vectors)
      let w = try editor.projector.direction(for: "smiling").values
      var compared = 0
      for (row, photo) in zip(sheet.rows, photos) {
        let z = try editor.encoder.encode(photo.trainingCrop(size: 80)).values
        let codes = [1, 2, 4].map { theta in w.indices.map { 0.5 * z[$0] + 0.5 * theta * w[$0] }
        }
        let sums = [1, 2].map { theta in w.indices.map { z[$0] + theta * w[$0] } }
        let expected = editor.generator.generate((codes + sums).map { Latent($0) })
        #expect(row.images.count == 7)
        for (image, expected) in zip(row.images.dropFirst(2), expected) {
          #expect(zip(image.pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
          compared += 1
        }
      }
      #expect(compared == 10)
    }
  }

  @Test func onlyAveragingAverages() throws {
    try withPhotos { dataset, _ in
      for (model, method) in [
        (TinyModel.complete(), nil), (try model(trainedBy: .addition), ProjectorRecipe.Method.addition),
      ] {
        #expect(throws: FiguresError.notTrainedByAveraging(method: method)) {
          try Figures(by: TinyModel.complete(), averaging: model, of: dataset, vectors: Self.vectors)
        }
      }
    }
  }

  // A plain folder's images are all for training.
  @Test func photosOfATrainingAreNotShown() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 80, height: 80, seed: 1).write(to: folder.appendingPathComponent("face.png"))
      #expect(throws: FiguresError.noPhotos(folder: folder.path)) {
        try Figures(
          by: TinyModel.complete(), of: ImageDataset(contentsOf: folder), vectors: Self.vectors)
      }
    }
  }

  // A refined drawing is nearer to its photo than the encoder's.
  @Test func refinementComesNearer() throws {
    try withPhotos { dataset, photos in
      let figures = try Figures(by: TinyModel.complete(), of: dataset, vectors: Self.vectors)
      let sheet = try #require(try figures.sheet(of: .refinement))
      #expect(sheet.columnLabels == ["photo", "encoder", "refined", "drawn edit", "photo edit"])
      #expect(sheet.rows.map(\.images.count) == [5, 5])
      for row in sheet.rows {
        let (plain, refined) = (row.images[1], row.images[2])
        #expect(
          refined.peakSignalToNoiseRatio(to: row.images[0]) > plain.peakSignalToNoiseRatio(to: row.images[0]))
      }
    }
  }

  // The paper's two methods share its recipe and differ in the method alone.
  @Test func recipesFollowTheMethod() {
    #expect(ProjectorRecipe(method: .signedAddition) == ProjectorRecipe())
    #expect(ProjectorRecipe(method: .addition) == .paper)
    var averaging = ProjectorRecipe.paper
    averaging.method = .averaging
    #expect(ProjectorRecipe(method: .averaging) == averaging)
    #expect(!averaging.orthogonalizes)
  }
}
