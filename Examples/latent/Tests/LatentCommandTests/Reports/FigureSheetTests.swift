import Foundation
import LatentArithmetic
import LatentFaces
import LatentReports
import LatentTraining
import Testing

/// The figures of barely trained models.
@Suite(.serialized) struct FigureSheetTests {
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

  @Test func onlyValidationPhotosAreShownInOrder() throws {
    try withPhotos { dataset, photos in
      let figures = try Figures(by: TinyModels.model(), of: dataset, vectors: TinyModels.vectors)
      let edits = try #require(try figures.sheet(of: .edits))
      let words = ["smiling", "blond", "beard", "lipstick", "male", "young", "hat"]
      #expect(edits.rows.map(\.label) == words + words)
      #expect(
        edits.columnLabels == ["original", "reconstructed", "θ = -2", "θ = -1", "θ = 0.5", "θ = 1", "θ = 2"])
      let faces = photos.map { $0.cropped(to: .trained(in: $0, by: .detected(by: .celebaWide)), size: 80) }
      #expect(edits.rows.map { $0.images[0] } == words.map { _ in faces[0] } + words.map { _ in faces[1] })
      let edited = try #require(try figures.sheet(of: .editedPhotos))
      #expect(edited.columnLabels == ["photo"] + words)
      #expect(edited.rows.map(\.label) == ["θ = 1", "θ = 2", "θ = 1", "θ = 2"])
      #expect(edited.rows.map { $0.images[0] } == [photos[0], photos[0], photos[1], photos[1]])
      let editor = try Editor(TinyModels.model(), vectors: TinyModels.vectors)
      let frame = FaceFrame.trained(in: photos[1], by: .detected(by: .celebaWide))
      #expect(
        try edited.rows[3].images[2]
          == editor.edit(photos[1], adding: ["blond": 2], framed: .frames([frame])))
    }
  }

  // Unknown words are told and left out; those of no attribute are marked.
  @Test func wordsAreThoseKnown() throws {
    try withPhotos { dataset, _ in
      let figures = try Figures(by: TinyModels.model(), of: dataset, vectors: TinyModels.vectors)
      #expect(
        figures.missingWords == [
          "bearded", "bracelet", "chubby", "eyeglass", "eyeglasses", "helmet", "mascara", "moustache",
          "mustache", "necklace", "obese", "spectacles", "sunglasses", "youthful",
        ])
      let meanings = try #require(try figures.sheet(of: .meanings))
      #expect(
        meanings.rows.map(\.label) == [
          "smiling", "grin (not trained on)", "beard (not trained on)", "young (not trained on)", "blond",
          "lipstick (not trained on)", "hat (not trained on)",
        ])
      #expect(meanings.columnLabels == ["w", "m-w", "m", "m+w", "m+2w", "z", "z+w", "z+2w"])
      let sums = try #require(try figures.sheet(of: .sums))
      #expect(
        sums.rows.map(\.label)
          == [
            "original", "reconstructed", "1 blond + 1 lipstick - 1 young", "1 male + 1 beard + 1 smiling",
            "1 hat - 1 smiling",
          ])
      let continuity = try #require(try figures.sheet(of: .continuity))
      #expect(continuity.rows.map(\.label) == ["smiling", "male", "young"])
      #expect(continuity.columnLabels.count == 11 && continuity.rows.allSatisfy { $0.images.count == 11 })
      #expect(try #require(try figures.sheet(of: .samples)).rows.map(\.images.count) == [8, 8, 8, 8])
      #expect(try figures.sheet(of: .averages) == nil)
    }
  }

  // G(w), and then G(m + θ·w) and G(z + θ·w). Vectors that were not calibrated are long enough to be seen.
  @Test func meaningsAreOfTheVectorAndOfSums() throws {
    try withPhotos { dataset, photos in
      let model = try TinyModels.rawAveragingModel()
      let figures = try Figures(by: model, of: dataset, vectors: TinyModels.vectors)
      let sheet = try #require(try figures.sheet(of: .meanings))
      let editor = try Editor(model, vectors: TinyModels.vectors)
      let mean = try editor.projector.meanCode
      let crop = photos[0].cropped(to: .trained(in: photos[0], by: .detected(by: .celebaWide)), size: 80)
      let code = try editor.encoder.encode(crop)
      for (row, word) in zip(sheet.rows, ["smiling", "grin", "beard", "young", "blond"]) {
        let w = try editor.projector.direction(for: word)
        let drawn = editor.generator.generate(
          [Latent(w.values)] + [-1, 0, 1, 2].map { mean + $0 * w } + [0, 1, 2].map { code + $0 * w })
        #expect(row.images == drawn, "\(word)")
        #expect(drawn[0] != drawn[2] && drawn[0] != drawn[5], "\(word)")
      }
    }
  }

  // Of the words of the two attributes smiling alone has an untrained one with a vector. Its row tells the cosines of the
  // vectors and of the directions; both rows are m + w, z + w of each photo, and w.
  @Test func similarWordsStandBesideTrainedOnes() throws {
    try withPhotos { dataset, photos in
      let model = try TinyModels.rawAveragingModel()
      let figures = try Figures(by: model, of: dataset, vectors: TinyModels.vectors)
      let sheet = try #require(try figures.sheet(of: .similarWords))
      let editor = try Editor(model, vectors: TinyModels.vectors)
      let directions = try ["smiling", "grin"].map { try editor.projector.direction(for: $0).values }
      let embeddings = ["smiling", "grin"].compactMap { TinyModels.vectors[$0] }
      func cosine(_ pair: [[Float]]) -> Double {
        func product(_ a: [Float], _ b: [Float]) -> Double {
          zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        return product(pair[0], pair[1])
          / (product(pair[0], pair[0]) * product(pair[1], pair[1])).squareRoot()
      }
      let numbers = [cosine(embeddings), cosine(directions)].map { String(format: "%.2f", $0) }
      #expect(
        sheet.rows.map(\.label) == [
          "without a word", "smiling", "grin: embedding \(numbers[0]), latent \(numbers[1])",
        ])
      #expect(sheet.columnLabels == ["m+w", "z1+w", "z2+w", "w"])
      let codes =
        [try editor.projector.meanCode.values]
        + (try photos.map { photo in
          try editor.encoder.encode(
            photo.cropped(to: .trained(in: photo, by: .detected(by: .celebaWide)), size: 80)
          ).values
        })
      #expect(sheet.rows[0].images.count == 3)
      for (row, w) in zip(sheet.rows, [[Float](repeating: 0, count: directions[0].count)] + directions) {
        let moved = codes.map { code in zip(code, w).map { $0 + $1 } } + (row.images.count > 3 ? [w] : [])
        #expect(row.images == editor.generator.generate(moved.map { Latent($0) }), "\(row.label)")
      }
    }
  }

  // (z + θw)/2 = z/2 + θw/2, w being as long as it was trained: every value of the image within one gray level.
  @Test func averagesHalveTheCode() throws {
    try withPhotos { dataset, photos in
      let model = try TinyModels.rawAveragingModel()
      let figures = try Figures(
        by: TinyModels.model(), averaging: model, of: dataset, vectors: TinyModels.vectors)
      let sheet = try #require(try figures.sheet(of: .averages))
      #expect(sheet.rows.map(\.label) == ["smiling", "male", "smiling", "male"])
      let editor = try Editor(model, vectors: TinyModels.vectors)
      var compared = 0
      for (row, photo) in zip(sheet.rows, photos.flatMap { [$0, $0] }) {
        let w = try editor.projector.direction(for: row.label).values
        let z = try editor.encoder.encode(
          photo.cropped(to: .trained(in: photo, by: .detected(by: .celebaWide)), size: 80)
        )
        .values
        let codes = [1, 2, 4].map { theta in w.indices.map { 0.5 * z[$0] + 0.5 * theta * w[$0] }
        }
        let sums = [1, 2].map { theta in w.indices.map { z[$0] + theta * w[$0] } }
        let expected = editor.generator.generate((codes + sums).map { Latent($0) })
        #expect(row.images.count == 7)
        for (image, expected) in zip(row.images.dropFirst(2), expected) {
          #expect(image.isWithinOneLevel(of: expected))
          compared += 1
        }
      }
      #expect(compared == 20)
    }
  }

  @Test func onlyAveragingAverages() throws {
    try withPhotos { dataset, _ in
      for (model, method) in [
        (try TinyModels.model(), ProjectorRecipe.Method.signedAddition),
        (try TinyModels.model(by: .addition), .addition), (try Model.faces(), .signedAddition),
      ] {
        #expect(throws: AveragingError.notTrainedByAveraging(method: method)) {
          try Figures(by: TinyModels.model(), averaging: model, of: dataset, vectors: TinyModels.vectors)
        }
      }
      let calibrated = try TinyModels.model(by: .averaging)
      #expect(throws: AveragingError.calibrated) {
        try Figures(by: TinyModels.model(), averaging: calibrated, of: dataset, vectors: TinyModels.vectors)
      }
    }
  }

  // A plain folder's images are all for training.
  @Test func photosOfATrainingAreNotShown() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 80, height: 80, seed: 1).write(to: folder.appendingPathComponent("face.png"))
      #expect(throws: FiguresError.noPhotos(folder: folder.path)) {
        try Figures(
          by: TinyModels.model(), of: ImageDataset(contentsOf: folder), vectors: TinyModels.vectors)
      }
    }
  }

  // A refined drawing is nearer to its photo than the encoder's.
  @Test func refinementComesNearer() throws {
    try withPhotos { dataset, photos in
      let figures = try Figures(by: TinyModels.model(), of: dataset, vectors: TinyModels.vectors)
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

  // A task that is cancelled beforehand draws no figure.
  @Test func cancelledFiguresAreNotDrawn() async throws {
    let model = try TinyModels.model()
    let drawings = Task {
      try withPhotos { dataset, _ in
        let figures = try Figures(by: model, of: dataset, vectors: TinyModels.vectors)
        withUnsafeCurrentTask { $0?.cancel() }
        for figure in Figures.Name.allCases {
          #expect(throws: CancellationError.self, "\(figure)") { try figures.sheet(of: figure) }
        }
      }
    }
    try await drawings.value
  }
}

extension Image {
  /// Whether every value is that of another image or next to it: a batch may round otherwise than an image alone.
  fileprivate func isWithinOneLevel(of other: Image) -> Bool {
    pixels.count == other.pixels.count && zip(pixels, other.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
  }
}
