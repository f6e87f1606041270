import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Testing

/// Measuring a model with the program.
@Suite(.serialized) struct EvaluationTests {
  /// Writes `model.safetensors`: encoder and generator of a few steps, and a projector that the program trains.
  private func train(_ data: DrawnData, in folder: URL) throws {
    var recipe = AutoencoderRecipe()
    (recipe.latentSize, recipe.width, recipe.batch, recipe.edited, recipe.sampled) = (6, 4, 8, 4, 2)
    recipe.steps = 20
    let options = RunOptions(folder: folder.appendingPathComponent("autoencoder"), threads: 2)
    try Training(
      dataset: ImageDataset(contentsOf: data.folder),
      model: folder.appendingPathComponent("model.safetensors"), seed: 1, options: options,
      report: { _ in }
    ).trainAutoencoder(recipe)
    let projector = try Command.run(
      [
        "train", "projector", "--data", data.folder.path, "--out", "model.safetensors", "--words",
        data.words.path, "--steps", "40",
      ], in: folder)
    #expect(projector.status == 0, "\(projector.errors)")
    #expect(projector.errors.contains("opening photos") && projector.errors.contains("calibrating"))
  }

  // The numbers go to the output as JSON and to a page; a command that leaves out where they go, or asks for the photos
  // that were trained on, is one sentence.
  @Test func measuresAModel() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      try train(data, in: folder)
      let command = [
        "evaluate", "--data", data.folder.path, "--words", data.words.path, "--model", "model.safetensors",
        "--photos", "4", "--refined", "1", "--rendering", "reconstruct",
      ]
      let made = try Command.run(command + ["--json", "--page", "page.html"], in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let report = try EvaluationReport(jsonData: Data(made.output.utf8))
      #expect(report.words.map(\.word) == ["smiling", "male", "beard"])
      let edits = try #require(report.edits)
      #expect(edits.rendering == "reconstruct" && edits.photos == 12)
      #expect(report.reconstruction.images == 12 && report.baselines.count == 5)
      let json = try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any]
      #expect(
        try Set(#require(json).keys).isSuperset(of: [
          "reconstruction", "explained_variance", "cosine", "continuity", "words", "baselines",
        ]))
      let page = try String(contentsOf: folder.appendingPathComponent("page.html"), encoding: .utf8)
      #expect(page.contains("smiling") && page.contains("data:image/png;base64,"))

      let judged = try Command.run(command + ["--json", "--only", "edits"], in: folder)
      #expect(
        judged.output == String(decoding: try EvaluationReport.jsonData(of: edits), as: UTF8.self) + "\n")
      let found = try Command.run(command + ["--json", "--only", "retrieval"], in: folder)
      #expect(found.status == 0, "\(found.errors)")
      let kinds = try JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [[String: Any]]
      #expect(kinds?.map { $0["kind"] as? String } == ["words", "phrases", "negations", "compounds"])
      for kind in kinds ?? [] where kind["texts"] as? Int != 0 {
        #expect((0...1).contains(try #require(kind["precision"] as? Double)), "\(kind)")
      }
      // What is no joint model is told before a photo is opened.
      let other = try Command.run(
        command + ["--json", "--only", "retrieval", "--joint", "model.safetensors"], in: folder)
      #expect(other.status == 1 && other.errors.contains("Error: “model.safetensors” is no joint model"))
      #expect(!other.errors.contains("opening photos"))
      let paged = try Command.run(command + ["--json", "--only", "edits", "--page", "page.html"], in: folder)
      #expect(
        paged.status == 64 && paged.errors.contains("Error: --only takes --json, and no --page.\n"))

      let empty = try Command.run(command + ["--json", "--split", "test"], in: folder)
      #expect(empty.status == 1 && empty.output.isEmpty)
      #expect(
        empty.errors.hasSuffix(
          "Error: Measuring takes at least 2 photos with labels in the test split, and there are 0.\n"),
        "\(empty.errors)")

      let nowhere = try Command.run(command, in: folder)
      #expect(nowhere.status == 64 && nowhere.output.isEmpty)
      #expect(nowhere.errors.contains("Error: Say where the numbers go: --json, --page, or both.\n"))
      let trained = try Command.run(command + ["--json", "--split", "train"], in: folder)
      #expect(trained.status == 64 && trained.output.isEmpty)
      #expect(trained.errors.contains("Error: A model is not measured on what it was trained on.\n"))
    }
  }

  @Test func trainsAnAutoencoder() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      let made = try Command.run(
        ["train", "autoencoder", "--data", data.folder.path, "--out", "model.safetensors", "--steps", "1"],
        in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let model = try Model(contentsOf: folder.appendingPathComponent("model.safetensors"))
      #expect(model.network == AutoencoderRecipe().network)
      let file = try TensorFile(contentsOf: folder.appendingPathComponent("model.safetensors"))
      let records = file.metadata.keys.filter { $0.hasPrefix("training.") }
      #expect(Set(records) == ["training.generator", "training.encoder"])
    }
  }
}
