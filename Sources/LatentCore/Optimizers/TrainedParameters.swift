/// The parameters of one network in training, with the optimizer that moves them.
public struct TrainedParameters: Sendable {
  /// The parameters as they are now.
  public private(set) var values: Parameters
  /// What all their paths begin with: `generator.`.
  private let prefix: String
  private var optimizer: Adam

  /// How many updates were made.
  public var step: Int { optimizer.step }

  /// Begins to train parameters whose paths all begin with `prefix`.
  public init(_ values: Parameters, prefix: String, settings: Adam.Settings) {
    (self.values, self.prefix) = (values, prefix)
    optimizer = Adam(settings)
  }

  /// Takes over what an evaluation made of the parameters that no gradient trains: running statistics.
  public mutating func merge(_ updates: Parameters) { values.merge(updates) }

  /// Moves the parameters that have a gradient.
  ///
  /// - Precondition: Each gradient has the path and shape of a parameter.
  public mutating func update(gradients: [String: Tensor], threads: Int) {
    optimizer.update(&values, gradients: gradients, threads: threads)
  }

  /// All tensors that a continued training needs: the parameters, and the moments under `moments.` and the prefix.
  public var state: Parameters {
    var state = values
    state.merge(optimizer.moments.prefixed(with: momentsPrefix))
    return state
  }

  /// Continues from a checkpoint, which may hold other networks, too.
  public mutating func restore(_ state: Parameters, step: Int) {
    values = state.filtered(byPrefix: prefix)
    optimizer.restore(step: step, moments: state.removingPrefix(momentsPrefix))
  }

  private var momentsPrefix: String { "moments.\(prefix)" }
}
