import LatentCore

/// The parameters of one network in training, and their running average, which is worth keeping.
struct AveragedParameters: Sendable {
  private var trained: TrainedParameters
  private(set) var average: Parameters
  private let decay: Float
  private static let prefix = "average."

  /// Begins to train parameters; see ``TrainedParameters``.
  init(_ start: Parameters, prefix: String, by optimizer: any Optimizer, averageDecay decay: Float) {
    trained = TrainedParameters(start, prefix: prefix, by: optimizer)
    (average, self.decay) = (start, decay)
  }

  var step: Int { trained.step }
  var values: Parameters { trained.values }

  /// Moves the parameters, takes over what the evaluation made of those that no gradient trains, and averages both.
  mutating func update(gradients: [String: Tensor], _ updates: Parameters, threads: Int) {
    trained.merge(updates)
    trained.update(gradients: gradients, threads: threads)
    average.average(with: trained.values, decay: decay, threads: threads)
  }

  var state: Parameters {
    var state = trained.state
    state.merge(average.prefixed(with: Self.prefix))
    return state
  }

  mutating func restore(_ state: Parameters, step: Int) {
    average = state.removingPrefix(Self.prefix)
    trained.restore(state, step: step)
  }
}
