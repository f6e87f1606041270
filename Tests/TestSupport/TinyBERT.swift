import Foundation
import LatentCore

/// A BERT of random weights with the names of Hugging Face, and its twin in double precision, in plain loops.
package struct TinyBERT {
  package var width: Int
  package var heads: Int
  package var depth: Int
  package var expandedWidth: Int
  package var positions: Int
  package var epsilon: Double
  package var vocabulary: [String]

  private let types = 2

  /// The tensors' shapes by name.
  private var shapes: [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])] = [
      ("embeddings.word_embeddings.weight", [vocabulary.count, width]),
      ("embeddings.position_embeddings.weight", [positions, width]),
      ("embeddings.token_type_embeddings.weight", [types, width]),
    ]
    func norm(_ name: String) { shapes += [(name + ".weight", [width]), (name + ".bias", [width])] }
    func dense(_ name: String, _ inputs: Int, _ outputs: Int) {
      shapes += [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])]
    }
    norm("embeddings.LayerNorm")
    for layer in 0..<depth {
      let path = "encoder.layer.\(layer)."
      for part in ["query", "key", "value"] { dense(path + "attention.self." + part, width, width) }
      dense(path + "attention.output.dense", width, width)
      norm(path + "attention.output.LayerNorm")
      dense(path + "intermediate.dense", width, expandedWidth)
      dense(path + "output.dense", expandedWidth, width)
      norm(path + "output.LayerNorm")
    }
    return shapes
  }

  /// Rows of a dense weight have length about 1, all else is about 1.
  package var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (index, (name, shape)) in shapes.enumerated() {
      let isDense = shape.count == 2 && !name.hasPrefix("embeddings.")
      let scale = isDense ? 1 / Float(shape[1]).squareRoot() : 1
      let numbers = randomFloats(count: shape.reduce(1, *), seed: UInt64(index) + 1).map { $0 * scale }
      tensors[name] = Tensor(shape: shape, elements: numbers)
    }
    return tensors
  }

  /// What `config.json` says.
  package var configuration: [String: Any] {
    [
      "model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute",
      "hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": depth,
      "intermediate_size": expandedWidth, "vocab_size": vocabulary.count,
      "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": epsilon,
    ]
  }

  /// The files by name: the configuration, the list of tokens, and the tensors with `prefix` before their names.
  package func write(to folder: URL, prefix: String = "", adding others: [String: Tensor] = [:]) throws {
    try write(configuration, to: folder.appendingPathComponent("config.json"))
    try Data(vocabulary.map { $0 + "\n" }.joined().utf8).write(to: folder.appendingPathComponent("vocab.txt"))
    let stored = tensors.map { StoredTensor(prefix + $0.key, $0.value) }
    try TensorFile.writeSafeTensors(
      stored + others.map { StoredTensor($0.key, $0.value) },
      to: folder.appendingPathComponent("model.safetensors"))
  }

  /// Writes a JSON file.
  package func write(_ contents: Any, to url: URL) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try JSONSerialization.data(withJSONObject: contents).write(to: url)
  }

  /// Describes a network; its epsilon is far from zero, so that leaving it out shows.
  package init(
    width: Int = 36, heads: Int = 3, depth: Int = 2, expandedWidth: Int = 52, positions: Int = 16,
    epsilon: Double = 0.25, vocabulary: [String] = Self.words
  ) {
    (self.width, self.heads, self.depth, self.expandedWidth) = (width, heads, depth, expandedWidth)
    (self.positions, self.epsilon, self.vocabulary) = (positions, epsilon, vocabulary)
  }

  package static let words =
    "[PAD] [UNK] [CLS] [SEP] [MASK] a man woman with the hat beard no smile ##s ##d , !"
    .split(separator: " ").map(String.init)

  // MARK: - Twin

  /// The feature of a text of tokens: the mean over what the last layer makes of each, divided by its length.
  package func feature(of tokens: [Int]) -> [Double] {
    let mean = mean(of: tokens, tensors.mapValues { $0.elements.map(Double.init) })
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return mean.map { $0 / length }
  }

  /// The mean over what the last layer makes of each token, by the numbers of the tensors.
  package func mean(of tokens: [Int], _ values: ReferenceParameters) -> [Double] {
    func numbers(_ name: String) -> [Double] { values[name] ?? [] }
    func row(_ name: String, _ index: Int) -> [Double] {
      Array(numbers(name)[index * width..<(index + 1) * width])
    }
    func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
    func norm(_ x: [Double], _ name: String) -> [Double] {
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      let (scale, offset) = (numbers(name + ".weight"), numbers(name + ".bias"))
      return x.indices.map { (x[$0] - mean) / (variance + epsilon).squareRoot() * scale[$0] + offset[$0] }
    }
    func dense(_ x: [Double], _ name: String) -> [Double] {
      let weight = numbers(name + ".weight")
      return numbers(name + ".bias").enumerated().map { output, bias in
        x.enumerated().reduce(bias) { $0 + $1.element * weight[output * x.count + $1.offset] }
      }
    }
    var sequence = tokens.enumerated().map { place, token in
      norm(
        sum(
          sum(
            row("embeddings.word_embeddings.weight", token),
            row("embeddings.position_embeddings.weight", place)),
          row("embeddings.token_type_embeddings.weight", 0)),
        "embeddings.LayerNorm")
    }
    for layer in 0..<depth {
      let path = "encoder.layer.\(layer)."
      let attended = attention(
        sequence.map { dense($0, path + "attention.self.query") },
        sequence.map { dense($0, path + "attention.self.key") },
        sequence.map { dense($0, path + "attention.self.value") })
      sequence = zip(sequence, attended).map { x, y in
        let middle = norm(
          sum(x, dense(y, path + "attention.output.dense")), path + "attention.output.LayerNorm")
        let expanded = dense(middle, path + "intermediate.dense")
          .map { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }
        return norm(sum(middle, dense(expanded, path + "output.dense")), path + "output.LayerNorm")
      }
    }
    return (0..<width).map { channel in
      sequence.reduce(0) { $0 + $1[channel] } / Double(sequence.count)
    }
  }

  /// softmax(Q·Kᵀ/√d)·V for each head of d channels.
  private func attention(_ q: [[Double]], _ k: [[Double]], _ v: [[Double]]) -> [[Double]] {
    let size = width / heads
    return q.map { query in
      (0..<width).map { channel in
        let first = channel / size * size
        let weights = k.map { key in
          exp((first..<first + size).reduce(0) { $0 + query[$1] * key[$1] } / Double(size).squareRoot())
        }
        return zip(weights, v).reduce(0) { $0 + $1.0 * $1.1[channel] } / weights.reduce(0, +)
      }
    }
  }
}
