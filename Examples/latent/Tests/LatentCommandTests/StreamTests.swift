import Foundation
import LatentArithmetic
import LatentFaces
import Testing

/// Photos from pipes and to them, names of any bytes, and what photos hold besides.
@Suite struct StreamTests {
  /// Runs the program by a shell, whose words the arguments are; "latent" stands for it.
  private func shell(_ script: String, in folder: URL) throws -> Command.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "latent() { \"$LATENT\" \"$@\"; }\n( \(script) ) > output.txt 2> errors.txt"]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["LATENT": Command.program.path]) { $1 }
    try process.run()
    return try Command.finish(process, in: folder)
  }

  @Test func pipesAreReadAndWritten() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 80, height: 80, seed: 2).write(to: folder.appendingPathComponent("a.png"))
      let edit = "--add smiling --crop whole --out"
      let runs = [
        "latent edit a.png \(edit) file.png", "cat a.png | latent edit - \(edit) - | cat > pipe.png",
        "latent edit /dev/stdin \(edit) stdin.png < a.png",
        "latent edit a.png \(edit) /dev/stdout > stdout.png",
        "mkfifo fifo; cat a.png > fifo & latent edit fifo \(edit) fifo.png",
      ]
      for run in runs {
        let result = try shell(run, in: folder)
        #expect(result.status == 0 && result.errors.isEmpty, "\(run): \(result.errors)")
      }
      let expected = try Image(contentsOf: folder.appendingPathComponent("file.png"))
      for name in ["pipe", "stdin", "stdout", "fifo"] {
        #expect(try Image(contentsOf: folder.appendingPathComponent(name + ".png")) == expected, "\(name)")
      }
    }
  }

  // What is opened several times, or mapped, comes from a pipe as from a file.
  @Test func filesOfAnyKindComeFromPipes() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 80, height: 80, seed: 2).write(to: folder.appendingPathComponent("a.png"))
      try Model.faces().write(to: folder.appendingPathComponent("model"))
      for name in ["a.png", "model"] {
        let named = try shell("latent inspect \(name)", in: folder)
        #expect(named.status == 0, "\(named.errors)")
        for run in ["cat \(name) | latent inspect -", "latent inspect /dev/stdin < \(name)"] {
          let result = try shell(run, in: folder)
          #expect(result.status == 0 && result.errors.isEmpty, "\(run): \(result.errors)")
          let path = folder.appendingPathComponent(name).path
          #expect(result.output == named.output.replacing(path, with: "/dev/stdin"), "\(run)")
        }
      }
      let edit = "latent edit a.png --add smiling --crop whole --model"
      let runs = ["\(edit) model --out file.png", "cat model | \(edit) - --out pipe.png"]
      for run in runs {
        let result = try shell(run, in: folder)
        #expect(result.status == 0 && result.errors.isEmpty, "\(run): \(result.errors)")
      }
      #expect(
        try Image(contentsOf: folder.appendingPathComponent("pipe.png"))
          == Image(contentsOf: folder.appendingPathComponent("file.png")))
      // An option that is wrong is told before anything is read.
      let wrong = try shell("latent inspect - --jason < /dev/zero", in: folder)
      #expect(wrong.status == 64)
    }
  }

  @Test func namesThatAreNotUTF8AreTold() throws {
    try withTemporaryFolder { folder in
      try smoothImage(width: 80, height: 80, seed: 2).write(to: folder.appendingPathComponent("a.png"))
      for arguments in ["\"$(printf 'x\\377.png')\" --out b.png", "a.png --out \"$(printf 'x\\377.png')\""] {
        let result = try shell("latent edit --add smiling --crop whole \(arguments)", in: folder)
        #expect(result.status == 64 && result.errors.contains("is not in UTF-8"), "\(result.errors)")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.sorted() == ["a.png", "errors.txt", "output.txt"])
    }
  }

  // What a photo loses is said once, and nothing where nothing is lost.
  @Test func lossesAreTold() throws {
    try withTemporaryFolder { folder in
      let image = smoothImage(width: 80, height: 80, seed: 2)
      let alpha = (0..<6400).map { UInt8(200 + $0 % 50) }
      try Image(width: 80, height: 80, pixels: image.pixels, alpha: alpha)
        .write(to: folder.appendingPathComponent("a.png"))
      for (out, errors) in [
        ("b.png", ""), ("b.jpg", "Not kept of “a.png”: its transparency, which is white now.\n"),
      ] {
        let result = try Command.run(
          ["edit", "a.png", "--add", "smiling", "--crop", "whole", "--out", out], in: folder)
        #expect(result.status == 0 && result.errors == errors)
      }
    }
  }

  // The library draws what the paper's word says; a black-and-white photo stays so.
  @Test(arguments: ["blond", "lipstick"], ["paint", "keep", "reconstruct"])
  func grayStaysGray(word: String, rendering: String) throws {
    try withTemporaryFolder { folder in
      let smooth = smoothImage(width: 80, height: 80, seed: 2).pixels
      let gray = Image(width: 80, height: 80, pixels: smooth.indices.map { smooth[$0 / 3 * 3] })
      try gray.write(to: folder.appendingPathComponent("a.png"))
      for out in ["b.png", "b.jpg"] {
        let result = try Command.run(
          ["edit", "a.png", "--add", word, "--crop", "whole", "--rendering", rendering, "--out", out],
          in: folder)
        #expect(result.status == 0, "\(result.errors)")
        let pixels = try Image(contentsOf: folder.appendingPathComponent(out)).pixels
        let red = pixels.indices.map { pixels[$0 / 3 * 3] }
        #expect(pixels == red)
      }
    }
  }
}
