import Foundation
import LatentCore

/// The three networks of MTCNN, each with its answers in one last layer.
///
/// Source: Zhang et al., "Joint Face Detection and Alignment Using Multi-task Cascaded Convolutional Networks", 2016; the
/// layers are those of facenet-pytorch's state dictionaries.
struct FaceNetworks: Sendable {
  /// P-Net slides over an image: a cell of 12 pixels every second one, 2 + 4 channels.
  let proposal: InferenceNetwork
  /// R-Net looks at 24×24 pixels: 2 + 4 numbers.
  let refinement: InferenceNetwork
  /// O-Net looks at 48×48 pixels: 2 + 4 + 10 numbers.
  let output: InferenceNetwork

  static let fileNames = ["pnet.pt", "rnet.pt", "onet.pt"]

  /// Reads `pnet.pt`, `rnet.pt` and `onet.pt`.
  ///
  /// - Throws: `FileError`, `TensorFileError`, `WeightSourceError`.
  init(contentsOf folder: URL) throws {
    func network(_ name: String, _ trunk: [[any Layer]], _ heads: Heads) throws -> InferenceNetwork {
      try heads.network(contentsOf: folder.appendingPathComponent(name), trunk: trunk.flatMap { $0 })
    }
    proposal = try network(
      "pnet.pt",
      [Self.convolution(1, 3, 10, kernel: 3), Self.pooling(2)]
        + [Self.convolution(2, 10, 16, kernel: 3), Self.convolution(3, 16, 32, kernel: 3)],
      Heads(outputs: ["conv4_1": 2, "conv4_2": 4], inputs: 32, isDense: false))
    refinement = try network(
      "rnet.pt",
      [Self.convolution(1, 3, 28, kernel: 3), Self.pooling(3), Self.convolution(2, 28, 48, kernel: 3)]
        + [Self.pooling(3), Self.convolution(3, 48, 64, kernel: 2)]
        + [Self.dense(4, side: Heads.side, channels: 64, outputs: 128)],
      Heads(outputs: ["dense5_1": 2, "dense5_2": 4], inputs: 128, isDense: true))
    output = try network(
      "onet.pt",
      [Self.convolution(1, 3, 32, kernel: 3), Self.pooling(3), Self.convolution(2, 32, 64, kernel: 3)]
        + [Self.pooling(3), Self.convolution(3, 64, 64, kernel: 3), Self.pooling(2)]
        + [Self.convolution(4, 64, 128, kernel: 2)]
        + [Self.dense(5, side: Heads.side, channels: 128, outputs: 256)],
      Heads(outputs: ["dense6_1": 2, "dense6_2": 4, "dense6_3": 10], inputs: 256, isDense: true))
  }

  private static func pooling(_ kernel: Int) -> [any Layer] { [MaxPool(kernel: kernel, stride: 2)] }

  private static func convolution(
    _ number: Int, _ inChannels: Int, _ outChannels: Int, kernel: Int
  ) -> [any Layer] {
    [
      Convolution(
        weight("conv\(number)"), inChannels: inChannels, outChannels: outChannels,
        geometry: .withoutBorder(kernel: kernel)),
      PReLU(path: "prelu\(number)", channels: outChannels),
    ]
  }

  private static func dense(_ number: Int, side: Int, channels: Int, outputs: Int) -> [any Layer] {
    [
      Dense(weight("dense\(number)"), inputs: side * side * channels, outputs: outputs),
      PReLU(path: "prelu\(number)", channels: outputs),
    ]
  }

  fileprivate static func weight(_ path: String) -> Weight {
    Weight(path: path, hasBias: true, initialization: .glorotUniform)
  }
}

/// Layers side by side that all see the same inputs: their paths and numbers of outputs.
private struct Heads {
  /// The side of the square of pixels that a dense layer sees.
  static let side = 3

  let outputs: KeyValuePairs<String, Int>
  let inputs: Int
  let isDense: Bool

  /// Reads a network that ends with these, and joins them to one layer.
  func network(contentsOf url: URL, trunk: [any Layer]) throws -> InferenceNetwork {
    let heads = outputs.map { layer($0.key, outputs: $0.value) }
    var parameters = try WeightSource(TensorFile(contentsOf: url)).parameters(
      Sequential(trunk + heads).parameters)
    for case let dense as Dense in trunk {
      // The published networks come from MATLAB, which counts columns first.
      let path = dense.weight.weightPath
      parameters[path] = parameters[path]?
        .reshaped(to: [Self.side, Self.side, dense.inputs / (Self.side * Self.side), dense.outputs])
        .permuted([1, 0, 2, 3]).reshaped(to: [dense.inputs, dense.outputs])
    }
    let count = outputs.reduce(0) { $0 + $1.value }
    let answers = layer("answers", outputs: count)
    let weights = outputs.compactMap { head in
      parameters[head.key + ".weight"]?.reshaped(to: [inputs, head.value]).permuted([1, 0])
    }
    parameters["answers.weight"] = Tensor.concatenated(weights).permuted([1, 0])
      .reshaped(to: isDense ? [inputs, count] : [1, 1, inputs, count])
    parameters["answers.bias"] = Tensor.concatenated(outputs.compactMap { parameters[$0.key + ".bias"] })
    for head in outputs { parameters.removeAll(byPrefix: head.key) }
    return InferenceNetwork(Sequential(trunk + [answers]), parameters)
  }

  private func layer(_ path: String, outputs: Int) -> any Layer {
    let weight = FaceNetworks.weight(path)
    return isDense
      ? Dense(weight, inputs: inputs, outputs: outputs)
      : Convolution(
        weight, inChannels: inputs, outChannels: outputs, geometry: .withoutBorder(kernel: 1))
  }
}

extension ConvolutionGeometry {
  fileprivate static func withoutBorder(kernel: Int) -> Self {
    Self(kernel: kernel, stride: 1, padding: Padding(top: 0, bottom: 0, left: 0, right: 0))
  }
}
