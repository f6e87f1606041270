/// A step of a network: what parameters it needs and what it does with them.
///
/// A layer holds no tensors, only sizes and its path; the parameters come with the binding.
package protocol Layer: Sendable {
  /// The tensors this layer reads.
  var parameters: [ParameterSpecification] { get }

  /// Applies the layer to a batch.
  func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable
}

/// Layers one after the other.
package struct Sequential: Layer {
  /// The layers in the order they are applied.
  package let layers: [any Layer]

  /// Chains layers.
  package init(_ layers: [any Layer]) { self.layers = layers }

  package var parameters: [ParameterSpecification] { layers.flatMap(\.parameters) }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    layers.reduce(x) { x, layer in layer(x, binding) }
  }
}
