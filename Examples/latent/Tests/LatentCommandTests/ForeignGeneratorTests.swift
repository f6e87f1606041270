import Foundation
import LatentArithmetic
import LatentCore
import LatentFaces
import LatentText
import Testing

/// A generator that others trained, from its checkpoint to edited photos.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct ForeignGeneratorTests {
  private func run(_ arguments: [String], in folder: URL) throws -> Command.Result {
    let result = try Command.run(arguments, in: folder, environment: Photos.environment)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  // A checkpoint draws by its path what it draws as a model; an encoder and a projector of a few steps are enough for
  // words, sheets, refinement and directions of others, each of which changes what is shown.
  @Test func aGeneratorOfOthersEditsByWords() throws {
    try withTemporaryFolder { folder in
      let data = try DrawnData(in: folder)
      func image(_ name: String) throws -> Image {
        try Image(contentsOf: folder.appendingPathComponent(name))
      }
      _ = try run(["sample", "4", "--model", Photos.generator.path, "--out", "checkpoint.png"], in: folder)
      _ = try run(["import", Photos.generator.path, "--out", "m.safetensors"], in: folder)
      _ = try run(["sample", "4", "--model", "m.safetensors", "--out", "model.png"], in: folder)
      #expect(try image("checkpoint.png") == image("model.png") && image("model.png").width == 128)

      let training = ["--data", data.folder.path, "--out", "m.safetensors", "--batch", "8", "--steps"]
      _ = try run(["train", "encoder"] + training + ["2"], in: folder)
      _ = try run(["train", "projector", "--words", data.words.path] + training + ["20"], in: folder)
      let model = ["--model", "m.safetensors"]
      let sheet = ["sheet", "--words", "smiling,beard", "--theta", "-1,1.5"] + model
      _ = try run(sheet + ["--seed", "2", "--out", "sheet.png"], in: folder)
      let words = try run(["words", "smiling", "--out", "words.png"] + model, in: folder)
      #expect(words.output.contains("smiling: "), "\(words.output)")

      let photo = try Image(contentsOf: Photos.url("ivan.jpg"))
      let edit = ["edit", Photos.url("ivan.jpg").path, "--rendering", "reconstruct"] + model
      try StoredTensor.direction(size: 100).write(to: folder.appendingPathComponent("d.safetensors"))
      var seen: [Image] = []
      for (index, change) in [
        ["--add", "smiling=0"], ["--add", "smiling=1.5"], ["--add", "smiling=0", "--refine", "3"],
        ["--direction", "d.safetensors=3"],
      ].enumerated() {
        _ = try run(edit + change + ["--out", "\(index).png"], in: folder)
        let edited = try image("\(index).png")
        #expect((edited.width, edited.height) == (photo.width, photo.height))
        let isNew = edited != photo && !seen.contains(edited)
        #expect(isNew, "\(change)")
        seen.append(edited)
      }
    }
  }
}

extension StoredTensor {
  /// A direction of some numbers.
  fileprivate static func direction(size: Int) -> StoredTensor {
    StoredTensor("", Tensor(shape: [1, size], elements: (0..<size).map { Float(sin(Double($0 + 1))) }))
  }

  fileprivate func write(to url: URL) throws { try TensorFile.writeSafeTensors([self], to: url) }
}
