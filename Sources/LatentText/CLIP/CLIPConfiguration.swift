import Foundation
import LatentArithmetic
import LatentCore

/// What the shapes of a checkpoint's tensors do not tell; where it says nothing, OpenAI's values.
struct CLIPConfiguration {
  var (visionHeads, textHeads): (Int?, Int?)
  var gelu = GELU.logistic

  init() {}

  /// Reads Hugging Face's `config.json`.
  init(contentsOf url: URL) throws {
    struct Tower: Decodable {
      var num_attention_heads: Int?
      var hidden_act: String?
    }
    struct Configuration: Decodable {
      var vision_config: Tower?
      var text_config: Tower?
    }
    let data = try MappedFile(contentsOf: url).withBytes { Data($0.withoutByteOrderMark) }
    guard let read = try? JSONDecoder().decode(Configuration.self, from: data) else {
      throw CLIPError.configurationMalformed(file: url.path)
    }
    let towers = [read.vision_config, read.text_config]
    (visionHeads, textHeads) = (towers[0]?.num_attention_heads, towers[1]?.num_attention_heads)
    let activations = Set(towers.compactMap { $0?.hidden_act })
    switch activations {
    case [], ["quick_gelu"]: gelu = .logistic
    case ["gelu"]: gelu = .exact
    default: throw CLIPError.activationUnknown(file: url.path, got: activations.sorted())
    }
  }
}
