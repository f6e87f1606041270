import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

extension Benchmark {
  private static let words = 40
  private static let latentSize = 200

  /// The θ loss alone, and the step of the word projector around it.
  static let wordSteps =
    [128, 1024].map { batch in
      Benchmark("theta loss+grad B\(batch) n\(words) d\(latentSize)") {
        ThetaLoss(batch: batch, words: words, latentSize: latentSize, threads: $0)
      }
    } + [
      Benchmark("projector step B128 n\(words)") {
        ProjectorStep(batch: 128, words: words, latentSize: latentSize, threads: $0)
      }
    ]
}

/// The share of the words that is active in a pair.
private let activeShare = 0.25

/// The θ loss and its gradient, each pair having directions of its own.
private struct ThetaLoss: Workload {
  private let directions: Tensor
  private let differences: Tensor
  private let active: [Bool]
  private let threads: Int

  init(batch: Int, words: Int, latentSize: Int, threads: Int) {
    var stream = RandomStream(input: "theta")
    directions = stream.normal(shape: [batch, words, latentSize])
    differences = stream.normal(shape: [batch, latentSize])
    active = (0..<batch * words).map { _ in stream.uniform() < activeShare }
    self.threads = threads
  }

  func iterate() -> Tensor {
    let tape = Tape(threads: threads)
    let w = tape.watch(directions, path: "w")
    let loss = w.thetaLoss(differences: differences, active: active).loss
    guard let gradient = tape.gradients(of: loss)["w"] else {
      preconditionFailure("The θ loss has no gradient.")
    }
    return gradient
  }
}

/// One update of the 1024-unit projector on random pairs of 10,000 cached codes.
private struct ProjectorStep: Workload {
  private static let images = 10_000
  private static let dimension = 100

  private var training: ProjectorTraining
  private let data: LabeledLatents
  private let batch: Int
  private let threads: Int

  init(batch: Int, words: Int, latentSize: Int, threads: Int) {
    var stream = RandomStream(input: "projector")
    // A word is active where two images differ in it, which has the probability 2p(1 − p).
    let labeled = (1 - (1 - 2 * activeShare).squareRoot()) / 2
    data = LabeledLatents(
      latents: stream.normal(shape: [Self.images, latentSize]),
      labels: (0..<Self.images * words).map { _ in stream.uniform() < labeled }, words: words)
    training = ProjectorTraining(
      recipe: ProjectorRecipe(), embeddings: stream.normal(shape: [words, Self.dimension]), data: data,
      seed: 1)
    (self.batch, self.threads) = (batch, threads)
  }

  mutating func iterate() -> Tensor {
    let pairs = data.randomPairs(batch, seed: 1, name: "pairs \(training.step)")
    return Tensor(shape: [], repeating: training.update(pairs: pairs, threads: threads).loss)
  }
}
