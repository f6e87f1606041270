import LatentCore

/// Parameters at which no term of a gradient vanishes: weights that keep the size of activations, biases, scales and
/// running statistics away from their first values.
package func liveParameters(_ layers: Sequential, seed: UInt64) -> Parameters {
  let transposed = Set(layers.layers.compactMap { ($0 as? TransposedConvolution)?.weight.weightPath })
  var result = Parameters()
  for specification in layers.parameters {
    var stream = RandomStream(seed: seed, name: specification.path)
    func normal(mean: Float, deviation: Float) -> Tensor {
      stream.normal(shape: specification.shape, mean: mean, deviation: deviation)
    }
    let values: Tensor
    switch specification.path.split(separator: ".").last {
    case "weight":
      // An output of a transposed 4×4 convolution of stride 2 adds 2×2 products of each input channel.
      let columns = specification.shape.last ?? 1
      let fan =
        transposed.contains(specification.path)
        ? 4 * columns : specification.shape.reduce(1, *) / columns
      values = normal(mean: 0, deviation: (2 / Float(fan)).squareRoot())
    case "scale", "variance":
      let drawn = normal(mean: 1, deviation: 0.2)
      values = Tensor(shape: drawn.shape, elements: drawn.elements.map { max($0, 0.3) })
    case "singular": values = normal(mean: 0, deviation: 1)
    default: values = normal(mean: 0, deviation: 0.2)
    }
    result[specification.path] = values
  }
  return result
}
