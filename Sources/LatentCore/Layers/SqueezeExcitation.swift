/// Gates for channels, which the image's mean decides: y[b, …, c] = x[b, …, c]·σ(W₂·max(W₁·mean(x[b]), 0))[c].
///
/// The tensors are the filters of 1×1 `path.fc1.weight` and `path.fc2.weight`.
///
/// Source: "Squeeze-and-Excitation Networks", Hu and others 2018; without biases, as in InsightFace's IR-SE networks.
public struct SqueezeExcitation: Layer {
  private let squeeze: Convolution
  private let excitation: Convolution

  /// Describes gates of `channels` channels through `channels`/`reduction` numbers.
  public init(path: String, channels: Int, reduction: Int) {
    func layer(_ name: String, _ inputs: Int, _ outputs: Int, _ activation: Activation) -> Convolution {
      Convolution(
        Weight(path: path + name, hasBias: false, activation: activation, initialization: .glorotUniform),
        inChannels: inputs, outChannels: outputs, geometry: .centered(kernel: 1, stride: 1))
    }
    squeeze = layer(".fc1", channels, channels / reduction, .relu)
    excitation = layer(".fc2", channels / reduction, channels, .sigmoid)
  }

  public var parameters: [ParameterSpecification] { squeeze.parameters + excitation.parameters }

  public func callAsFunction(_ x: Variable, _ binding: Binding) -> Variable {
    precondition(x.shape.count == 4, "Images have four dimensions, unlike shape \(x.shape).")
    let means = x.resampled(
      rows: .windowMeans(from: x.shape[1], to: 1), columns: .windowMeans(from: x.shape[2], to: 1))
    let gates = excitation(squeeze(means, binding), binding)
    return x.scaledChannels(byEach: gates.reshaped(to: [x.shape[0], x.shape[3]]))
  }
}
