import LatentArithmetic
import LatentCore

/// The network that tells faces apart: from 112×112 pixels to 128 numbers, by inverted residuals.
///
/// Paths are those of the published state dictionary.
///
/// Source: Chen et al., "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices",
/// 2018, table 1; rectifiers and the width of the first block as in foamliu's implementation.
package enum MobileFaceNet {
  package static let side = 112
  package static let featureCount = 128

  /// [batch, 112, 112, 3] → [batch, 128].
  package static let layers: Sequential = {
    var layers =
      convolution("conv1.0", "conv1.1", from: 3, to: 64, kernel: 3, stride: 2, .relu6)
      + depthwise("dw_conv.depthwise", "dw_conv.bn1", 64, kernel: 3, stride: 1, padding: 1, .relu)
      + convolution("dw_conv.pointwise", "dw_conv.bn2", from: 64, to: 64, .relu)
    var channels = 64
    var number = 0
    for (expansion, outputs, count, stride) in bottlenecks {
      for index in 0..<count {
        let block = bottleneck(
          "features.\(number).conv.", from: channels, to: outputs, expansion: expansion,
          stride: index == 0 ? stride : 1)
        layers += index == 0 && (stride > 1 || outputs != channels) ? block : [Residual(Sequential(block))]
        channels = outputs
        number += 1
      }
    }
    layers +=
      convolution("conv2.0", "conv2.1", from: channels, to: 512, .relu6)
      + depthwise("gdconv.depthwise", "gdconv.bn", 512, kernel: 7, stride: 1, padding: 0, .identity)
      + convolution("conv3", "bn", from: 512, to: featureCount, hasBias: true, .identity)
    return Sequential(layers + [Reshape(to: [featureCount])])
  }()

  /// Expansion, channels, how many, and the stride of the first.
  private static let bottlenecks = [
    (2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1),
  ]

  private static func bottleneck(
    _ path: String, from inputs: Int, to outputs: Int, expansion: Int, stride: Int
  ) -> [any Layer] {
    let width = expansion * inputs
    return convolution(path + "0.0", path + "0.1", from: inputs, to: width, .relu6)
      + depthwise(path + "1.0", path + "1.1", width, kernel: 3, stride: stride, padding: 1, .relu6)
      + convolution(path + "2", path + "3", from: width, to: outputs, .identity)
  }

  private static func convolution(
    _ path: String, _ normalization: String, from inputs: Int, to outputs: Int, kernel: Int = 1,
    stride: Int = 1, hasBias: Bool = false, _ activation: Activation
  ) -> [any Layer] {
    [
      Convolution(
        Weight(path: path, hasBias: hasBias, initialization: .glorotUniform), inChannels: inputs,
        outChannels: outputs, geometry: geometry(kernel: kernel, stride: stride, padding: kernel / 2)),
      BatchNorm(path: normalization, channels: outputs, activation: activation),
    ]
  }

  private static func depthwise(
    _ path: String, _ normalization: String, _ channels: Int, kernel: Int, stride: Int, padding: Int,
    _ activation: Activation
  ) -> [any Layer] {
    [
      DepthwiseConvolution(
        Weight(path: path, hasBias: false, initialization: .glorotUniform), channels: channels,
        geometry: geometry(kernel: kernel, stride: stride, padding: padding)),
      BatchNorm(path: normalization, channels: channels, activation: activation),
    ]
  }

  private static func geometry(kernel: Int, stride: Int, padding: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      kernel: kernel, stride: stride,
      padding: .init(top: padding, bottom: padding, left: padding, right: padding))
  }
}
