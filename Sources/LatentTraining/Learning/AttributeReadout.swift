import Foundation
import LatentArithmetic
import LatentCore

/// A linear function of codes that tells attributes, a = z·A + b, in training, with the covariance of the codes.
struct AttributeReadout: Sendable {
  /// How fast the covariance follows that of the batch.
  private static let momentum: Float = 0.02
  /// The least certainty, as a logit, with which a turned attribute is to be read.
  private static let leastLogit: Float = 2
  private static let prefix = "readout."
  private static let covariancePath = "statistics.covariance"
  private static let codesPath = "codes"

  private let layer: Dense
  private var trained: TrainedParameters
  /// The running covariance of codes, at ``covariancePath``.
  private var statistics = Parameters()

  /// Starts from fresh weights and white codes.
  init(latentSize d: Int, attributes: Int, settings: Adam, seed: UInt64) {
    layer = Dense(
      Weight(path: "readout", hasBias: true, initialization: .normal(deviation: 0.02)), inputs: d,
      outputs: attributes)
    trained = TrainedParameters(
      Parameters(layer.parameters, seed: seed), prefix: Self.prefix, by: settings)
    statistics[Self.covariancePath] = Tensor(
      shape: [d, d], elements: (0..<d * d).map { $0 % (d + 1) == 0 ? 1 : 0 })
  }

  /// The logits of a batch of codes, their cross-entropy, and its pull at the codes.
  typealias Reading = (logits: Tensor, loss: Float, gradient: Tensor)

  /// One update; returns what was read before it.
  mutating func update(codes: Tensor, labels: Tensor, share: BatchShare, threads: Int) -> Reading {
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
    let logits = layer(tape.watch(codes, path: Self.codesPath), binding)
    let loss = logits.binaryCrossEntropy(targets: labels)
    var gradients = tape.gradients(of: loss)
    guard let gradient = gradients.removeValue(forKey: Self.codesPath) else {
      preconditionFailure("A readout depends on its code.")
    }
    trained.update(gradients: gradients, threads: threads)
    follow(codes, share)
    return (logits.value, loss.value.scalar, gradient)
  }

  /// Lets the covariance follow the codes of a batch, whose mean is nearly zero.
  private mutating func follow(_ codes: Tensor, _ share: BatchShare) {
    let product = share.sum(rows: codes.shape[0]) { rows in
      let part = codes.part(rows)
      return Kernels.matrixProduct(part, part, transposingFirst: true, threads: 1).elements.map(Double.init)
    }
    let scale = 1 / Float(share.whole(codes.shape[0]))
    let d = codes.shape[1]
    var batch = Parameters()
    batch[Self.covariancePath] = Tensor(shape: [d, d], elements: product.map { Float($0) * scale })
    statistics.average(with: batch, decay: 1 - Self.momentum, threads: 1)
  }

  /// Codes that no image has, and the attributes that their images are to show.
  ///
  /// The first are codes of images with one attribute inverted, the others are drawn from the distribution of all codes:
  /// this rank's share of `edited` and of `sampled`.
  func otherCodes(
    than codes: Tensor, _ labels: Tensor, logits: Tensor, edited: Int, sampled: Int,
    share: BatchShare, _ stream: inout RandomStream
  ) -> (codes: Tensor, targets: Tensor) {
    let changes = likeliestChanges()
    let attributes = layer.outputs
    var values: [Float] = []
    var targets: [Float] = []
    let chosen = (0..<edited).map { _ in stream.index(below: attributes) }[share.own(of: edited)]
    let rows = share.places(ofFirst: chosen.count, in: codes.shape[0])
    for (row, attribute) in zip(rows, chosen) {
      var target = labels.row(row)
      target[attribute] = 1 - target[attribute]
      let logit = logits.row(row)[attribute]
      let wanted = (target[attribute] > 0 ? 1 : -1) * max(logit.magnitude, Self.leastLogit)
      values += zip(codes.row(row), changes.row(attribute)).map { $0 + (wanted - logit) * $1 }
      targets += target
    }
    let turned = Tensor(shape: [rows.count, codes.shape[1]], elements: values)
    let all = share.gathered(codes)
    // Sums of centered codes with independent normal weights are normal with the covariance of the batch.
    let weights = stream.normal(
      shape: [sampled, all.shape[0]], deviation: 1 / Float(all.shape[0]).squareRoot())
    let drawn = Kernels.matrixProduct(weights.part(share.own(of: sampled)), all, threads: 1)
    let read = InferenceNetwork(Sequential([layer]), trained.values)(drawn, threads: 1)
    let probabilities = read.elements.map { 1 / (1 + exp(-$0)) }
    return (
      share.joined([turned, drawn]),
      share.joined([
        Tensor(shape: [rows.count, attributes], elements: targets),
        Tensor(shape: read.shape, elements: probabilities),
      ])
    )
  }

  /// For each attribute the likeliest change of a normal code that raises its logit by 1 and leaves the others alone:
  /// (AᵀΣA)⁻¹AᵀΣ, [attributes, d].
  private func likeliestChanges() -> Tensor {
    guard let a = trained.values["readout.weight"], let covariance = statistics[Self.covariancePath]
    else { preconditionFailure("A training has a readout and a covariance.") }
    let attributes = layer.outputs
    let product = Kernels.matrixProduct(a, covariance, transposingFirst: true, threads: 1)
    var gram = Kernels.matrixProduct(product, a, threads: 1).elements.map(Double.init)
    let trace = (0..<attributes).reduce(0.0) { $0 + gram[$1 * (attributes + 1)] }
    for index in 0..<attributes {
      gram[index * (attributes + 1)] += 1e-3 * trace / Double(attributes) + 1e-12
    }
    guard
      let solution = Kernels.solvePositiveDefinite(
        gram, product.elements.map(Double.init), columns: product.shape[1])
    else { return Tensor(shape: product.shape, repeating: 0) }
    return Tensor(shape: product.shape, elements: solution.map { Float($0) })
  }

  /// All tensors that a continued training needs.
  var state: Parameters {
    var state = trained.state
    state.merge(statistics)
    return state
  }

  /// Continues from a checkpoint, which may hold other networks, too.
  mutating func restore(_ state: Parameters, step: Int) {
    trained.restore(state, step: step)
    statistics = state.filtered(byPrefix: Self.covariancePath)
  }
}
