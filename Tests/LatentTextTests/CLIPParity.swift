import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct CLIPParity {
  /// ViT-B/32 with the formula's weights, opened once: it holds 151 million numbers.
  static let model = Result {
    try FormulaCheckpoint.with("clip-vit-b32") { try CLIP(contentsOf: $0, threads: 2) }
  }
  static let golden = Result {
    try NumPyArchive.arrays(contentsOf: Shared.url("golden/clip-vit-b32.npz"))
  }

  private func expected(_ name: String) throws -> NumPyArchive.Array {
    try #require(try Self.golden.get()[name])
  }

  private func tokens(_ array: NumPyArchive.Array) -> [[Int]] {
    stride(from: 0, to: array.values.count, by: array.shape[1]).map { start in
      array.values[start..<start + array.shape[1]].map { Int($0) }
    }
  }

  private func rows(_ tensor: Tensor) -> [[Double]] {
    (0..<tensor.shape[0]).map { tensor.row($0).map(Double.init) }
  }

  // ‖ours − theirs‖₂/‖theirs‖₂ ≤ 1e-4: float rounding over twelve blocks. ⟨features, c⟩'s gradient is stored in half
  // precision, which alone is 3e-4.
  @Test func imageFeaturesAndGradient() throws {
    let clip = try Self.model.get()
    #expect(clip.featureSize == 512 && clip.imageSize == 224)
    let tape = Tape(threads: 2)
    let image = tape.watch(GoldenNetworks.images("input.image224", shape: [2, 3, 224, 224]), path: "image")
    let features = clip.rawFeatures(ofPrepared: image)
    let theirs = try expected("image_features")
    let error = relativeError(features.value.elements, theirs.values)
    #expect(error <= 1e-4, "\(error)")

    let cotangent = Tensor(
      shape: [2, 512], elements: formulaValues(name: "input.cotangent.clip", count: 2 * 512))
    let gradient = try #require(tape.gradients(of: features, cotangent: cotangent)["image"])
    let grad = try expected("grad_image")
    let turned = GoldenNetworks.permuted(grad.values.map { Float($0) }, grad.shape, [0, 2, 3, 1])
    let gradientError = relativeError(gradient.elements, turned.elements.map(Double.init))
    #expect(gradientError <= 1e-3, "\(gradientError)")
    print("CLIP image features \(error), gradient \(gradientError)")
  }

  @Test func textFeaturesAndLogits() throws {
    let clip = try Self.model.get()
    let texts = tokens(try expected("tokens"))
    let textFeatures = clip.rawFeatures(ofTokens: texts, tape: Tape(threads: 2)).value
    let theirs = try expected("text_features")
    let error = relativeError(textFeatures.elements, theirs.values)
    #expect(error <= 1e-4, "\(error)")

    // logit = e^scale · cosine.
    let images = Tape(threads: 2).constant(
      GoldenNetworks.images("input.image224", shape: [2, 3, 224, 224]))
    let features = rows(clip.rawFeatures(ofPrepared: images).unitLength().value)
    let logits = features.flatMap { image in
      rows(clip.features(ofTokens: texts)).map { text in
        Float(zip(image, text).reduce(0) { $0 + $1.0 * $1.1 } * Double(clip.logitScale))
      }
    }
    let logitError = relativeError(logits, try expected("logits_per_image").values)
    #expect(logitError <= 1e-4, "\(logitError)")
    print("CLIP text features \(error), logits \(logitError)")
  }

  // No token sees what is behind it, so that running a text to its end token and running all 77 give the same bits.
  @Test func textsRunToTheirEndTokenAsWhole() throws {
    let clip = try Self.model.get()
    let texts = tokens(try expected("tokens"))
    let short = clip.rawFeatures(ofTokens: texts, tape: Tape(threads: 2)).value
    let whole = clip.rawFeatures(ofTokens: texts, tape: Tape(threads: 2), length: 77).value
    #expect(short == whole)
    // Each alone is as in the batch, but for the rounding of the last product, whose order of additions OpenBLAS chooses
    // by the number of rows on processors without AVX2.
    for (index, text) in texts.enumerated() {
      let alone = clip.rawFeatures(ofTokens: [text], tape: Tape(threads: 1)).value
      #expect(relativeError(alone.elements, short.row(index).map(Double.init)) <= 1e-6)
    }
  }

  // OpenAI's forms are compared before normalization, Hugging Face's after it, as each was stored. The
  // tiny weights are numbers of half precision, so that the archive loses nothing.
  @Test(arguments: [
    ("clip-tiny-openai-statedict.pt", "clip-tiny-expected.npz", "features", 1e-4),
    ("clip-tiny-openai-jit-fp16.pt", "clip-tiny-expected.npz", "features", 1e-4),
    ("clip-tiny-huggingface", "clip-tiny-huggingface/expected.npz", "embeds", 1e-4),
    ("clip-tiny-huggingface/model.safetensors", "clip-tiny-huggingface/expected.npz", "embeds", 1e-4),
  ])
  func tinyModels(_ name: String, _ expectedName: String, kind: String, tolerance: Double) throws {
    let clip = try CLIP(contentsOf: Shared.url("golden/checkpoints/\(name)"), threads: 1)
    let expected = try NumPyArchive.arrays(contentsOf: Shared.url("golden/checkpoints/\(expectedName)"))
    let image = try #require(expected["image"])
    let images = GoldenNetworks.permuted(image.values.map { Float($0) }, image.shape, [0, 2, 3, 1])
    let texts = tokens(try #require(expected["tokens"]))
    let raw = [
      clip.rawFeatures(ofPrepared: Tape(threads: 1).constant(images)),
      clip.rawFeatures(ofTokens: texts, tape: Tape(threads: 1)),
    ]
    let features = raw.map { kind == "embeds" ? $0.unitLength().value : $0.value }
    let errors = try zip(features, ["image_", "text_"]).map { features, part in
      relativeError(features.elements, try #require(expected[part + kind]).values)
    }
    #expect(errors.allSatisfy { $0 <= tolerance }, "\(errors)")
    print("\(name): image and text \(errors)")
  }
}
