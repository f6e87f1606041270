import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import Testing

/// `latent style` on a StyleGAN2 checkpoint, with models of random weights.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct StyleGAN2CommandTests {
  /// Runs a command of `latent style` with the tiny models.
  private func style(_ arguments: [String], in folder: URL) throws -> Command.Result {
    let (clip, generator) = (
      folder.appendingPathComponent("clip.safetensors"),
      folder.appendingPathComponent("generator.safetensors")
    )
    if !FileManager.default.fileExists(atPath: clip.path) {
      try TinyCLIP.write(to: clip)
      try TinyStyleGAN2.write(to: generator)
    }
    let result = try Command.run(
      ["style"] + arguments
        + ["--generator", generator.path, "--clip", clip.path, "--merges", Photos.merges.path], in: folder)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  // The vectors of two levels move, and those of the third do not: 0 … 3, 4 … 7 and 8 … 9 of ten.
  @Test(arguments: [("coarse,medium", 0..<8), ("medium,fine", 4..<10), ("fine,medium,medium", 4..<10)])
  func mappersMovePairsOfLevels(_ levels: String, _ moving: Range<Int>) throws {
    try withTemporaryFolder { folder in
      _ = try style(
        ["train-mapper", "--text", "a hat", "--levels", levels, "--images", "4", "--steps", "1"]
          + ["--identity-weight", "0", "--out", "mapper.safetensors"], in: folder)
      let mapper = try LatentMapper<WPlusSpace>(
        contentsOf: folder.appendingPathComponent("mapper.safetensors"))
      let (vectors, width) = (TinyStyleGAN2.vectors, TinyStyleGAN2.width)
      let code = Latent<WPlusSpace>((0..<vectors * width).map { Float(sin(Double($0 + 1))) })
      let direction = mapper.direction(for: code).values
      for vector in 0..<vectors {
        let moves = direction[vector * width..<(vector + 1) * width].contains { $0 != 0 }
        #expect(moves == moving.contains(vector), "\(vector)")
      }
    }
  }

  // The article's pairs, s ± 5σ, and the program's, μ ± 5σ, are other images, and both tables are read again.
  @Test func tablesAreOfTheFidelityAskedFor() throws {
    try withTemporaryFolder { folder in
      func table(_ name: String, _ more: [String]) throws -> Tensor {
        _ = try style(
          ["direction", "--neutral", "a", "--target", "b", "--beta", "0", "--images", "2", "--samples", "20"]
            + ["--seed", "1", "--save-table", name, "--out", "out.png"] + more, in: folder)
        return try TensorFile(contentsOf: folder.appendingPathComponent(name)).tensor("relevance")
      }
      let usual = try table("usual.safetensors", [])
      let article = try table("article.safetensors", ["--fidelity", "corrected"])
      let program = try table("program.safetensors", ["--fidelity", "reference"])
      #expect(usual == article && usual.shape == program.shape && usual != program)
    }
  }
}
