import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import Testing

/// From images to edits with nothing but the program.
@Suite(.serialized) struct TrainingTests {
  // The scorer's file opens, and its validation was measured.
  @Test func trainsAScorer() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      let made = try Command.run(
        ["train", "scorer", "--data", data.folder.path, "--out", "scorer.safetensors", "--steps", "4"],
        in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let scorer = try AttributeScorer(contentsOf: folder.appendingPathComponent("scorer.safetensors"))
      #expect(scorer.attributeNames == ["Smiling", "Male", "No_Beard"])
      #expect(made.errors.contains("measuring"))
    }
  }

  // A teacher of random weights: the encoder that comes of it opens, has the teacher's features' size, and was measured.
  @Test func trainsASentenceEncoder() throws {
    try withTemporaryFolder { folder in
      let teacher = folder.appendingPathComponent("teacher", isDirectory: true)
      try writeTinyBERT(to: teacher)
      let texts = (0..<60).map { ["a hat", "no beard", "the hat, no beard", "beard"][$0 % 4] }
      try Data(texts.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("texts.txt"))
      let arguments = [
        "train", "sentences", "--teacher", "teacher", "--texts", "texts.txt", "--out", "small.safetensors",
        "--width", "10", "--table-width", "6", "--steps", "3", "--batch", "8",
      ]
      let made = try Command.run(arguments, in: folder)
      #expect(made.status == 0, "\(made.errors)")
      #expect(made.output.contains("mean cosine to the teacher on other texts: "))
      let encoder = try SentenceEncoder(contentsOf: folder.appendingPathComponent("small.safetensors"))
      #expect(encoder.featureSize == 8 && encoder.features(ofTexts: ["no hat"]).shape == [1, 8])
      let again = try Command.run(arguments, in: folder)
      #expect(again.status == 1 && again.errors.contains("holds a training already"), "\(again.errors)")
      let resumed = try Command.run(arguments + ["--resume", "--steps", "5"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      for (option, sentence) in [
        (["--width", "11"], "--width takes a multiple of 5, not 11."),
        (["--table-width", "11"], "--table-width takes at most what --width has, 10, not 11."),
      ] {
        let refused = try Command.run(arguments + option, in: folder)
        #expect(refused.status != 0 && refused.errors.contains(sentence), "\(refused.errors)")
      }
    }
  }

  /// A folder as Hugging Face publishes it, with features of 8 numbers.
  private func writeTinyBERT(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "the", "hat", "no", "beard", ","]
    try Data(words.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("vocab.txt"))
    let sizes = [
      "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
      "vocab_size": words.count, "max_position_embeddings": 12, "type_vocab_size": 1,
    ]
    try JSONEncoder().encode(sizes).write(to: folder.appendingPathComponent("config.json"))
    let (layer, attention) = ("encoder.layer.0.", "encoder.layer.0.attention.")
    var shapes = [
      "embeddings.word_embeddings.weight": [words.count, 8],
      "embeddings.position_embeddings.weight": [12, 8],
      "embeddings.token_type_embeddings.weight": [1, 8],
    ]
    for name in ["embeddings.LayerNorm", attention + "output.LayerNorm", layer + "output.LayerNorm"] {
      (shapes[name + ".weight"], shapes[name + ".bias"]) = ([8], [8])
    }
    for name in ["self.query", "self.key", "self.value", "output.dense"] {
      (shapes[attention + name + ".weight"], shapes[attention + name + ".bias"]) = ([8, 8], [8])
    }
    (shapes[layer + "intermediate.dense.weight"], shapes[layer + "intermediate.dense.bias"]) = (
      [16, 8], [16]
    )
    (shapes[layer + "output.dense.weight"], shapes[layer + "output.dense.bias"]) = ([8, 16], [8])
    var generator = SystemRandomNumberGenerator()
    let tensors = shapes.map { name, shape in
      let numbers = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &generator) }
      return StoredTensor(name, Tensor(shape: shape, elements: numbers))
    }
    try TensorFile.writeSafeTensors(tensors, to: folder.appendingPathComponent("model.safetensors"))
  }

  // Half of the channels are left for the last layers: of one channel none would be.
  @Test(arguments: ["0", "1", "513"]) func aPainterHasAWidthInARange(width: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["train", "painter", "--data", folder.path, "--out", "m.safetensors", "--width", width], in: folder)
      #expect(result.status != 0)
      #expect(
        result.errors.contains(
          "'\(width)' is invalid for '--width <width>': it takes a number from 2 to 512."))
    }
  }

  @Test(arguments: [
    (["--size", "100"], "--size takes one of 64, 80, 128, 160, not 100."),
    (["--batch", "7"], "'--batch <batch>': it takes a number from 8 to 1024."),
  ]) func sizesAndBatchesHaveTheirValues(option: [String], sentence: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["train", "autoencoder", "--data", folder.path, "--out", "m.safetensors"] + option, in: folder)
      #expect(result.status != 0 && result.errors.contains(sentence), "\(result.errors)")
    }
  }

  // The size is the model's, and what is trained and drawn afterwards has it.
  @Test func modelsOfAnotherSizeAreTrainedInSmallBatches() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      for part in [["gan", "--network", "paper", "--size", "64"], ["encoder"]] {
        let result = try Command.run(
          ["train"] + part + [
            "--data", data.folder.path, "--out", "m.safetensors", "--steps", "2", "--batch", "8",
          ],
          in: folder)
        #expect(result.status == 0, "\(result.errors)")
      }
      let model = try Model(contentsOf: folder.appendingPathComponent("m.safetensors"))
      #expect(model.network.imageSize == 64)
      #expect(try ConvolutionalEncoder(model).imageSize == 64)
    }
  }

  // What cannot be read is told and left out, what is of another kind is told; the training goes on when an image is gone and
  // another has come, and not with images of the same names that are others.
  @Test func trainsAndResumesBesideBrokenImages() throws {
    try withTemporaryFolder { folder in
      let photos = folder.appendingPathComponent("photos", isDirectory: true)
      let names = try DrawnPictures.write(10, to: photos)
      try Data("RIFF    WEBP".utf8).write(to: photos.appendingPathComponent("phone.avif"))
      let broken = photos.appendingPathComponent("broken.png")
      try DrawnPictures.picture(10).pngData().prefix(100).write(to: broken)
      try Data("square\n".utf8).write(to: photos.appendingPathComponent("crop.txt"))
      func train(_ more: [String]) throws -> Command.Result {
        try Command.run(
          ["train", "gan", "--data", photos.path, "--out", "m.safetensors", "--size", "64", "--batch", "8"]
            + more, in: folder)
      }
      let begun = try train(["--steps", "2"])
      #expect(begun.status == 0 && exists("m.safetensors", in: folder), "\(begun.errors)")
      for sentence in [
        "Left out “\(broken.path)”: ", "Left out 1 of 11 images, which cannot be read.",
        "Passed over images of kinds that are not read: 1 .avif.",
      ] {
        #expect(begun.errors.split(separator: sentence, omittingEmptySubsequences: false).count == 2)
      }

      try FileManager.default.removeItem(at: broken)
      try DrawnPictures.picture(11).write(to: photos.appendingPathComponent("new.png"))
      let resumed = try train(["--steps", "3", "--resume"])
      #expect(resumed.status == 0 && !resumed.errors.contains("Left out"), "\(resumed.errors)")
      #expect(
        resumed.errors.contains("Since the training began, 1 image went, 1 came and 0 changed."),
        "\(resumed.errors)")
      #expect(
        try lines(of: folder.appendingPathComponent("m.training/gan/losses.csv")).count == 4)

      for (index, name) in names.enumerated() {
        try DrawnPictures.picture(20 + index).write(to: photos.appendingPathComponent(name))
      }
      let others = try train(["--steps", "4", "--resume"])
      #expect(
        others.status == 1
          && others.errors.contains("with other images: of its 11 only 1 are in the data set"),
        "\(others.errors)")
    }
  }

  // No face is looked for in a photo, whatever its size, and no network that would find one.
  @Test func imagesThatAreNoFacesAreEditedAsSquares() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try TinyModels.squareModel().write(to: url)
      let inspected = try Command.run(["inspect", url.path, "--json"], in: folder)
      #expect(inspected.output.contains(#""alignment" : "square""#), "\(inspected.output)")
      let editor = try Editor(contentsOf: url)
      for (width, height) in [(120, 90), (178, 218), (80, 80)] {
        let photo = DrawnPictures.picture(5).resized(width: width, height: height)
        try photo.write(to: folder.appendingPathComponent("photo.png"))
        let edit = try Command.run(
          ["edit", "photo.png", "--add", "smiling=2", "--rendering", "reconstruct", "--model", url.path]
            + ["--out", "edited.png"],
          in: folder, environment: ["LATENT_MODELS": folder.path])
        #expect(
          edit.status == 0 && edit.errors.filter { $0 != "\n" }.hasPrefix("smiling=2 goes"), "\(edit.errors)")
        #expect(!edit.errors.contains("--crop"), "\(edit.errors)")
        let edited = try Image(contentsOf: folder.appendingPathComponent("edited.png"))
        let expected = try editor.edit(
          photo, adding: ["smiling": 2], framed: .centerSquare, rendering: .reconstruct)
        let (isExpected, isPhoto) = (edited == expected, edited == photo)
        #expect(isExpected && !isPhoto)
      }
    }
  }

  // A stopped and resumed training makes the bits of an uninterrupted one: weights and losses. The three parts then
  // make a model that edits.
  @Test func trainsStopsResumesAndEdits() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      func train(_ part: String, _ model: String, _ more: [String] = []) -> [String] {
        ["train", part, "--data", data.folder.path, "--out", model] + more
      }
      let steps = ["--steps", "6"]
      let whole = try Command.run(
        train("gan", "whole.safetensors", steps + ["--sample-every", "3"]), in: folder)
      #expect(whole.status == 0, "\(whole.errors)")

      let process = try Command.start(train("gan", "model.safetensors", steps), in: folder)
      let losses = folder.appendingPathComponent("model.training/gan/losses.csv")
      while process.isRunning, (try? lines(of: losses).count) ?? 0 < 2 { usleep(10_000) }
      process.interrupt()
      let stopped = try Command.finish(process, in: folder)
      #expect(stopped.status == 130)
      #expect(stopped.errors.contains("Continue with --resume"))
      #expect(!exists("model.safetensors", in: folder))

      let again = try Command.run(train("gan", "model.safetensors", steps), in: folder)
      #expect(again.status == 1)
      #expect(again.errors.contains("--resume"))
      let other = try Command.run(
        train("gan", "model.safetensors", steps + ["--resume", "--seed", "2"]), in: folder)
      #expect(other.status == 1)
      #expect(other.errors.contains("another training"))

      let resumed = try Command.run(
        train("gan", "model.safetensors", steps + ["--resume", "--threads", "1"]), in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try bytes("model.safetensors", in: folder) == bytes("whole.safetensors", in: folder))
      #expect(try lines(of: losses).count == 7)
      #expect(
        try lines(of: losses)
          == lines(of: folder.appendingPathComponent("whole.training/gan/losses.csv")))
      let sample = try Image(
        contentsOf: folder.appendingPathComponent("whole.training/gan/sample-000003.png"))
      #expect(sample.width == 640 && sample.height == 640)

      let early = try Command.run(
        train("projector", "model.safetensors", ["--words", data.words.path]), in: folder)
      #expect(early.status == 1)
      #expect(early.errors.contains("has no encoder"))

      let encoder = try Command.run(train("encoder", "model.safetensors", ["--steps", "3"]), in: folder)
      #expect(encoder.status == 0, "\(encoder.errors)")
      for method in ["averaging", "addition", "signed-addition"] {
        let projector = try Command.run(
          train(
            "projector", "model.safetensors",
            ["--words", data.words.path, "--steps", "40", "--method", method]),
          in: folder)
        #expect(projector.status == 0, "\(projector.errors)")
        try FileManager.default.removeItem(
          at: folder.appendingPathComponent("model.training/projector", isDirectory: true))
      }

      let edit = try Command.run(
        [
          "edit", "data/img_align_celeba/3.png", "--add", "smiling=2", "--add", "beard=-1", "--out",
          "edited.png",
          "--model", "model.safetensors",
        ], in: folder)
      #expect(edit.status == 0, "\(edit.errors)")
      let edited = try Image(contentsOf: folder.appendingPathComponent("edited.png"))
      #expect(edited.width == 80 && edited.height == 80)
    }
  }

  // The paper's pipeline: as many steps as hold every image once, the encoder's batches of 128 without mirrored images, and
  // vectors as the loss made them. Then an edit is G((z + w)/2), and no photo is opened to calibrate.
  @Test func thePapersPipelineAverages() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      func train(_ part: String, _ more: String...) throws -> Command.Result {
        let made = try Command.run(
          ["train", part, "--data", data.folder.path, "--out", "m.safetensors"] + more, in: folder)
        #expect(made.status == 0, "\(made.errors)")
        return made
      }
      func steps(_ part: String) throws -> Int {
        try lines(of: folder.appendingPathComponent("m.training/\(part)/losses.csv")).count - 1
      }
      let images = try ImageDataset(contentsOf: data.folder).images(in: .train).count
      _ = try train("gan", "--epochs", "1")
      #expect(try steps("gan") == (images + 63) / 64)
      _ = try train("encoder", "--paper", "--epochs", "1")
      #expect(try steps("encoder") == (images + 127) / 128)
      let projector = try train(
        "projector", "--method", "averaging", "--raw", "--words", data.words.path, "--steps", "20")
      #expect(!projector.errors.contains("opening photos") && !projector.errors.contains("calibrating"))

      let model = try Model(contentsOf: folder.appendingPathComponent("m.safetensors"))
      let recipe = try #require(ProjectorRecipe(of: model))
      #expect(recipe.isRaw && recipe.method == .averaging)
      let photo = try Image(contentsOf: folder.appendingPathComponent("data/img_align_celeba/3.png"))
      let editor = try Editor(model)
      let face = try editor.faces(in: photo, framed: .whole, rendering: .reconstruct)[0]
      let vector = try editor.projector.direction(for: "smiling")
      let edit = [
        "edit", "data/img_align_celeba/3.png", "--add", "smiling", "--rendering", "reconstruct", "--out",
        "e.png", "--model", "m.safetensors",
      ]
      for (more, code) in [(["--average"], face.code.averaged(with: vector)), ([], face.code + vector)] {
        let made = try Command.run(edit + more, in: folder)
        #expect(made.status == 0, "\(made.errors)")
        #expect(try Image(contentsOf: folder.appendingPathComponent("e.png")) == face.rendered(as: code))
      }
      let sheet = try Command.run(
        [
          "sheet", "data/img_align_celeba/3.png", "--words", "smiling", "--average", "--out", "s.png",
          "--model", "m.safetensors",
        ], in: folder)
      #expect(sheet.status == 0, "\(sheet.errors)")
    }
  }

  private func lines(of url: URL) throws -> [Substring] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
  }

  private func bytes(_ name: String, in folder: URL) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }

  private func exists(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }
}
