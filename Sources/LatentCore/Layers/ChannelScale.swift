/// Multiplies each channel, the last dimension, by a factor of its own: y[…, c] = factor[c]·x[…, c].
///
/// The tensor is `path.factor`. Behind a weight layer whose activation f satisfies f(s·x) = s·f(x) for s > 0, the
/// factors go into the weight and the bias: s·f(w·x + b) = f(s·w·x + s·b). ``InferenceNetwork`` puts them there.
package struct ChannelScale: Layer {
  package let path: String
  package let channels: Int

  /// Describes factors for `channels` channels.
  package init(path: String, channels: Int) { (self.path, self.channels) = (path, channels) }

  package var factorPath: String { path + ".factor" }

  package var parameters: [ParameterSpecification] {
    [ParameterSpecification(path: factorPath, shape: [channels], initializer: .constant(1))]
  }

  package func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    x.scaledChannels(by: binding.variable(factorPath))
  }
}

extension Sequential {
  /// The network with a ``ChannelScale`` behind each weight layer but the last, whose channels are the output's.
  ///
  /// The factors of a layer at `path` are at `path.channels.factor`.
  package func scalingHiddenChannels() -> Sequential {
    guard let last = layers.lastIndex(where: { $0 is any WeightLayer }) else { return self }
    var result: [any Layer] = []
    var hidden: (any WeightLayer)?
    for (index, layer) in layers.enumerated() {
      // A reshape behind a dense layer says what its channels are.
      if let weighted = hidden, !(layer is Reshape) {
        result.append(weighted.channelScale(as: result.last as? Reshape))
        hidden = nil
      }
      result.append(layer)
      if index < last, let weighted = layer as? any WeightLayer { hidden = weighted }
    }
    return Sequential(result)
  }
}

extension WeightLayer {
  fileprivate func channelScale(as reshape: Reshape?) -> ChannelScale {
    ChannelScale(path: weight.path + ".channels", channels: reshape?.shape.last ?? outputs)
  }
}
