import LatentArithmetic
import LatentCore

/// InsightFace's residual network of 50 layers with squeeze and excitation: the trunk of ArcFace and of e4e's encoder.
///
/// Paths are those of the published state dictionaries. The normalization at the head of each unit stands before a
/// convolution with a border: what it adds is missing in the border, so that it cannot go into the filter and stays a
/// pass of its own. All others go into the filters before them.
///
/// Source: Deng and others, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019; `model_irse.py` and
/// `helpers.py` of TreB1eN's implementation, which StyleCLIP and e4e copy.
enum IRSE50 {
  /// The side of the faces that ``head`` takes.
  static let side = 112
  static let featureCount = 512

  /// [batch, height, width, 3] → [batch, height, width, 64].
  static let stem: [any Layer] = [
    convolution("input_layer.0", from: 3, to: 64), normalization("input_layer.1", 64),
    PReLU(path: "input_layer.2", channels: 64),
  ]

  /// The 24 units; those of number 0, 3, 7 and 21 halve the sides, and the latter three double the channels.
  static let units: [any Layer] = {
    var units: [any Layer] = []
    var inputs = 64
    for (outputs, count) in [(64, 3), (128, 4), (256, 14), (512, 3)] {
      for index in 0..<count {
        units.append(
          unit("body.\(units.count).", from: inputs, to: outputs, stride: index == 0 ? 2 : 1))
        inputs = outputs
      }
    }
    return units
  }()

  /// [batch, 7, 7, 512] → [batch, 512].
  static let head: [any Layer] = [
    normalization("output_layer.0", 512), projection, normalization("output_layer.4", featureCount),
  ]

  private static let places = 7
  private static let projection = Dense(
    Weight(path: "output_layer.3", hasBias: true, initialization: .glorotUniform),
    inputs: places * places * 512, outputs: featureCount)

  /// Reads the whole network, [batch, 112, 112, 3] → [batch, 512].
  static func network(_ source: WeightSource) throws -> InferenceNetwork {
    let layers = Sequential(stem + units + head)
    var parameters = try source.parameters(layers.parameters)
    // The published head flattens channels first, this library's places first.
    let path = projection.weight.weightPath
    parameters[path] = parameters[path]?
      .reshaped(to: [512, places, places, featureCount])
      .permuted([1, 2, 0, 3]).reshaped(to: [projection.inputs, projection.outputs])
    return InferenceNetwork(layers, parameters)
  }

  private static func unit(_ path: String, from inputs: Int, to outputs: Int, stride: Int) -> Residual {
    let body = Sequential([
      normalization(path + "res_layer.0", inputs),
      convolution(path + "res_layer.1", from: inputs, to: outputs),
      PReLU(path: path + "res_layer.2", channels: outputs),
      convolution(path + "res_layer.3", from: outputs, to: outputs, stride: stride),
      normalization(path + "res_layer.4", outputs),
      SqueezeExcitation(path: path + "res_layer.5", channels: outputs, reduction: 16),
    ])
    let shortcut: [any Layer] =
      if inputs != outputs {
        [
          convolution(path + "shortcut_layer.0", from: inputs, to: outputs, kernel: 1, stride: stride),
          normalization(path + "shortcut_layer.1", outputs),
        ]
      } else if stride > 1 {
        [MaxPool(kernel: 1, stride: stride)]
      } else {
        []
      }
    return Residual(body, shortcut: Sequential(shortcut))
  }

  private static func convolution(
    _ path: String, from inputs: Int, to outputs: Int, kernel: Int = 3, stride: Int = 1
  ) -> Convolution {
    Convolution(
      Weight(path: path, hasBias: false, initialization: .glorotUniform), inChannels: inputs,
      outChannels: outputs, geometry: .centered(kernel: kernel, stride: stride))
  }

  private static func normalization(_ path: String, _ channels: Int) -> BatchNorm {
    BatchNorm(path: path, channels: channels, activation: .identity)
  }
}
