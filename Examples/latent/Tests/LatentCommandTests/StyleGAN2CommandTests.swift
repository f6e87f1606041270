import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import Testing

/// `latent style` on a StyleGAN2 checkpoint, with models of random weights.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct StyleGAN2CommandTests {
  /// Runs a command of `latent style` with the tiny models.
  @discardableResult
  private func style(
    _ arguments: [String], readsTexts: Bool = true, in folder: URL
  ) throws -> Command.Result {
    let (clip, generator) = (
      folder.appendingPathComponent("clip.safetensors"),
      folder.appendingPathComponent("generator.safetensors")
    )
    if !FileManager.default.fileExists(atPath: clip.path) {
      try TinyCLIP.write(to: clip)
      try TinyStyleGAN2.write(to: generator)
    }
    let result = try Command.run(
      ["style"] + arguments + ["--generator", generator.path]
        + (readsTexts ? ["--clip", clip.path, "--merges", Photos.merges.path] : []), in: folder)
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
      try style(
        ["map", "--mapper", "mapper.safetensors", "--seed", "1", "--out", "mapped.png"], readsTexts: false,
        in: folder)
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

  // w' = w + θ·d with the same d for each vector of W⁺, where the file is one row.
  @Test func publishedDirectionsMoveCodes() throws {
    try withTemporaryFolder { folder in
      let row = (0..<TinyStyleGAN2.width).map { Float($0) - 2.5 }
      try TensorFile.writeSafeTensors(
        [StoredTensor("boundary", Tensor(shape: [1, row.count], elements: row))],
        to: folder.appendingPathComponent("d.safetensors"))
      func code(_ change: String) throws -> [Float] {
        try style(
          ["edit", "--direction", change, "--seed", "3", "--save-code", "code", "--out", "out.png"],
          readsTexts: false, in: folder)
        return try Latent<WPlusSpace>.codes(
          contentsOf: folder.appendingPathComponent("code"),
          size: TinyStyleGAN2.vectors * TinyStyleGAN2.width)[0].values
      }
      let (start, moved) = (try code("d.safetensors=0"), try code("d.safetensors=-2"))
      for (index, (a, b)) in zip(start, moved).enumerated() {
        let step = -2 * row[index % row.count]
        #expect(abs(b - a - step) <= 2 * (abs(a) + abs(step)).ulp, "\(index)")
      }
    }
  }

  // The mean and the deviation of each style from a file, an array for each layer as StyleCLIP's S_mean_std has them, do what
  // the measured ones do.
  @Test func publishedStatisticsAreUsed() throws {
    try withTemporaryFolder { folder in
      let checkpoint = folder.appendingPathComponent("generator.safetensors")
      try style(["edit", "--channel", "0_1=1", "--out", "first.png"], readsTexts: false, in: folder)
      let generator = try StyleGAN2Generator<WPlusSpace>(contentsOf: checkpoint).in(StyleSpace.self)
        .truncated(by: 0.7, rows: 8)
      let measured = generator.statistics(samples: 20, seed: 5)
      func write(_ name: String, deviation scale: Float) throws {
        try TensorFile.writeSafeTensors(
          [measured.mean, measured.deviation.map { scale * $0 }].enumerated().flatMap { part, numbers in
            generator.styleLayers.enumerated().map { index, layer in
              StoredTensor(
                "\(part).\(index)", Tensor(shape: [layer.range.count], elements: Array(numbers[layer.range])))
            }
          }, to: folder.appendingPathComponent(name))
      }
      try write("S_mean_std", deviation: 1)
      try write("wide", deviation: 3)
      let commands = [
        ["edit", "--channel", "0_1=4", "--seed", "1"],
        ["direction", "--neutral", "a", "--target", "b", "--beta", "0", "--images", "2", "--seed", "1"],
      ]
      for command in commands {
        func image(_ more: String...) throws -> Image {
          try style(
            command + more + ["--out", "out.png"], readsTexts: command[0] == "direction", in: folder)
          return try Image(contentsOf: folder.appendingPathComponent("out.png"))
        }
        let (expected, read) = (try image("--samples", "20"), try image("--statistics", "S_mean_std"))
        let other = try image("--statistics", "wide")
        let (isSame, isOther) = (read == expected, other != expected)
        #expect(isSame && isOther, "\(command)")
      }
    }
  }

  @Test(arguments: [
    (
      ["--channel", "0_1=1", "--statistics", "a", "--samples", "9"], "Give one of --statistics and --samples."
    ),
    (["--direction", "a=1", "--statistics", "a"], "are of channels, and take --channel."),
    (["--direction", "a=1e9"], "it takes a number from -1000 to 1000."),
    (["--direction", "a=nan"], "it takes a number from -1000 to 1000."),
    (["--direction", "a=0,5"], "its decimal point is a point, 0.5."),
    (["--channel", "0_1=inf"], "it takes a number from -1000 to 1000."),
    (["--channel", "0_1"], "9_409=8, not “0_1”."),
  ])
  func wrongChangesAreToldInOneSentence(_ arguments: [String], _ sentence: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(["style", "edit", "--out", "a.png"] + arguments, in: folder)
      #expect(result.status == 64 && result.errors.contains(sentence), "\(result.errors)")
    }
  }
}
