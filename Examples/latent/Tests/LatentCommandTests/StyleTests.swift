import Foundation
import LatentArithmetic
import LatentCore
import LatentFaces
import LatentText
import LatentTraining
import Testing

/// `latent style` on the embedded face model, with a CLIP of random weights.
@Suite(.serialized, .enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct StyleTests {
  /// The arguments that name the models.
  private func models(in folder: URL) throws -> [String] {
    let clip = folder.appendingPathComponent("clip.safetensors")
    if !FileManager.default.fileExists(atPath: clip.path) { try TinyCLIP.write(to: clip) }
    return ["--clip", clip.path, "--merges", Photos.merges.path]
  }

  private func image(_ name: String, in folder: URL) throws -> Image {
    try Image(contentsOf: folder.appendingPathComponent(name))
  }

  // A stopped and resumed optimization makes the image of an uninterrupted one; images of the way and losses stay, the
  // checkpoint goes.
  @Test func optimizesStopsAndResumes() throws {
    try withTemporaryFolder { folder in
      func optimize(_ out: String, _ more: String...) throws -> [String] {
        ["style", "optimize", "--text", "a smiling face", "--seed", "3", "--steps", "60", "--out", out]
          + (try models(in: folder)) + more
      }
      let whole = try Command.run(optimize("whole.png", "--save-code", "code.safetensors"), in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      let files = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("whole.optimization").path)
      #expect(
        files.sorted() == ["losses.csv", "sample-000020.png", "sample-000040.png", "sample-000060.png"])

      let process = try Command.start(optimize("stopped.png"), in: folder)
      let losses = folder.appendingPathComponent("stopped.optimization/losses.csv")
      while process.isRunning, (try? lines(of: losses)) ?? 0 < 3 { usleep(5_000) }
      process.interrupt()
      let stopped = try Command.finish(process, in: folder)
      #expect(stopped.status == 130 && stopped.errors.contains("Continue with --resume"), "\(stopped.errors)")
      let resumed = try Command.run(optimize("stopped.png", "--resume"), in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try image("stopped.png", in: folder).pixels == image("whole.png", in: folder).pixels)

      // The saved code is where the next edit starts: at a rate of 0 it shows the same image.
      let chained = try Command.run(
        [
          "style", "optimize", "--text", "a face", "--code", "code.safetensors", "--rate", "0", "--steps",
          "1",
        ]
          + models(in: folder) + ["--out", "chained.png"], in: folder)
      #expect(chained.status == 0, "\(chained.errors)")
      #expect(try image("chained.png", in: folder).pixels == image("whole.png", in: folder).pixels)
    }
  }

  // The joint model that comes with the program takes the place of CLIP.
  @Test func sentencesNeedNoDownload() throws {
    try withTemporaryFolder { folder in
      let editor = try Editor.faces()
      let code = editor.generator.randomCodes(1, seed: 3)[0]
      let optimized = try Command.run(
        [
          "style", "optimize", "--text", "a smiling face", "--seed", "3", "--steps", "60", "--out", "out.png",
        ],
        in: folder)
      #expect(optimized.status == 0, "\(optimized.errors)")
      let scorer = try AttributeScorer.faces()
      func smiles(_ image: Image) -> Float { scorer.score(image)["Smiling"] ?? 0 }
      let drawn = editor.generator.generate(code)
      #expect(smiles(try image("out.png", in: folder)) > smiles(drawn) + 1)
      let direction = try Command.run(
        [
          "style", "direction", "--neutral", "face", "--target", "smiling face", "--seed", "3", "--images",
          "2",
          "--samples", "50", "--alpha", "0", "--out", "same.png",
        ], in: folder)
      #expect(direction.status == 0, "\(direction.errors)")
      #expect(try image("same.png", in: folder) == drawn)
      for (arguments, sentence) in [
        (["--joint", "a", "--clip", "b"], "one of --clip and --joint"), (["--truncate-text"], "take --clip"),
        (["--joint", "out.png"], "is a PNG image"),
      ] {
        let refused = try Command.run(
          ["style", "optimize", "--text", "a hat", "--out", "none.png"] + arguments, in: folder)
        #expect(refused.status != 0 && refused.errors.contains(sentence), "\(refused.errors)")
      }
      let empty = try Command.run(
        ["style", "optimize", "--text", " ", "--seed", "1", "--out", "none.png"], in: folder)
      #expect(empty.status == 1 && empty.errors.contains("without words"), "\(empty.errors)")
    }
  }

  // s' = s + α·Δs: α = 0 changes nothing, and a table that was measured and one that was read give the same images.
  @Test func directionsMoveChannels() throws {
    try withTemporaryFolder { folder in
      func direction(_ out: String, _ more: String...) throws -> [String] {
        ["style", "direction", "--neutral", "face", "--target", "a smiling face", "--alpha", "-3,0,3"]
          + ["--beta", "0.05", "--images", "1", "--samples", "10", "--out", out] + (try models(in: folder))
          + more
      }
      let estimated = try Command.run(direction("estimated.png"), in: folder)
      #expect(
        estimated.status == 0 && estimated.errors.contains("channels of relevance"), "\(estimated.errors)")
      #expect(estimated.errors.contains("Relevances are estimated by gradients over 1 image; --save-table"))
      let row = try image("estimated.png", in: folder)
      #expect(row.width == 240 && row.height == 80)
      let (minus, zero, plus) = (tile(0, of: row), tile(1, of: row), tile(2, of: row))
      #expect(minus != zero && plus != zero && minus != plus)

      let measured = try Command.run(direction("measured.png", "--save-table", "t.safetensors"), in: folder)
      #expect(measured.status == 0 && !measured.errors.contains("estimated"), "\(measured.errors)")
      let read = try Command.run(direction("read.png", "--table", "t.safetensors"), in: folder)
      #expect(read.status == 0, "\(read.errors)")
      #expect(try image("measured.png", in: folder).pixels == image("read.png", in: folder).pixels)
      #expect(tile(1, of: try image("read.png", in: folder)) == zero)
    }
  }

  @Test func mappersAreTrainedAndMapPhotos() throws {
    try withTemporaryFolder { folder in
      let trained = try Command.run(
        ["style", "train-mapper", "--text", "purple hair", "--images", "40", "--steps", "3"]
          + ["--identity-weight", "0"] + models(in: folder) + ["--out", "mapper.safetensors"], in: folder)
      #expect(trained.status == 0 && trained.output.contains("mean pairwise cosine"), "\(trained.errors)")
      let photo = Photos.url("ivan.jpg")
      let mapped = try Command.run(
        ["style", "map", "--mapper", "mapper.safetensors", "--photo", photo.path, "--strength", "30"]
          + ["--out", "mapped.png"], in: folder, environment: Photos.environment)
      #expect(mapped.status == 0, "\(mapped.errors)")
      let (before, after) = (try Image(contentsOf: photo), try image("mapped.png", in: folder))
      #expect(after.width == before.width && after.height == before.height && after.pixels != before.pixels)
    }
  }

  // Of a photo with two faces the one that is asked for changes, and nothing outside of it.
  @Test(arguments: [1, 2]) func oneFaceOfSeveralIsEdited(_ number: Int) throws {
    try withTemporaryFolder { folder in
      let photo = Photos.url("two-faces.jpg")
      let mapper = folder.appendingPathComponent("mapper.safetensors")
      try LatentMapper<ZSpace>(latentSize: 200, seed: 1).write(to: mapper)
      let mapped = try Command.run(
        ["style", "map", "--mapper", mapper.path, "--photo", photo.path, "--face", "\(number)"]
          + ["--strength", "30", "--rendering", "keep", "--out", "out.png"], in: folder,
        environment: Photos.environment)
      #expect(mapped.status == 0, "\(mapped.errors)")
      let (before, after) = (try Image(contentsOf: photo), try image("out.png", in: folder))
      let alignment = try Editor.faces().encoder.alignment
      let frames = try FaceDetector(contentsOf: Photos.networks, threads: 2).detect(before)
        .map { alignment.frame(of: $0, in: before) }
      var (inside, outside) = (0, 0)
      for y in 0..<before.height {
        for x in 0..<before.width {
          let start = (y * before.width + x) * 3
          if before.pixels[start..<start + 3] == after.pixels[start..<start + 3] { continue }
          let place = frames[number - 1].place(of: Point(x: Double(x) + 0.5, y: Double(y) + 0.5))
          if (0...1).contains(place.x), (0...1).contains(place.y) { inside += 1 } else { outside += 1 }
        }
      }
      #expect(inside > 1000 && outside == 0, "\(inside) \(outside)")
    }
  }

  // Which of two faces is meant is not guessed, and a mapper of codes of 4 numbers does not serve a generator of 200.
  @Test func whatDoesNotFitIsToldInOneSentence() throws {
    try withTemporaryFolder { folder in
      let mapper = folder.appendingPathComponent("mapper.safetensors")
      func map(_ more: String...) throws -> Command.Result {
        try Command.run(
          ["style", "map", "--mapper", mapper.path, "--out", "out.png"] + more, in: folder,
          environment: Photos.environment)
      }
      try LatentMapper<ZSpace>(latentSize: 200, seed: 1).write(to: mapper)
      let two = try map("--photo", Photos.url("two-faces.jpg").path)
      #expect(two.status == 1 && two.errors.contains("There are 2 faces"), "\(two.errors)")
      let third = try map("--photo", Photos.url("two-faces.jpg").path, "--face", "3")
      #expect(
        third.status == 1 && third.errors.contains("There is no face 3: 2 faces were"), "\(third.errors)")
      try LatentMapper<ZSpace>(latentSize: 4, seed: 1).write(to: mapper)
      let other = try map("--seed", "1")
      #expect(
        other.status == 1
          && other.errors.contains(
            "mapper is of another generator: its codes have 4 numbers, and the generator's 200"),
        "\(other.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("out.png").path))
    }
  }

  @Test(arguments: [
    (["optimize", "--text", String(repeating: "word ", count: 90), "--seed", "1"], 1, "at most 77"),
    (["optimize", "--text", "a", "--seed", "1", "--identity-weight", "1"], 64, "--identity"),
    (
      ["optimize", "--text", "a", "--seed", "1", "--preset", "quick"], 64,
      "weighed by 0.005, which takes --identity"
    ),
    (["train-mapper", "--text", "a"], 64, "weighed by 0.1, which takes --identity"),
    (
      ["train-mapper", "--text", "a", "--rate", "inf"], 64,
      "'--rate <rate>': it takes a number from 0 to 10"
    ),
    (["train-mapper", "--text", "a", "--batch", "0"], 64, "it takes a number from 1 to 1024"),
    (
      ["train-mapper", "--text", "a", "--distance-weight=-1"], 64, "it takes a number from 0 to"
    ),
    (["train-mapper", "--text", "a", "--identity-weight", "nan"], 64, "it takes a number from 0 to"),
    (
      ["train-mapper", "--text", "a", "--identity-weight", "0", "--levels", "fine,fine,fine"], 64,
      "take --generator"
    ),
    (
      ["train-mapper", "--text", "a", "--identity-weight", "0", "--images", "3", "--batch", "9"], 1,
      "takes at least 9 codes, and there are only 3"
    ),
    (["optimize", "--text", "a", "--seed", "1", "--face", "1"], 64, "--face takes --photo"),
    (
      ["optimize", "--text", "a", "--seed", "1", "--rate", "11"], 64, "it takes a number from 0 to 10"
    ),
    (["direction", "--neutral", "a", "--target", "b", "--alpha", "1,9999.0"], 64, "it takes a number"),
    (["direction", "--neutral", "a", "--target", "b", "--fidelity", "reference"], 64, "takes --save-table"),
    (["optimize", "--text", "a", "--seed", "1", "--photo", "a.jpg"], 64, "one of --photo"),
    (["optimize", "--text", "a", "--generator", "clip.safetensors"], 1, "style.1.weight is missing"),
    (["optimize", "--text", "a", "--code", "clip.safetensors"], 1, "not one tensor of codes of 200 numbers"),
    (["direction", "--neutral", "face", "--target", "face"], 1, "there is nothing to change"),
    (["direction", "--neutral", "face", "--target", "a", "--images", "1", "--beta", "1"], 1, "No channel"),
  ])
  func wrongInputIsToldInOneSentence(_ arguments: [String], _ status: Int32, _ sentence: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["style"] + arguments + models(in: folder) + ["--out", "out.png"], in: folder)
      #expect(result.status == status && result.errors.contains(sentence), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("out.png").path))
    }
  }

  private func tile(_ index: Int, of row: Image) -> [[UInt8]] {
    (0..<80).map { y in
      let start = (y * row.width + index * 80) * 3
      return Array(row.pixels[start..<start + 240])
    }
  }

  private func lines(of url: URL) throws -> Int {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").count
  }
}
