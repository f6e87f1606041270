import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Trainings see of an aligned photo what their recipe's alignment cuts out of it, and say so in what they write.
struct TrainingAlignmentTests {
  private static let (size, count) = (NetworkConfiguration.paper.imageSize, 10)

  /// Photos in CelebA's layout, each changed first.
  private func dataset(in folder: URL, _ change: (Image) -> Image) throws -> ImageDataset {
    let images = folder.appendingPathComponent("img_align_celeba", isDirectory: true)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    var (attributes, splits) = ("\(Self.count)\nSmiling\n", "")
    for index in 0..<Self.count {
      let photo = smoothImage(width: 178, height: 218, seed: 5 * index)
      try change(photo).write(to: images.appendingPathComponent("\(index).png"))
      attributes += "\(index).png \(index % 2 == 0 ? 1 : -1)\n"
      splits += "\(index).png \(index < 8 ? 0 : 1)\n"
    }
    try Data(attributes.utf8).write(to: folder.appendingPathComponent("list_attr_celeba.txt"))
    try Data(splits.utf8).write(to: folder.appendingPathComponent("list_eval_partition.txt"))
    // Whoever is kept for tuning is so by name, so at least a batch remains.
    return try ImageDataset(contentsOf: folder)
  }

  private enum Kind: String, CaseIterable {
    case gan, autoencoder, scorer

    func train(_ training: Training, _ alignment: FaceAlignment) throws {
      switch self {
      case .gan:
        var recipe = GANRecipe.dcgan
        recipe.network = NetworkConfiguration(architecture: .dcgan, latentSize: 4, width: 4)
        (recipe.alignment, recipe.batch, recipe.steps) = (alignment, 4, 2)
        try training.trainGAN(recipe)
        var encoder = EncoderRecipe()
        (encoder.batch, encoder.steps) = (4, 2)
        let folder = training.options.folder.appendingPathComponent("encoder")
        try Training(
          dataset: training.dataset, model: training.model, seed: 4,
          options: RunOptions(folder: folder, threads: 1)
        ).trainEncoder(encoder)
      case .autoencoder:
        var recipe = AutoencoderRecipe()
        (recipe.alignment, recipe.latentSize, recipe.width) = (alignment, 3, 4)
        (recipe.batch, recipe.edited, recipe.sampled, recipe.steps) = (4, 2, 1, 2)
        try training.trainAutoencoder(recipe)
      case .scorer:
        var recipe = ScorerRecipe.calibrating
        (recipe.alignment, recipe.width, recipe.people) = (alignment, 4, .all)
        (recipe.batch, recipe.steps, recipe.smallestCrop) = (4, 2, 1)
        try training.trainScorer(recipe)
      }
    }
  }

  // The size is the model's: encoder, generator, codes of random images, and a photo's edit follow from it.
  @Test(arguments: [64, 128]) func trainingsHaveTheirSize(size: Int) throws {
    try withTemporaryFolder { folder in
      let data = try dataset(in: folder.appendingPathComponent("data")) { $0 }
      let url = folder.appendingPathComponent("model")
      let training = Training(
        dataset: data, model: url, seed: 3,
        options: RunOptions(folder: folder.appendingPathComponent("run"), threads: 1))
      var recipe = AutoencoderRecipe()
      (recipe.imageSize, recipe.latentSize, recipe.width) = (size, 3, 4)
      // A batch smaller than the number of edited codes.
      (recipe.batch, recipe.sampled, recipe.steps) = (4, 1, 2)
      try training.trainAutoencoder(recipe)
      let model = try Model(contentsOf: url)
      #expect(model.network.imageSize == size)
      let encoder = try ConvolutionalEncoder(model, threads: 1)
      let generator = try ConvolutionalGenerator(model, threads: 1)
      #expect(encoder.imageSize == size && generator.imageSize == size)
      let photo = smoothImage(width: 178, height: 218, seed: 77)
      let editor = Editor(generator: generator, encoder: encoder)
      let face = try editor.faces(in: photo, framed: .alignedCelebA)[0]
      #expect(face.reconstruction().width == size)
      #expect(try face.rendered(along: Direction([0, 0, 0])) == photo)
      // Two steps draw nothing but gray, which is seen where it takes the photo's place.
      let drawn = try editor.faces(in: photo, framed: .alignedCelebA, rendering: .reconstruct)[0].rendered()
      #expect(drawn != photo && drawn.width == photo.width)
    }
  }

  // Training on aligned photos is training on their crops, which are taken as they are: to the bit, measurements too.
  @Test(arguments: Kind.allCases) private func trainingsSeeTheCropOfTheirAlignment(kind: Kind) throws {
    try withTemporaryFolder { folder in
      var files: [Data] = []
      for alignment in [FaceAlignment.celeba, .celebaWide] {
        func file(_ name: String, _ change: (Image) -> Image) throws -> URL {
          let folder = folder.appendingPathComponent("\(alignment) \(name)")
          let model = folder.appendingPathComponent("model")
          try kind.train(
            Training(
              dataset: dataset(in: folder.appendingPathComponent("data"), change), model: model, seed: 3,
              options: RunOptions(folder: folder.appendingPathComponent("run"), threads: 1)), alignment)
          return model
        }
        let model = try file("photos") { $0 }
        let ofCrops = try file("crops") { $0.cropped(to: alignment.frameInAlignedCelebA, size: Self.size) }
        files.append(try Data(contentsOf: model))
        let isSame = try Data(contentsOf: ofCrops) == files.last
        #expect(isSame, "\(alignment)")
        let got =
          try kind == .scorer
          ? AttributeScorer(contentsOf: model).alignment : Model(contentsOf: model).framing.alignment
        #expect(got == alignment)
      }
      #expect(files[0] != files[1])
    }
  }
}
