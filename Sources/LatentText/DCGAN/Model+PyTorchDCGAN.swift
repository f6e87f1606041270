import Foundation
import LatentArithmetic
import LatentCore

extension Model {
  /// Makes a model of the generator of PyTorch's DCGAN example, in any format that `TensorFile` reads.
  ///
  /// The model has no other part; trainings of an encoder and a projector add them. It draws the images that
  /// `ConvolutionalGenerator.init(pyTorchDCGAN:threads:)` draws.
  ///
  /// - Parameters:
  ///   - url: The checkpoint, which may hold the generator below keys, such as `netG_state_dict.`.
  ///   - framing: How the images that it was trained on were cut out: `.detected(by:)` with an alignment, or
  ///     `.centerSquare` where they are no faces.
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is not the network's;
  ///   ``PyTorchDCGANError/otherSizes(file:imageSize:channels:)`` where the sizes are not those of a model.
  /// - Precondition: The framing is one of these two.
  public init(pyTorchDCGAN url: URL, framing: Framing = .detected(by: .celeba)) throws {
    let checkpoint = try PyTorchDCGAN(TensorFile(contentsOf: url))
    let width = checkpoint.channels.last ?? 0
    guard NetworkConfiguration.imageSizes.contains(checkpoint.imageSize), (1...1 << 12).contains(width),
      (1...1 << 16).contains(checkpoint.latentSize)
    else {
      throw PyTorchDCGANError.otherSizes(
        file: url.path, imageSize: checkpoint.imageSize, channels: checkpoint.channels)
    }
    let network = NetworkConfiguration(
      architecture: .dcgan, latentSize: checkpoint.latentSize, width: width, imageSize: checkpoint.imageSize)
    var parameters = Parameters()
    for (path, tensor) in checkpoint.parameters.tensors {
      // Transposed, the first convolution makes of one point all of 4×4: a dense layer, whose filters lie [4, 4, out, in].
      parameters["generator." + path] =
        path == "input.weight"
        ? tensor.permuted([3, 0, 1, 2]).reshaped(to: [checkpoint.latentSize, 16 * checkpoint.channels[0]])
        : tensor
    }
    let expected = network.generator.parameters
    guard expected.count == parameters.paths.count,
      expected.allSatisfy({ parameters[$0.path]?.shape == $0.shape })
    else {
      throw PyTorchDCGANError.otherSizes(
        file: url.path, imageSize: checkpoint.imageSize, channels: checkpoint.channels)
    }
    self.init(network, framing: framing)
    set(.generator, to: parameters, record: nil)
  }

  /// Opens a model file, or a foreign generator as a model: that of PyTorch's DCGAN example.
  ///
  /// - Throws: What `Model.init(contentsOf:)` throws, of a file that is neither, and what
  ///   ``init(pyTorchDCGAN:framing:)`` throws.
  public init(importing url: URL, framing: Framing = .detected(by: .celeba)) throws {
    guard try PyTorchDCGAN.isGenerator(TensorFile(contentsOf: url)) else {
      try self.init(contentsOf: url)
      return
    }
    try self.init(pyTorchDCGAN: url, framing: framing)
  }
}

/// Why a foreign DCGAN is no model.
public enum PyTorchDCGANError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// Images or channels are of sizes that a model's networks do not have.
  case otherSizes(file: String, imageSize: Int, channels: [Int])

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .otherSizes(let file, let imageSize, let channels):
      "“\(file)” draws images of \(imageSize) pixels with \(channels) channels; a model takes 64 or 128 pixels, and "
        + "channels that halve from 8 times the last."
    }
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
