import Foundation
import LatentArithmetic
import LatentCore

/// The generator of a StyleGAN2 checkpoint in the layout that most published ones have.
///
/// Training keeps the average of the generator below `g_ema.`, beside the networks that it came from; encoders keep
/// it below `decoder.`. The filters of up- and downsampling may be there, and are then those that the networks were
/// published with. The mean of w is `latent_avg`.
///
/// Source: rosinality/stylegan2-pytorch, model.py.
struct StyleGAN2Checkpoint {
  let architecture: StyleGAN2Architecture
  let parameters: Parameters
  /// The mean of w over the noise, where the checkpoint tells it.
  let meanW: Tensor?
  /// Whether the parameters have the noise of each convolution, at `noises.noise_` and its number.
  let hasNoise: Bool

  /// Reads a checkpoint.
  ///
  /// - Parameters:
  ///   - file: The checkpoint.
  ///   - readsNoise: Whether noise is read where it is there.
  /// - Throws: `TensorFileError`; `WeightSourceError` with every tensor that is not the network's.
  init(_ file: TensorFile, readsNoise: Bool) throws {
    let prefix = Self.prefix(in: file)
    let names = Set(file.names)
    let architecture = StyleGAN2Architecture { file.shape(of: prefix + $0) }
    let hasNoise = readsNoise && names.contains(prefix + Self.noisePath(0))
    var places: [String: WeightSource.Place] = [:]
    var specifications = architecture.mapping.flatMap(\.parameters)
    func add(_ path: String, _ shape: [Int], as place: WeightSource.Place? = nil) {
      specifications.append(ParameterSpecification(path: path, shape: shape, initializer: .constant(0)))
      places[path] = place
    }
    let first = architecture.convolutions[0][0]
    add(
      "input.input", [1, 4, 4, first.inChannels],
      as: .init(shape: [1, first.inChannels, 4, 4], order: [0, 2, 3, 1]))
    for layer in architecture.modulatedLayers {
      specifications += architecture.modulation(of: layer).parameters
    }
    for (index, layer) in architecture.convolutions.joined().enumerated() {
      let (inside, out) = (layer.inChannels, layer.outChannels)
      // A layer that doubles is a transposed convolution, whose filters are [kernel, kernel, out, in] here.
      add(
        layer.filterPath, layer.doubles ? [3, 3, out, inside] : [3, 3, inside, out],
        as: .init(shape: [1, out, inside, 3, 3], order: layer.doubles ? [0, 3, 4, 1, 2] : [0, 3, 4, 2, 1]))
      add(layer.biasPath, [out])
      add(layer.noiseWeightPath, [1])
      guard hasNoise else { continue }
      add(
        Self.noisePath(index), [layer.size, layer.size],
        as: .init(shape: [1, 1, layer.size, layer.size], order: [0, 1, 2, 3]))
    }
    for layer in architecture.colors {
      add(
        layer.filterPath, [layer.inChannels, 3],
        as: .init(shape: [1, 3, layer.inChannels, 1, 1], order: [0, 3, 4, 2, 1]))
      add(layer.colorBiasPath, [3], as: .init(shape: [1, 3, 1, 1], order: [0, 1, 2, 3]))
    }
    let source = WeightSource(file, tensors: places, prefix: prefix) { name in
      name.hasSuffix(".kernel") || name == Self.meanName || (!hasNoise && name.hasPrefix("noises."))
    }
    parameters = try source.parameters(specifications)
    try Self.checkKernels(of: file, prefix: prefix)
    meanW = try Self.meanW(in: file, size: architecture.styleSize)
    (self.architecture, self.hasNoise) = (architecture, hasNoise)
  }

  static func noisePath(_ index: Int) -> String { "noises.noise_\(index)" }

  private static let meanName = "latent_avg"

  /// What stands before the generator's tensors: that of the average where there are several generators.
  private static func prefix(in file: TensorFile) -> String {
    let marker = "conv1.conv.modulation.weight"
    let prefixes = file.names.filter { $0 == marker || $0.hasSuffix("." + marker) }
      .map { String($0.dropLast(marker.count)) }
    return prefixes.first { $0.hasSuffix("g_ema.") } ?? prefixes.first ?? ""
  }

  private static func meanW(in file: TensorFile, size: Int) throws -> Tensor? {
    guard let shape = file.shape(of: meanName) else { return nil }
    // Encoders keep the same vector once for each row of W⁺.
    guard shape.last == size, (1...2).contains(shape.count), shape[0] > 0 else {
      throw WeightSourceError(
        file: file.path, faults: [.misshapen(meanName, expected: [size], got: shape)])
    }
    let mean = try file.tensor(meanName)
    if let place = mean.firstNonFinite {
      throw WeightSourceError(file: file.path, faults: [.notFinite(meanName + place)])
    }
    return Tensor(shape: [size], elements: mean.elements.prefix(size))
  }

  /// Networks of another filter would draw something else.
  private static func checkKernels(of file: TensorFile, prefix: String) throws {
    let taps: [Float] = [1, 3, 3, 1]
    let expected = taps.flatMap { row in taps.map { row * $0 / 16 } }  // doubling: the sum is 4
    let faults = try file.names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".kernel") }
      .filter { name in
        guard file.shape(of: name) == [4, 4] else { return true }
        let got = try file.tensor(name).elements
        return zip(got, expected).contains { !(abs($0 - $1) <= 1e-3) }
      }
    guard faults.isEmpty else {
      throw WeightSourceError(
        file: file.path,
        faults: faults.map { .unexpected("\($0) is not the filter of [1, 3, 3, 1] by itself, divided by 16") }
      )
    }
  }
}

extension StyleGAN2Architecture.ModulatedLayer {
  var filterPath: String { name + ".conv.weight" }
  var biasPath: String { name + ".activate.bias" }
  var noiseWeightPath: String { name + ".noise.weight" }
  var colorBiasPath: String { name + ".bias" }
}
