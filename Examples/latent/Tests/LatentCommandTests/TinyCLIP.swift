import Foundation
import LatentArithmetic
import LatentCore

/// A CLIP of random weights with one narrow block a tower, in OpenAI's layout and with the whole vocabulary.
enum TinyCLIP {
  static func write(to url: URL) throws {
    let (width, features, vocabulary) = (8, 6, 49_408)
    var tensors: [StoredTensor] = []
    var random = SplitMix(state: 1)
    func add(_ name: String, _ shape: [Int], deviation: Float = 0.3) {
      // Uniform numbers of this deviation.
      let limit = Float(3).squareRoot() * deviation
      let elements = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -limit...limit, using: &random) }
      tensors.append(StoredTensor(name, Tensor(shape: shape, elements: elements)))
    }
    func addNorm(_ name: String) {
      tensors.append(StoredTensor(name + ".weight", Tensor(shape: [width], repeating: 1)))
      tensors.append(StoredTensor(name + ".bias", Tensor(shape: [width], repeating: 0)))
    }
    for tower in ["visual.transformer", "transformer"] {
      let block = tower + ".resblocks.0."
      add(block + "attn.in_proj_weight", [3 * width, width])
      add(block + "attn.in_proj_bias", [3 * width])
      add(block + "attn.out_proj.weight", [width, width])
      add(block + "attn.out_proj.bias", [width])
      addNorm(block + "ln_1")
      add(block + "mlp.c_fc.weight", [4 * width, width])
      add(block + "mlp.c_fc.bias", [4 * width])
      add(block + "mlp.c_proj.weight", [width, 4 * width])
      add(block + "mlp.c_proj.bias", [width])
      addNorm(block + "ln_2")
    }
    for name in ["visual.ln_pre", "visual.ln_post", "ln_final"] { addNorm(name) }
    add("visual.conv1.weight", [width, 3, 16, 16], deviation: 0.05)
    add("visual.class_embedding", [width])
    add("visual.positional_embedding", [17, width])
    add("visual.proj", [width, features])
    add("token_embedding.weight", [vocabulary, width], deviation: 1)
    add("positional_embedding", [77, width])
    add("text_projection", [width, features])
    add("logit_scale", [])
    try TensorFile.writeSafeTensors(tensors, to: url)
  }
}

/// The generator of Steele, Lea and Flood 2014: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
