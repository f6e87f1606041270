import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Testing

/// The commands on the embedded model.
@Suite struct EditingTests {
  private func withFace(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let sample = try Command.run(["sample", "1", "--seed", "3", "--out", "face.png"], in: folder)
      #expect(sample.status == 0, "\(sample.errors)")
      try body(folder)
    }
  }

  private func edit(_ additions: String..., in folder: URL) throws -> Image {
    let result = try Command.run(
      ["edit", "face.png", "--out", "out.png"] + additions.flatMap { ["--add", $0] }, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return try Image(contentsOf: folder.appendingPathComponent("out.png"))
  }

  /// ⟨a, b⟩ of two edits' departures from an image.
  private func product(_ a: Image, _ b: Image, from origin: Image) -> Double {
    var sum = 0.0
    for index in origin.pixels.indices {
      let start = Double(origin.pixels[index])
      sum += (Double(a.pixels[index]) - start) * (Double(b.pixels[index]) - start)
    }
    return sum
  }

  // θ = 0 keeps the image, opposite θ move opposite ways, and the same θ the same way.
  @Test func thetaHasASign() throws {
    try withFace { folder in
      let face = try Image(contentsOf: folder.appendingPathComponent("face.png"))
      #expect(try edit("smiling=0", in: folder) == face)
      let more = try edit("smiling", in: folder)
      #expect(try edit("Smiling=1.0", in: folder) == more)
      let less = try edit("smiling=-1", in: folder)
      #expect(product(more, more, from: face) > 0)
      #expect(product(more, less, from: face) < 0)
    }
  }

  // A refined face is drawn nearer to the image than the encoder's code draws it; at θ = 0 it is kept as it is.
  @Test func refinedFacesAreNearer() throws {
    try withFace { folder in
      let face = try Image(contentsOf: folder.appendingPathComponent("face.png"))
      func edited(_ arguments: String...) throws -> Image {
        let result = try Command.run(["edit", "face.png", "--out", "out.png"] + arguments, in: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("20/20") == arguments.contains("--refine"), "\(result.errors)")
        return try Image(contentsOf: folder.appendingPathComponent("out.png"))
      }
      let plain = try edited("--rendering", "reconstruct")
      let refined = try edited("--rendering", "reconstruct", "--refine", "20")
      let (before, after) = (
        product(plain, plain, from: face), product(refined, refined, from: face)
      )
      #expect(after < before && after > 0)
      #expect(try edited("--add", "smiling=0", "--refine", "20") == face)
    }
  }

  @Test func sheetHasARowForEachWordAndAColumnForEachTheta() throws {
    try withFace { folder in
      let result = try Command.run(
        ["sheet", "face.png", "--words", "smiling, eyeglasses", "--theta", "-1,1,2", "--out", "sheet.png"],
        in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let sheet = try Image(contentsOf: folder.appendingPathComponent("sheet.png"))
      #expect(sheet.width > 5 * 160 && sheet.height > 2 * 160 && sheet.height < 3 * 160)
      let drawn = try Command.run(["sheet", "--words", "blond", "--out", "drawn.jpg"], in: folder)
      #expect(drawn.status == 0, "\(drawn.errors)")
    }
  }

  @Test func wordsListTheirNeighbors() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(["words", "smiling", "lipstick", "--count", "3"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 4 && lines[0] == "smiling means smiling 1.00, sure by 1.00")
      let neighbors = lines.filter { $0.contains(": ") }
      #expect(neighbors.count == 2 && neighbors.allSatisfy { $0.split(separator: ",").count == 3 })
      #expect(try Image(contentsOf: folder.appendingPathComponent("words.png")).width > 2 * 160)
    }
  }

  // A phrase changes the photo; what names nothing is told, and the photo stays as it is.
  @Test func textsAreReadOrTold() throws {
    try withFace { folder in
      func edited(_ text: String) throws -> (pixels: [UInt8], errors: String) {
        let result = try Command.run(
          ["edit", "face.png", "--add", text, "--crop", "whole", "--out", "x.png"], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return (try Image(contentsOf: folder.appendingPathComponent("x.png")).pixels, result.errors)
      }
      let face = try Image(contentsOf: folder.appendingPathComponent("face.png")).pixels
      let phrase = try edited("a big smile and no hat")
      #expect(phrase.pixels != face && phrase.errors.isEmpty, "\(phrase.errors)")
      let misspelt = try edited("smilling")
      #expect(misspelt.pixels == face)
      #expect(
        misspelt.errors.contains("“smilling” names nothing on a face")
          && misspelt.errors.contains("Did you mean “smiling”"))
      let read = try edited("eyeglases")
      #expect(
        read.pixels != face
          && read.errors == "“eyeglases” is read as makeup 1.00. Did you mean “eyeglasses”?\n",
        "\(read.errors)")
    }
  }

  struct BadInput: CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let sentence: String

    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let badInputs = [
    BadInput(
      arguments: ["edit", "face.png", "--add", "", "--out", "x.png"], status: 1,
      sentence: "The word “” is not known."
    ),
    BadInput(
      arguments: ["edit", "face.png", "--out", "x.png"], status: 64,
      sentence: "Nothing was asked for: give --add or --direction"),
    BadInput(
      arguments: ["edit", "face.png", "--refine", "2", "--keeping", "male", "--out", "x.png"], status: 64,
      sentence: "Nothing was asked for"),
    BadInput(
      arguments: ["edit", "face.png", "--direction", "=1", "--out", "x.png"], status: 64,
      sentence: "'=1' is invalid for '--direction <file=θ>': the name of the file is missing."),
    BadInput(
      arguments: ["edit", "", "--add", "smiling", "--out", "x.png"], status: 64,
      sentence: "the name of the file is missing."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling=much", "--out", "x.png"], status: 64,
      sentence: "'smiling=much' is invalid for '--add <add>': it takes a number from -100 to 100."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling=nan", "--out", "x.png"], status: 64,
      sentence: "it takes a number from -100 to 100."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling=1000", "--out", "x.png"], status: 64,
      sentence: "it takes a number from -100 to 100."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling=0,5", "--out", "x.png"], status: 64,
      sentence: "its decimal point is a point, 0.5."),
    BadInput(
      arguments: ["sheet", "face.png", "--words", "smiling", "--theta", "0,5", "--out", "x.png"], status: 64,
      sentence: "it may be one number with a decimal comma; write 0.5, or “0, 5” for two numbers."),
    BadInput(
      arguments: ["sheet", "face.png", "--words", "smiling", "--theta", "1,inf,2", "--out", "x.png"],
      status: 64, sentence: "it takes a number"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "."], status: 64,
      sentence: "it is a folder, where a file is to be written."),
    BadInput(
      arguments: ["edit", "notes.txt", "--add", "smiling", "--out", "x.png"], status: 1,
      sentence: "“notes.txt” is neither a PNG nor a JPEG image."),
    BadInput(
      arguments: ["edit", "cut.png", "--add", "smiling", "--out", "x.png"], status: 1, sentence: "“cut.png”"),
    BadInput(
      arguments: ["edit", "none.png", "--add", "smiling", "--out", "x.png"], status: 1,
      sentence: "does not exist"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--crop", "whole", "--out", "nowhere/x.png"],
      status: 64, sentence: "nowhere” does not exist."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--crop", "whole", "--out", "x.gif"], status: 64,
      sentence: ".png"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "x.png", "--model", "none.safetensors"],
      status: 1, sentence: "none.safetensors” does not exist."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "x.png", "--model", "notes.txt"],
      status: 1,
      sentence: "notes.txt"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "x.png", "--words", "notes.txt"],
      status: 1,
      sentence: "notes.txt"),
    BadInput(
      arguments: ["edit", "face.png", "--words", "smiling", "--out", "x.png"], status: 64,
      sentence: "it takes a file of word vectors, as GloVe's; a word is added by `latent edit --add"),
    BadInput(arguments: ["edit", "face.png", "--add", "smiling"], status: 64, sentence: "--out"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "x.png", "--refine", "0"], status: 64,
      sentence: "'--refine <steps>': it takes a number from 1 to 100000."),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--out", "x.png", "--refine", "x"], status: 64,
      sentence: "'x' is invalid for '--refine"),
    BadInput(
      arguments: ["edit", "face.png", "--add", "smiling", "--average", "--out", "x.png"], status: 1,
      sentence: "Averages take a projector trained by averaging, not by signedAddition."),
    BadInput(
      arguments: ["sheet", "face.png", "--words", "smiling", "--average", "--out", "x.png"], status: 1,
      sentence: "Averages take a projector trained by averaging"),
    BadInput(
      arguments: ["train", "gan", "--data", ".", "--out", "x.safetensors", "--steps", "2", "--epochs", "3"],
      status: 64, sentence: "--steps and --epochs both say how long the training is; give one of them."),
    BadInput(
      arguments: [
        "train", "encoder", "--data", ".", "--out", "x.safetensors", "--steps", "2", "--epochs", "3",
      ],
      status: 64, sentence: "--steps and --epochs both say how long the training is; give one of them."),
    BadInput(
      arguments: ["train", "gan", "--data", ".", "--out", "x.safetensors", "--epochs", "0"], status: 64,
      sentence: "'--epochs <epochs>': it takes a number from 1 to 10000."),
    BadInput(
      arguments: [
        "train", "projector", "--data", ".", "--out", "x.safetensors", "--words", "w.txt", "--raw",
        "--scorer", "s.safetensors",
      ], status: 64, sentence: "--scorer calibrates, and --raw leaves calibration out; give one of them."),
    BadInput(arguments: ["sample", "many"], status: 64, sentence: "many"),
    BadInput(arguments: ["sample", "0"], status: 64, sentence: "it takes a number from 1 to 1024."),
    BadInput(
      arguments: ["train", "gan", "--data", "nowhere", "--out", "x.safetensors"], status: 1,
      sentence: "There is no folder"),
    BadInput(
      arguments: ["train", "encoder", "--data", ".", "--out", "nowhere/x.safetensors"], status: 64,
      sentence: "does not exist"),
    BadInput(
      arguments: ["compress", "notes.txt", "--out", "x.safetensors"], status: 1, sentence: "notes.txt"),
    BadInput(
      arguments: ["sheet", "face.png", "--words", ",", "--out", "x.png"], status: 64, sentence: "--words"),
  ]

  // One sentence, the exit status of bad data or of wrong usage, and nothing left behind.
  @Test(arguments: badInputs) func badInputIsRefused(input: BadInput) throws {
    try withFace { folder in
      try Data("not an image, and not a model either\n".utf8)
        .write(to: folder.appendingPathComponent("notes.txt"))
      let face = try Data(contentsOf: folder.appendingPathComponent("face.png"))
      try face.prefix(face.count / 2).write(to: folder.appendingPathComponent("cut.png"))
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let result = try Command.run(input.arguments, in: folder)
      #expect(result.status == input.status, "\(result.errors)")
      #expect(result.errors.contains(input.sentence), "\(result.errors)")
      if input.status == 1 { #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }
  }
}
