import Foundation
import LatentArithmetic
import LatentCore

/// The generator of PyTorch's DCGAN example, as many of its checkpoints lie about.
///
/// A `Sequential` called `main`: from 1×1 a transposed convolution of 4×4 without a border, then ones that double the
/// size, each with batch normalization and ReLU but the last, which ends in tanh; no biases. Five of them make 64×64
/// pixels, six 128×128. How many there are and their channels follow from the checkpoint.
///
/// Source: pytorch/examples, dcgan.
struct PyTorchDCGAN {
  let latentSize: Int
  let imageSize: Int
  /// The channels of each level but the image's, the smallest level first.
  let channels: [Int]
  let layers: Sequential
  let parameters: Parameters

  init(_ file: TensorFile) throws {
    let first = "main.0.weight"
    // A checkpoint of more than the generator holds it below a key of its own; a discriminator is not of its form.
    let prefixes = file.names.filter { $0 == first || $0.hasSuffix("." + first) }
      .map { String($0.dropLast(first.count)) }
    let prefix = prefixes.first { Self.shapes(in: file, prefix: $0).count > 1 } ?? ""
    let shapes = Self.shapes(in: file, prefix: prefix)
    let last = shapes.count - 1
    guard let input = shapes.first, last > 0 else {
      throw WeightSourceError(file: file.path, faults: [.missing(first, nearest: [])])
    }
    var layers: [any Layer] = [Reshape(to: [1, 1, input[0]])]
    var modules: [String: String] = [:]
    var inChannels = input[0]
    for level in shapes.indices {
      // The next level tells how many channels it takes; images have three.
      let outChannels = level == last ? 3 : shapes[level + 1][0]
      let path = level == 0 ? "input" : level == last ? "output" : "block\(level)"
      modules[path] = "main.\(3 * level)"
      modules[path + ".norm"] = "main.\(3 * level + 1)"
      layers.append(
        TransposedConvolution(
          Weight(
            path: path, hasBias: false, activation: level == last ? .tanh : .identity,
            initialization: .glorotUniform),
          inChannels: inChannels, outChannels: outChannels,
          geometry: level == 0 ? .opening : .halving))
      if level < last {
        layers.append(BatchNorm(path: path + ".norm", channels: outChannels, activation: .relu))
      }
      inChannels = outChannels
    }
    self.layers = Sequential(layers)
    latentSize = input[0]
    imageSize = 4 << last
    channels = shapes.dropFirst().map { $0[0] }
    parameters = try WeightSource(file, modules: modules, prefix: prefix)
      .parameters(self.layers.parameters)
  }

  /// Whether a file holds such a generator, by the names and shapes of its first filters.
  static func isGenerator(_ file: TensorFile) -> Bool {
    let first = "main.0.weight"
    return file.names.contains { name in
      (name == first || name.hasSuffix("." + first))
        && shapes(in: file, prefix: String(name.dropLast(first.count))).count > 1
    }
  }

  /// The shapes of the filters, [in, out, 4, 4], from the code to the image.
  private static func shapes(in file: TensorFile, prefix: String) -> [[Int]] {
    var shapes: [[Int]] = []
    while shapes.count < mostLevels, let shape = file.shape(of: "\(prefix)main.\(3 * shapes.count).weight"),
      shape.count == 4, shape.allSatisfy({ $0 > 0 })
    { shapes.append(shape) }
    return shapes
  }

  /// Images of 4096 pixels, more than any DCGAN draws.
  private static let mostLevels = 11
}

extension ConvolutionGeometry {
  /// 4×4 without a border; transposed, it makes 4×4 of 1×1.
  fileprivate static let opening = ConvolutionGeometry(
    kernel: 4, stride: 1, padding: Padding(top: 0, bottom: 0, left: 0, right: 0))
}

extension ConvolutionalGenerator {
  /// Opens the generator of PyTorch's DCGAN example, of any depth and width, in any format that `TensorFile` reads.
  ///
  /// The checkpoint may hold it below keys, such as `generator.` or `state_dict.`. Codes are drawn from N(0, I).
  ///
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is not the network's.
  public init(
    pyTorchDCGAN url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let checkpoint = try PyTorchDCGAN(TensorFile(contentsOf: url))
    self.init(
      latentSize: checkpoint.latentSize, imageSize: checkpoint.imageSize,
      network: InferenceNetwork(checkpoint.layers, checkpoint.parameters), distribution: nil,
      threads: threads)
  }
}
