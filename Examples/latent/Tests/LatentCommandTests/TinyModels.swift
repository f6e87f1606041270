import Foundation
import LatentArithmetic
import LatentTraining

/// Models that were trained for a few steps on drawn images.
enum TinyModels {
  static let words = ["smiling", "male", "beard", "blond", "lipstick", "young", "grin", "hat"]

  /// Vectors of ``words``, of the length that the projectors take.
  static let vectors: WordVectors = {
    let dimension = 5
    return WordVectors(
      words: words, values: (0..<words.count * dimension).map { Float(sin(Double($0 * $0 + 1))) })
  }()

  /// A model whose projector was trained by a method.
  static func model(by method: ProjectorRecipe.Method = .signedAddition) throws -> Model {
    guard let model = models[method] else { preconditionFailure("There is a model of each method.") }
    return try model.get()
  }

  /// A model whose projector was trained by averaging and left raw.
  static func rawAveragingModel() throws -> Model { try rawAveraging.get() }

  /// A model of images that are no faces, as their data set says.
  static func squareModel() throws -> Model { try trained(by: ProjectorRecipe(), crop: "square\n") }

  private static let models = Dictionary(
    uniqueKeysWithValues: ProjectorRecipe.Method.allCases.map { method in
      (method, Result { try trained(by: ProjectorRecipe(method: method)) })
    })
  private static let rawAveraging = Result {
    try trained(by: ProjectorRecipe(method: .averaging, isRaw: true))
  }

  private static func trained(by recipe: ProjectorRecipe, crop: String? = nil) throws -> Model {
    try withTemporaryFolder { folder in
      let model = folder.appendingPathComponent("model.safetensors")
      let data = try DrawnData(in: folder).folder
      try crop.map { try Data($0.utf8).write(to: data.appendingPathComponent("crop.txt")) }
      let dataset = try ImageDataset(contentsOf: data)
      func training(_ part: String) -> Training {
        let options = RunOptions(folder: folder.appendingPathComponent(part), threads: 2)
        return Training(dataset: dataset, model: model, seed: 1, options: options, report: { _ in })
      }
      var autoencoder = AutoencoderRecipe()
      (autoencoder.latentSize, autoencoder.width, autoencoder.batch) = (6, 4, 8)
      (autoencoder.edited, autoencoder.sampled, autoencoder.steps) = (4, 2, 60)
      try training("autoencoder").trainAutoencoder(autoencoder)
      var projector = recipe
      (projector.hiddenUnits, projector.batch, projector.steps) = (16, 16, 20)
      try training("projector").trainProjector(projector, vectors: vectors)
      return try Model(contentsOf: model)
    }
  }
}
