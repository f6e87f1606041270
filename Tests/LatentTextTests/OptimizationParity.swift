import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// Latent optimization against the published program's: 8 steps on a StyleGAN2 of 256 pixels with CLIP ViT-B/32 and
/// IR-SE50, in W⁺ and in the style space.
@Suite(.serialized, .enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct OptimizationParity {
  private struct Models {
    let generator: StyleGAN2Generator<WPlusSpace>
    let clip: CLIP
    let identity: ArcFace
  }

  /// Loaded once: a gigabyte.
  private static let models = Result {
    Models(
      generator: try FormulaCheckpoint.with("stylegan2-256") {
        try StyleGAN2Generator<WPlusSpace>(contentsOf: $0, threads: 2)
      },
      clip: try FormulaCheckpoint.with("clip-vit-b32") {
        try CLIP(
          contentsOf: $0, merges: Shared.url("models/clip/bpe_simple_vocab_16e6.txt.gz"),
          fidelity: .reference, threads: 2)
      },
      identity: try FormulaCheckpoint.with("arcface-irse50") { try ArcFace(contentsOf: $0) })
  }

  private let models: Models
  private let golden: [String: NumPyArchive.Array]
  private let start: Latent<WPlusSpace>
  private let text: String
  private var recipe = LatentOptimization(steps: 8, fidelity: .reference)

  init() throws {
    models = try Self.models.get()
    golden = try NumPyArchive.arrays(contentsOf: Shared.url("golden/latent-optimization-256.npz"))
    let noise = formulaValues(name: "input.z", count: 512, scale: 3.0.squareRoot())
    let generator = models.generator
    start = generator.layered(generator.mapped([Latent(noise)]))[0]
    let texts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Shared.url("golden/clip-texts.json")))
    text = texts[0]
  }

  /// Every loss of every step within 1 %, and the last code in the direction of the published one.
  private func check<Space>(_ optimizer: LatentOptimizer<Space>, trace: String, final: String) throws {
    var optimizer = optimizer
    let expected = try #require(golden[trace])
    #expect(expected.shape == [8, 4])
    for step in 0..<8 {
      let losses = try optimizer.update()
      let got = [losses.text, losses.distance, losses.identity, losses.total].map(Double.init)
      let row = Array(expected.values[4 * step..<4 * step + 4])
      for (loss, (a, b)) in zip(got, row).enumerated() {
        // Before the first move, distance and identity are rounding.
        #expect(abs(a - b) <= 0.01 * abs(b) + 1e-6, "loss \(loss) of step \(step): \(a), expected \(b)")
      }
    }
    let code = optimizer.code.values.map(Double.init)
    let last = try #require(golden[final]).values
    let products = { (a: [Double], b: [Double]) in zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 } }
    let cosine = products(code, last) / (products(code, code) * products(last, last)).squareRoot()
    #expect(cosine >= 0.999, "\(cosine)")
    // The move itself, too: codes that never moved would have nearly the same direction.
    #expect(code.count == last.count)
    print("\(trace): cosine \(cosine), relative error \(relativeError(optimizer.code.values, last))")
  }

  @Test func codesMoveAsPublished() throws {
    var recipe = recipe
    recipe.identityWeight = 0.005
    try check(
      LatentOptimizer(
        recipe, from: start, by: models.generator, toward: text, models.clip, keeping: models.identity,
        threads: 2), trace: "trace_wplus", final: "final_wplus")
  }

  @Test func stylesMoveAsPublished() throws {
    let styles = models.generator.styles(of: [start])[0]
    try check(
      LatentOptimizer(
        recipe, from: styles, by: models.generator.in(StyleSpace.self), toward: text, models.clip, threads: 2),
      trace: "trace_s", final: "final_s")
  }
}
