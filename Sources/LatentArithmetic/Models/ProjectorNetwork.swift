import LatentCore

/// The word projector's layers: word vector → ELU units → direction in latent space.
///
/// Its sizes are those of its parameters: `projector.hidden` and `projector.output`, or of another path.
package struct ProjectorNetwork {
  package let layers: Sequential
  /// The first layer alone: word vector → ELU units.
  package let hidden: Dense
  /// The length of a word vector.
  package let dimension: Int

  /// The network of given sizes.
  package init(path: String = "projector", dimension: Int, hiddenUnits: Int, latentSize: Int) {
    self.dimension = dimension
    func weight(_ name: String, _ activation: Activation) -> Weight {
      Weight(
        path: "\(path).\(name)", hasBias: true, activation: activation, initialization: .glorotUniform)
    }
    hidden = Dense(weight("hidden", .elu), inputs: dimension, outputs: hiddenUnits)
    layers = Sequential([
      hidden, Dense(weight("output", .identity), inputs: hiddenUnits, outputs: latentSize),
    ])
  }

  /// The network that given parameters fit, as far as they tell.
  package init(path: String = "projector", parameters: Parameters, latentSize: Int) {
    let shape = parameters[path + ".hidden.weight"]?.shape ?? []
    self.init(
      path: path, dimension: shape.first ?? 0, hiddenUnits: shape.count == 2 ? shape[1] : 0,
      latentSize: latentSize)
  }
}
