import Foundation
import LatentArithmetic
import LatentTraining
import Testing

/// StyleCLIP's methods on images that are no faces, with nothing but the program.
///
/// A generator and an encoder are trained on drawn images, and such an image is edited by sentences, whole or as its center
/// square. There are no words and no detector.
@Suite(.enabled(if: Photos.areAvailable, "the development data folder is not here"))
struct StyleDomainTests {
  @Test func drawnPicturesAreEditedBySentences() throws {
    try withTemporaryFolder { folder in
      @discardableResult func run(_ arguments: [String]) throws -> Command.Result {
        // Where the detector's networks would be there is nothing.
        let result = try Command.run(arguments, in: folder, environment: ["LATENT_MODELS": folder.path])
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result
      }
      func image(_ name: String) throws -> Image {
        try Image(contentsOf: folder.appendingPathComponent(name))
      }
      let names = try DrawnPictures.write(
        80, to: folder.appendingPathComponent("pictures", isDirectory: true))
      try TinyCLIP.write(to: folder.appendingPathComponent("clip.safetensors"))
      try run(["train", "gan", "--data", "pictures", "--out", "model.safetensors", "--steps", "4"])
      try run(["train", "encoder", "--data", "pictures", "--out", "model.safetensors", "--steps", "3"])
      let clip = ["--clip", "clip.safetensors", "--merges", Photos.merges.path]
      let photo = "pictures/\(names[5])"
      let before = try image(photo)

      // α = 0 is the picture to the bit; β leaves as many channels as are asked for.
      var counts: [Int] = []
      for (crop, channels) in [("whole", "20"), ("square", "700")] {
        let told = try run(
          ["style", "direction", "--neutral", "a circle", "--target", "a red square", "--alpha", "0, 6"]
            + ["--images", "2", "--channels", channels, "--model", "model.safetensors", "--photo", photo]
            + ["--crop", crop, "--out", "\(crop).png"] + clip)
        let line = try #require(told.errors.split(separator: "\n").last { $0.hasSuffix("or more.") })
        counts.append(try #require(line.split(separator: " ").first.flatMap { Int($0) }))
        let row = try image("\(crop).png")
        #expect(row.width == 2 * before.width && row.height == before.height)
        let (zero, six) = (part(0, of: row, width: before.width), part(1, of: row, width: before.width))
        #expect(zero == before.pixels)
        let changed = columns(of: six, differingFrom: before)
        // The center square of 120×90 leaves 15 columns on each side as they were.
        #expect(changed.count > 60)
        let isOfTheSquare = changed.allSatisfy { column in (15..<105).contains(column) }
        #expect(isOfTheSquare == (crop == "square"))
      }
      #expect(counts[0] > 20 && counts[0] < 700 && counts[1] > 700, "\(counts)")

      try run(
        ["style", "optimize", "--text", "a red square", "--steps", "3", "--model", "model.safetensors"]
          + ["--photo", photo, "--crop", "whole", "--out", "optimized.png"] + clip)
      let optimized = try image("optimized.png")
      #expect(optimized.width == before.width && optimized.pixels != before.pixels)

      // Mappers are trained on the pictures' own codes.
      let inverted = try run(
        ["style", "invert", "pictures", "--crop", "square", "--model", "model.safetensors"]
          + ["--out", "codes.safetensors"])
      #expect(inverted.output == "Codes: 80. Photos left out: 0.\n")
      try run(
        ["style", "train-mapper", "--text", "a red square", "--steps", "2", "--identity-weight", "0"]
          + ["--codes", "codes.safetensors", "--model", "model.safetensors", "--out", "mapper.safetensors"]
          + clip)
      try run(
        ["style", "map", "--mapper", "mapper.safetensors", "--photo", photo, "--crop", "square"]
          + ["--strength", "30", "--model", "model.safetensors", "--out", "mapped.png"])
      #expect(try image("mapped.png").pixels != before.pixels)

      // The mean image of a model that knows no words is that of z = 0.
      try run(
        ["style", "optimize", "--text", "a red square", "--steps", "1", "--rate", "0"]
          + ["--model", "model.safetensors", "--out", "mean.png"] + clip)
      let generator = try ConvolutionalGenerator(
        Model(contentsOf: folder.appendingPathComponent("model.safetensors")))
      let mean = generator.generate(Latent([Float](repeating: 0, count: generator.latentSize)))
      #expect(try image("mean.png").pixels == mean.pixels)
    }
  }

  /// One of the images of a row of them.
  private func part(_ index: Int, of row: Image, width: Int) -> [UInt8] {
    (0..<row.height).flatMap { y in
      let start = (y * row.width + index * width) * 3
      return row.pixels[start..<start + width * 3]
    }
  }

  private func columns(of pixels: [UInt8], differingFrom image: Image) -> Set<Int> {
    Set(pixels.indices.filter { pixels[$0] != image.pixels[$0] }.map { $0 / 3 % image.width })
  }
}
