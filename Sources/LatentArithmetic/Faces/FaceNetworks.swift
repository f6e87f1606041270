import Foundation
import LatentCore

/// The three networks of MTCNN, each with its answers in one last layer.
///
/// Source: Zhang et al., "Joint Face Detection and Alignment Using Multi-task Cascaded Convolutional Networks", 2016; the
/// layers are those of facenet-pytorch's state dictionaries.
struct FaceNetworks: Sendable {
  /// P-Net slides over a picture: a cell of 12 pixels every second one, 2 + 4 channels.
  let proposal: InferenceNetwork
  /// R-Net looks at 24×24 pixels: 2 + 4 numbers.
  let refinement: InferenceNetwork
  /// O-Net looks at 48×48 pixels: 2 + 4 + 10 numbers.
  let output: InferenceNetwork

  static let fileNames = ["pnet.pt", "rnet.pt", "onet.pt"]

  /// Reads `pnet.pt`, `rnet.pt` and `onet.pt`.
  ///
  /// - Throws: `FileError`, `TorchFileError`, ``ModelError/wrongTensors(name:faults:)``.
  init(contentsOf folder: URL) throws {
    func network(_ name: String, _ layers: [Row]) throws -> InferenceNetwork {
      var reader = try FaceNetworkReader(contentsOf: folder.appendingPathComponent(name))
      return try reader.network(layers)
    }
    proposal = try network(
      "pnet.pt",
      [
        .convolution(1, 3, 10, kernel: 3), .pooling(2), .convolution(2, 10, 16, kernel: 3),
        .convolution(3, 16, 32, kernel: 3),
        .answers(["conv4_1": 2, "conv4_2": 4], inputs: 32, isDense: false),
      ])
    refinement = try network(
      "rnet.pt",
      [
        .convolution(1, 3, 28, kernel: 3), .pooling(3), .convolution(2, 28, 48, kernel: 3), .pooling(3),
        .convolution(3, 48, 64, kernel: 2), .dense(4, side: 3, channels: 64, outputs: 128),
        .answers(["dense5_1": 2, "dense5_2": 4], inputs: 128, isDense: true),
      ])
    output = try network(
      "onet.pt",
      [
        .convolution(1, 3, 32, kernel: 3), .pooling(3), .convolution(2, 32, 64, kernel: 3), .pooling(3),
        .convolution(3, 64, 64, kernel: 3), .pooling(2), .convolution(4, 64, 128, kernel: 2),
        .dense(5, side: 3, channels: 128, outputs: 256),
        .answers(["dense6_1": 2, "dense6_2": 4, "dense6_3": 10], inputs: 256, isDense: true),
      ])
  }

  /// A row of a network's table; layers with a number are followed by a PReLU of that number.
  enum Row {
    case convolution(_ number: Int, _ inChannels: Int, _ outChannels: Int, kernel: Int)
    /// A maximum over squares of this side, every second pixel.
    case pooling(_ kernel: Int)
    /// A dense layer over the columns of a square of pixels.
    case dense(_ number: Int, side: Int, channels: Int, outputs: Int)
    /// Layers side by side that all see the same inputs, by name and number of answers.
    case answers(KeyValuePairs<String, Int>, inputs: Int, isDense: Bool)
  }
}

/// Turns a state dictionary into a network, and counts what it used.
private struct FaceNetworkReader {
  private let file: TorchFile
  private let name: String
  private var parameters = Parameters()
  private var used: Set<String> = []
  private var faults: [String] = []

  init(contentsOf url: URL) throws {
    file = try TorchFile(contentsOf: url)
    name = url.lastPathComponent
  }

  mutating func network(_ rows: [FaceNetworks.Row]) throws -> InferenceNetwork {
    let layers = try rows.flatMap { try self.layers(of: $0) }
    faults += file.names.filter { !used.contains($0) }.map { "\($0) is not expected" }
    if !faults.isEmpty { throw ModelError.wrongTensors(name: name, faults: faults) }
    return InferenceNetwork(Sequential(layers), parameters)
  }

  private mutating func layers(of row: FaceNetworks.Row) throws -> [any Layer] {
    switch row {
    case .pooling(let kernel): return [MaxPool(kernel: kernel, stride: 2)]
    case .convolution(let number, let inChannels, let outChannels, let kernel):
      let path = "conv\(number)"
      // Stored [out, in, row, column].
      parameters[path + ".weight"] = try tensor(path + ".weight", [outChannels, inChannels, kernel, kernel])
        .permuted([2, 3, 1, 0])
      parameters[path + ".bias"] = try tensor(path + ".bias", [outChannels])
      return [
        convolution(path, inChannels, outChannels, kernel: kernel), try slopes(number, channels: outChannels),
      ]
    case .dense(let number, let side, let channels, let outputs):
      let path = "dense\(number)"
      // Stored [out, column, row, channel]: the published networks come from MATLAB, which counts columns first.
      parameters[path + ".weight"] = try tensor(path + ".weight", [outputs, side * side * channels])
        .reshaped(to: [outputs, side, side, channels]).permuted([2, 1, 3, 0])
        .reshaped(to: [side * side * channels, outputs])
      parameters[path + ".bias"] = try tensor(path + ".bias", [outputs])
      return [
        Dense(weight(path), inputs: side * side * channels, outputs: outputs),
        try slopes(number, channels: outputs),
      ]
    case .answers(let heads, let inputs, let isDense):
      let tail = isDense ? [] : [1, 1]
      let outputs = heads.reduce(0) { $0 + $1.value }
      let weights = Tensor.concatenated(
        try heads.map { try tensor($0.key + ".weight", [$0.value, inputs] + tail) })
      let biases = Tensor.concatenated(try heads.map { try tensor($0.key + ".bias", [$0.value]) })
      parameters["answers.weight"] = weights.reshaped(to: [outputs, inputs]).permuted([1, 0])
        .reshaped(to: tail + [inputs, outputs])
      parameters["answers.bias"] = biases
      return [
        isDense
          ? Dense(weight("answers"), inputs: inputs, outputs: outputs)
          : convolution("answers", inputs, outputs, kernel: 1)
      ]
    }
  }

  private mutating func slopes(_ number: Int, channels: Int) throws -> PReLU {
    parameters["prelu\(number).slope"] = try tensor("prelu\(number).weight", [channels])
    return PReLU(path: "prelu\(number)", channels: channels)
  }

  private func convolution(_ path: String, _ inChannels: Int, _ outChannels: Int, kernel: Int) -> Convolution
  {
    Convolution(
      weight(path), inChannels: inChannels, outChannels: outChannels,
      geometry: ConvolutionGeometry(
        kernel: kernel, stride: 1, padding: .init(top: 0, bottom: 0, left: 0, right: 0)))
  }

  private func weight(_ path: String) -> Weight {
    Weight(path: path, hasBias: true, initialization: .glorotUniform)
  }

  /// A tensor of the file; one that is missing or misshapen is noted, and stands as zeros until that is thrown.
  private mutating func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    used.insert(name)
    guard let found = file.shape(of: name) else {
      faults.append("\(name) is missing")
      return Tensor(shape: shape, repeating: 0)
    }
    guard found == shape else {
      faults.append("\(name) has shape \(found), expected \(shape)")
      return Tensor(shape: shape, repeating: 0)
    }
    return try file.tensor(name)
  }
}
