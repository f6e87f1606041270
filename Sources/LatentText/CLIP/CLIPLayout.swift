import LatentArithmetic
import LatentCore

/// What a kind of checkpoint calls the tensors.
struct CLIPLayout: Sendable {
  let patches, visionPositions, embeddings, textPositions, textProjection: String
  let projectsTurned: Bool
  private let (blocks, parts): ([String: String], [String: String])
  private let modules: [String: String]
  private let places: [String: WeightSource.Place]
  /// The names of queries, keys and values behind a block's path, for weights and biases.
  private let inputs: @Sendable (_ block: String, _ kind: String) -> WeightSource.Place

  static let openAI = CLIPLayout(
    patches: "visual.conv1.weight", visionPositions: "visual.positional_embedding",
    embeddings: "token_embedding.weight", textPositions: "positional_embedding",
    textProjection: "text_projection", projectsTurned: false,
    blocks: ["vision": "visual.transformer.resblocks", "text": "transformer.resblocks"],
    parts: [
      "norm1": "ln_1", "norm2": "ln_2", "attention.output": "attn.out_proj", "expansion": "mlp.c_fc",
      "contraction": "mlp.c_proj",
    ],
    modules: [
      "vision.patches": "visual.conv1", "vision.before": "visual.ln_pre", "vision.after": "visual.ln_post",
      "text.after": "ln_final",
    ],
    places: [
      "vision.class": .init("visual.class_embedding", isTurned: false),
      "vision.positions": .init("visual.positional_embedding", isTurned: false),
      "vision.projection": .init("visual.proj", isTurned: false),
      "text.embeddings": .init("token_embedding.weight", isTurned: false),
      "text.positions": .init("positional_embedding", isTurned: false),
      "text.projection": .init("text_projection", isTurned: false),
      "scale.logarithm": .init("logit_scale", isTurned: false),
    ],
    inputs: { block, kind in .init("\(block).attn.in_proj_\(kind)", isTurned: true) })

  static let huggingFace = CLIPLayout(
    patches: "vision_model.embeddings.patch_embedding.weight",
    visionPositions: "vision_model.embeddings.position_embedding.weight",
    embeddings: "text_model.embeddings.token_embedding.weight",
    textPositions: "text_model.embeddings.position_embedding.weight",
    textProjection: "text_projection.weight", projectsTurned: true,
    blocks: ["vision": "vision_model.encoder.layers", "text": "text_model.encoder.layers"],
    parts: [
      "norm1": "layer_norm1", "norm2": "layer_norm2", "attention.output": "self_attn.out_proj",
      "expansion": "mlp.fc1", "contraction": "mlp.fc2",
    ],
    modules: [
      "vision.patches": "vision_model.embeddings.patch_embedding",
      // The published name lacks its second letter.
      "vision.before": "vision_model.pre_layrnorm", "vision.after": "vision_model.post_layernorm",
      "text.after": "text_model.final_layer_norm",
    ],
    places: [
      "vision.class": .init("vision_model.embeddings.class_embedding", isTurned: false),
      "vision.positions": .init("vision_model.embeddings.position_embedding.weight", isTurned: false),
      "vision.projection": .init("visual_projection.weight", isTurned: true),
      "text.embeddings": .init("text_model.embeddings.token_embedding.weight", isTurned: false),
      "text.positions": .init("text_model.embeddings.position_embedding.weight", isTurned: false),
      "text.projection": .init("text_projection.weight", isTurned: true),
      "scale.logarithm": .init("logit_scale", isTurned: false),
    ],
    inputs: { block, kind in
      .init(
        "\(block).self_attn.q_proj.\(kind)", "\(block).self_attn.k_proj.\(kind)",
        "\(block).self_attn.v_proj.\(kind)", isTurned: true)
    })

  func block(_ tower: String, _ index: Int, _ part: String) -> String {
    "\(blocks[tower] ?? tower).\(index).\(parts[part] ?? part)"
  }

  func source(of file: TensorFile, prefix: String, _ architecture: CLIPArchitecture) -> WeightSource {
    var (modules, places) = (modules, places)
    for (tower, depth) in [("vision", architecture.vision.depth), ("text", architecture.text.depth)] {
      for index in 0..<depth {
        for (ours, theirs) in parts {
          modules["\(tower).block\(index).\(ours)"] = "\(blocks[tower] ?? tower).\(index).\(theirs)"
        }
        for kind in ["weight", "bias"] {
          places["\(tower).block\(index).attention.inputs.\(kind)"] = inputs(
            "\(blocks[tower] ?? tower).\(index)", kind)
        }
      }
    }
    // What archives and older folders hold besides: numbers that follow from the shapes, and the positions' numbers.
    return WeightSource(
      file, modules: modules, tensors: places, prefix: prefix,
      ignoring: { name in
        ["input_resolution", "context_length", "vocab_size", "position_ids"].contains { name.hasSuffix($0) }
      })
  }
}
