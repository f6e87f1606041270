import Foundation
import LatentArithmetic
import LatentCore

/// A StyleGAN2 of 64 pixels with random weights, as a checkpoint of rosinality's names and shapes.
enum TinyStyleGAN2 {
  /// How many vectors a code of W⁺ has, and how many numbers each.
  static let (vectors, width) = (10, 6)

  static func write(to url: URL) throws {
    let channels = 4
    var tensors: [StoredTensor] = []
    var random = SplitMix(state: 2)
    func add(_ name: String, _ shape: [Int], mean: Float = 0, deviation: Float = 1) {
      let limit = Float(3).squareRoot() * deviation
      let elements = (0..<shape.reduce(1, *)).map { _ in
        mean + Float.random(in: -limit...limit, using: &random)
      }
      tensors.append(StoredTensor(name, Tensor(shape: shape, elements: elements)))
    }
    func addLayer(_ name: String, outputs: Int, taps: Int) {
      add(name + ".conv.weight", [1, outputs, channels, taps, taps])
      add(name + ".conv.modulation.weight", [channels, width], deviation: 0.3)
      add(name + ".conv.modulation.bias", [channels], mean: 1, deviation: 0.1)
    }
    func addStyled(_ name: String) {
      addLayer(name, outputs: channels, taps: 3)
      add(name + ".noise.weight", [1], deviation: 0.2)
      add(name + ".activate.bias", [channels], deviation: 0.1)
    }
    func addColor(_ name: String) {
      addLayer(name, outputs: 3, taps: 1)
      add(name + ".bias", [1, 3, 1, 1], deviation: 0.1)
    }
    for number in 1...2 {
      add("style.\(number).weight", [width, width], deviation: 100)
      add("style.\(number).bias", [width], deviation: 10)
    }
    add("input.input", [1, channels, 4, 4])
    addStyled("conv1")
    addColor("to_rgb1")
    add("noises.noise_0", [1, 1, 4, 4])
    for level in 0..<4 {
      addStyled("convs.\(2 * level)")
      addStyled("convs.\(2 * level + 1)")
      addColor("to_rgbs.\(level)")
      for noise in 1...2 { add("noises.noise_\(2 * level + noise)", [1, 1, 8 << level, 8 << level]) }
    }
    try TensorFile.writeSafeTensors(tensors, to: url)
  }
}
