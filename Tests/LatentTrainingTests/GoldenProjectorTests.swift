import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The projector's training against the same training in double precision.
struct GoldenProjectorTests {
  private static let (images, words, d, steps, batch) = (500, 40, 200, 40, 32)

  // 40 steps of Adam on the mean over pairs of ‖Σθ_j w_j − D‖²/d.
  //
  // Adam divides each gradient by its own size, so where a gradient is near zero rounding decides the step. In 40
  // steps of 1e-3 single precision departs from double by 1e-7 in the losses and, in the final directions, by 3e-6
  // relative and 1.5e-5 of the largest at worst; the bounds leave room for another order of summation.
  @Test func traceAgreesWithDoublePrecision() throws {
    let golden = try NumPyArchive.arrays(contentsOf: Fixtures.url("projector-training.npz"))
    let trace = try #require(golden["trace"])
    #expect(trace.shape == [Self.steps, 2])
    let embeddings = Tensor(
      shape: [Self.words, 50], elements: formulaValues(name: "projector.embeddings", count: Self.words * 50))
    let data = LabeledLatents(
      latents: GoldenNetworks.noise("projector.latents", shape: [Self.images, Self.d]),
      labels: formulaValues(name: "projector.attributes", count: Self.images * Self.words).map { $0 > 0.2 },
      words: Self.words)
    var training = ProjectorTraining(
      recipe: .paper, embeddings: embeddings, data: data,
      projector: try GoldenNetworks.projector(table: Fixtures.url("parameters.json")))
    for step in 0..<Self.steps {
      func images(_ side: String) -> [Int] {
        formulaValues(name: "projector.\(side).\(step)", count: Self.batch).map { Int((($0 + 1) * 250)) }
      }
      let pairs = zip(images("i"), images("j")).map { (source: $0, target: $1) }
      let losses = training.update(pairs: pairs, threads: 2)
      let (loss, explained) = (trace.values[2 * step], trace.values[2 * step + 1])
      #expect(abs(Double(losses.loss) - loss) <= 1e-5 * abs(loss), "step \(step)")
      #expect(abs(Double(losses.explainedVariance) - explained) <= 1e-5, "step \(step)")
    }
    let tape = Tape(threads: 2)
    let network = ProjectorNetwork(dimension: 50, hiddenUnits: 1024, latentSize: Self.d)
    let directions = network.layers(
      tape.constant(embeddings),
      Binding(training.projector, on: tape, isTrained: false, phase: .inference)
    ).value
    let expected = try #require(golden["final_directions"])
    #expect(expected.shape == directions.shape)
    #expect(relativeError(directions.elements, expected.values) <= 3e-5)
    #expect(
      worstError(directions.elements, expected.values, scale: largestMagnitude(expected.values)) <= 1e-4)
  }
}
