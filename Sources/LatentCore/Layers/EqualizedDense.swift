/// A dense layer whose weights are kept at unit variance and scaled when used, so that all learn at one rate.
///
/// y = x·(W·λ/√inputs) + λ·b for x [..., inputs] and W [inputs, outputs], λ being the multiplier of the learning rate;
/// then, where the layer is activated, √2 times a leaky rectifier of slope 0.2. W begins as N(0, 1)/λ. The tensors are
/// `path.weight` and `path.bias`.
///
/// Source: "Progressive Growing of GANs", Karras and others 2018, section 4.1; the multiplier is StyleGAN's.
package struct EqualizedDense: Layer {
  package let path: String
  package let inputs: Int
  package let outputs: Int
  package let rateMultiplier: Float
  package let isActivated: Bool
  private let initialBias: Float

  /// Describes a layer.
  ///
  /// - Parameters:
  ///   - path: Where the weight and the bias are.
  ///   - inputs: The length of the last dimension.
  ///   - outputs: What it becomes.
  ///   - rateMultiplier: λ.
  ///   - isActivated: Whether the rectifier follows.
  ///   - initialBias: What λ·b is before training.
  package init(
    path: String, inputs: Int, outputs: Int, rateMultiplier: Float = 1, isActivated: Bool = false,
    initialBias: Float = 0
  ) {
    (self.path, self.inputs, self.outputs) = (path, inputs, outputs)
    (self.rateMultiplier, self.isActivated) = (rateMultiplier, isActivated)
    self.initialBias = initialBias
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        path: path + ".weight", shape: [inputs, outputs],
        initializer: .normal(mean: 0, deviation: 1 / rateMultiplier)),
      ParameterSpecification(
        path: path + ".bias", shape: [outputs], initializer: .constant(initialBias / rateMultiplier)),
    ]
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    precondition(x.shape.last == inputs, "A layer of \(inputs) inputs cannot take shape \(x.shape).")
    // The rectifier commutes with positive factors, so its gain goes into those of the product and the bias.
    let gain: Float = isActivated ? Float(2).squareRoot() : 1
    let rows = x.reshaped(to: [x.value.count / max(inputs, 1), inputs])
    let product = rows.matrixProduct(binding.variable(path + ".weight"))
      .scaled(by: gain * rateMultiplier / Float(inputs).squareRoot())
    let bias = binding.variable(path + ".bias").scaled(by: gain * rateMultiplier)
    return product.activated(by: isActivated ? .leakyReLU(slope: 0.2) : .identity, bias: bias)
      .reshaped(to: x.shape.dropLast() + [outputs])
  }
}
