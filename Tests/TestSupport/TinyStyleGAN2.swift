import Foundation
import LatentCore

/// A StyleGAN2 of 32 pixels with random weights, as a checkpoint of rosinality's names and shapes.
public struct TinyStyleGAN2: Sendable {
  /// The lengths of z and w, and the channels at 4, 8, 16 and 32 pixels.
  public static let (styleSize, channels, mappings) = (24, [16, 16, 12, 8], 2)
  /// The length of a code of the style space.
  public static let styleCount = (16 + 16) + (16 + 16 + 16) + (16 + 12 + 12) + (12 + 8 + 8)

  /// The tensors by name.
  public private(set) var tensors: [String: Tensor] = [:]

  /// Draws all weights from the seed.
  public init(seed: UInt64 = 1) {
    self.init(seed: seed, styleSize: Self.styleSize, channels: Self.channels)
  }

  public init(seed: UInt64, styleSize size: Int, channels: [Int]) {
    for index in 1...Self.mappings {
      add("style.\(index).weight", [size, size], seed, deviation: 100)
      add("style.\(index).bias", [size], seed, deviation: 10)
    }
    add("input.input", [1, channels[0], 4, 4], seed)
    var last = channels[0]
    func layer(_ name: String, _ out: Int, taps: Int) -> [(String, [Int], Float, Float)] {
      [
        ("\(name).conv.weight", [1, out, last, taps, taps], 0, 1),
        ("\(name).conv.modulation.weight", [last, size], 0, 0.3),
        ("\(name).conv.modulation.bias", [last], 1, 0.1),
      ]
    }
    func styled(_ name: String, _ out: Int) -> [(String, [Int], Float, Float)] {
      layer(name, out, taps: 3) + [
        ("\(name).noise.weight", [1], 0, 0.2), ("\(name).activate.bias", [out], 0, 0.1),
      ]
    }
    func color(_ name: String) -> [(String, [Int], Float, Float)] {
      layer(name, 3, taps: 1) + [("\(name).bias", [1, 3, 1, 1], 0, 0.1)]
    }
    var all = styled("conv1", last) + color("to_rgb1")
    all.append(("noises.noise_0", [1, 1, 4, 4], 0, 1))
    for (level, out) in channels.dropFirst().enumerated() {
      all += styled("convs.\(2 * level)", out)
      last = out
      all += styled("convs.\(2 * level + 1)", out) + color("to_rgbs.\(level)")
      for noise in [2 * level + 1, 2 * level + 2] {
        all.append(("noises.noise_\(noise)", [1, 1, 8 << level, 8 << level], 0, 1))
      }
    }
    for (name, shape, mean, deviation) in all { add(name, shape, seed, mean: mean, deviation: deviation) }
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ seed: UInt64, mean: Float = 0, deviation: Float = 1
  ) {
    var stream = RandomStream(seed: seed, name: name)
    tensors[name] = stream.normal(shape: shape, mean: mean, deviation: deviation)
  }

  /// Writes the checkpoint as safetensors and lends it to `body`; the file is removed afterwards.
  ///
  /// - Parameters:
  ///   - prefix: What stands before all names.
  ///   - change: Changes the tensors by name before they are written.
  ///   - body: Is lent the file's URL.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws, or what writing throws.
  public func withCheckpoint<Result>(
    prefix: String = "", changing change: (inout [String: Tensor]) -> Void = { _ in },
    _ body: (URL) throws -> Result
  ) throws -> Result {
    var changed = Dictionary(uniqueKeysWithValues: tensors.map { (prefix + $0.key, $0.value) })
    change(&changed)
    return try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("stylegan2.safetensors")
      try TensorFile.writeSafeTensors(
        changed.sorted { $0.key < $1.key }.map { StoredTensor($0.key, $0.value) }, to: url)
      return try body(url)
    }
  }
}
