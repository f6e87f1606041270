import Foundation
import LatentCore

/// A published network with random weights, stored in the precision of the published file, which the library opens as it
/// opens that one.
struct RandomCheckpoint {
  private var stream = RandomStream(input: "checkpoint")
  private var tensors: [StoredTensor] = []
  /// What lies beside the tensors, by the files' names.
  private var companions: [String: String] = [:]

  /// Writes the weights to a file of a folder of their own, and removes both once the model was opened.
  consuming func opened<Model>(by open: (URL) throws -> Model) throws -> Model {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let file = folder.file("model.safetensors")
    try TensorFile.writeSafeTensors(tensors, to: file)
    for (name, text) in companions { try Data(text.utf8).write(to: folder.file(name)) }
    // The network takes their memory; beside it, they would count in the line's peak.
    tensors = []
    return try open(file)
  }

  private mutating func add(
    _ name: String, _ shape: [Int], mean: Float = 0, deviation: Float, as type: NumberType = .float32
  ) {
    let tensor = stream.normal(shape: shape, mean: mean, deviation: deviation)
    tensors.append(StoredTensor(name, tensor, as: type))
  }
}

// MARK: - StyleGAN2

extension RandomCheckpoint {
  /// StyleGAN2's generator with channel multiplier 2, by the names of rosinality/stylegan2-pytorch.
  ///
  /// The network divides its weights by the root of their fan-in, so they are drawn with deviation 1.
  static func styleGAN2(size: Int) -> RandomCheckpoint {
    var checkpoint = RandomCheckpoint()
    let sizes = sequence(first: 4) { $0 < size ? 2 * $0 : nil }
    var last = channels(4)
    checkpoint.add("input.input", [1, last, 4, 4], deviation: 1)
    for layer in 1...8 {
      checkpoint.add("style.\(layer).weight", [codeSize, codeSize], deviation: 100)
      checkpoint.add("style.\(layer).bias", [codeSize], deviation: 0)
    }
    for (level, size) in sizes.enumerated() {
      let next = channels(size)
      if level == 0 {
        checkpoint.addConvolution("conv1", from: last, to: next, size: size, noise: 0)
        checkpoint.addColors("to_rgb1", from: next)
      } else {
        let first = 2 * level - 2
        checkpoint.addConvolution("convs.\(first)", from: last, to: next, size: size, noise: first + 1)
        checkpoint.addConvolution("convs.\(first + 1)", from: next, to: next, size: size, noise: first + 2)
        checkpoint.addColors("to_rgbs.\(level - 1)", from: next)
      }
      last = next
    }
    return checkpoint
  }

  private static let codeSize = 512

  private static func channels(_ size: Int) -> Int { min(512, 32768 / size) }

  private mutating func addConvolution(
    _ name: String, from inputs: Int, to outputs: Int, size: Int, noise index: Int
  ) {
    addModulated(name, from: inputs, to: outputs, kernel: 3)
    add("\(name).activate.bias", [outputs], deviation: 0)
    add("\(name).noise.weight", [1], mean: 0.1, deviation: 0)
    add("noises.noise_\(index)", [1, 1, size, size], deviation: 1)
  }

  private mutating func addColors(_ name: String, from inputs: Int) {
    addModulated(name, from: inputs, to: 3, kernel: 1)
    add("\(name).bias", [1, 3, 1, 1], deviation: 0)
  }

  private mutating func addModulated(_ name: String, from inputs: Int, to outputs: Int, kernel: Int) {
    add("\(name).conv.weight", [1, outputs, inputs, kernel, kernel], deviation: 1)
    add("\(name).conv.modulation.weight", [inputs, Self.codeSize], deviation: 1)
    add("\(name).conv.modulation.bias", [inputs], mean: 1, deviation: 0)
  }
}

// MARK: - CLIP

extension RandomCheckpoint {
  /// CLIP's ViT-B/32 by OpenAI's names; the tower of texts, which is not measured, has one word, texts of two tokens, and no blocks.
  ///
  /// As in OpenAI's archive, what is multiplied by is in half precision, embeddings and normalizations are not.
  static func clip() -> RandomCheckpoint {
    let (width, patch, positions, features, textWidth) = (768, 32, 50, 512, 64)
    let deviation = 1 / Float(width).squareRoot()
    var checkpoint = RandomCheckpoint()
    checkpoint.add(
      "visual.conv1.weight", [width, 3, patch, patch], deviation: 1 / Float(3 * patch * patch).squareRoot(),
      as: .float16)
    checkpoint.add("visual.class_embedding", [width], deviation: deviation)
    checkpoint.add("visual.positional_embedding", [positions, width], deviation: deviation)
    checkpoint.addNorm("visual.ln_pre", width)
    for index in 0..<12 {
      let block = "visual.transformer.resblocks.\(index)"
      checkpoint.addNorm("\(block).ln_1", width)
      checkpoint.addDense("\(block).attn.in_proj_", from: width, to: 3 * width, as: .float16)
      checkpoint.addDense("\(block).attn.out_proj.", from: width, to: width, as: .float16)
      checkpoint.addNorm("\(block).ln_2", width)
      checkpoint.addDense("\(block).mlp.c_fc.", from: width, to: 4 * width, as: .float16)
      checkpoint.addDense("\(block).mlp.c_proj.", from: 4 * width, to: width, as: .float16)
    }
    checkpoint.addNorm("visual.ln_post", width)
    checkpoint.add("visual.proj", [width, features], deviation: deviation, as: .float16)
    checkpoint.add("token_embedding.weight", [1, textWidth], deviation: 1)
    checkpoint.add("positional_embedding", [2, textWidth], deviation: 1)
    checkpoint.addNorm("ln_final", textWidth)
    checkpoint.add("text_projection", [textWidth, features], deviation: 1, as: .float16)
    checkpoint.add("logit_scale", [], deviation: 0)
    return checkpoint
  }

  private mutating func addNorm(_ name: String, _ channels: Int) {
    add("\(name).weight", [channels], mean: 1, deviation: 0)
    add("\(name).bias", [channels], deviation: 0)
  }

  private mutating func addDense(
    _ prefix: String, from inputs: Int, to outputs: Int, as type: NumberType = .float32
  ) {
    let deviation = 1 / Float(inputs).squareRoot()
    add("\(prefix)weight", [outputs, inputs], deviation: deviation, as: type)
    add("\(prefix)bias", [outputs], deviation: deviation, as: type)
  }
}

// MARK: - MiniLM

extension RandomCheckpoint {
  /// all-MiniLM-L6-v2's sizes by Hugging Face's names, with words that are numbers.
  static func miniLM() -> RandomCheckpoint {
    let (width, words) = (384, 30522)
    var checkpoint = RandomCheckpoint()
    checkpoint.companions["config.json"] = """
      {"model_type": "bert", "hidden_act": "gelu", "hidden_size": \(width), "num_attention_heads": 12,
      "num_hidden_layers": 6, "intermediate_size": \(4 * width), "vocab_size": \(words),
      "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12}
      """
    let special = ["[UNK]", "[CLS]", "[SEP]"]
    checkpoint.companions["vocab.txt"] = (special + (special.count..<words).map { "\($0)" })
      .joined(separator: "\n")
    for (name, rows) in [("word", words), ("position", 512), ("token_type", 2)] {
      checkpoint.add("embeddings.\(name)_embeddings.weight", [rows, width], deviation: 1)
    }
    checkpoint.addNorm("embeddings.LayerNorm", width)
    for index in 0..<6 {
      let layer = "encoder.layer.\(index)"
      for part in ["query", "key", "value"] {
        checkpoint.addDense("\(layer).attention.self.\(part).", from: width, to: width)
      }
      checkpoint.addDense("\(layer).attention.output.dense.", from: width, to: width)
      checkpoint.addNorm("\(layer).attention.output.LayerNorm", width)
      checkpoint.addDense("\(layer).intermediate.dense.", from: width, to: 4 * width)
      checkpoint.addDense("\(layer).output.dense.", from: 4 * width, to: width)
      checkpoint.addNorm("\(layer).output.LayerNorm", width)
    }
    return checkpoint
  }
}
