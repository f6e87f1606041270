import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// A CLIP of random weights with one narrow block a tower, in OpenAI's layout and with the whole vocabulary.
enum TinyCLIP {
  static func write(to url: URL) throws {
    let (width, features, vocabulary) = (8, 6, 49_408)
    var tensors: [StoredTensor] = []
    func add(_ name: String, _ shape: [Int], deviation: Float = 0.3) {
      var stream = RandomStream(seed: 1, name: name)
      tensors.append(StoredTensor(name, stream.normal(shape: shape, deviation: deviation)))
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
