/// What `config.json` says of a BERT; an encoder's own file says it in the same words.
struct BERTConfiguration: Codable {
  static let file = "config.json"

  var model_type: String?
  var hidden_act: String?
  var position_embedding_type: String?
  var is_decoder: Bool?
  var hidden_size: Int?
  var num_hidden_layers: Int?
  var num_attention_heads: Int?
  var intermediate_size: Int?
  var vocab_size: Int?
  var max_position_embeddings: Int?
  var type_vocab_size: Int?
  var layer_norm_eps: Double?
  /// Of an encoder's own file alone: the width of the table, and the outputs of a dense layer behind the mean.
  var table_size: Int?
  var output_size: Int?

  /// The sizes, nil where something is not a BERT's, which is added to `faults` as said by `file`.
  func architecture(
    in file: String = Self.file, _ faults: inout [SentenceEncoderError.Fault]
  ) -> BERTArchitecture? {
    let before = faults.count
    func refuse(_ key: String, _ got: String?, _ expected: String) {
      faults.append(.unsupported(file: file, key: key, expected: expected, got: got))
    }
    func check(_ key: String, _ got: String?, is expected: String) {
      if let got, got != expected { refuse(key, got, "“\(expected)”") }
    }
    func size(_ key: String, _ got: Int?, in range: ClosedRange<Int>) -> Int {
      guard let got, range.contains(got) else {
        refuse(key, got.map { "\($0)" }, "a number from \(range.lowerBound) to \(range.upperBound)")
        return range.lowerBound
      }
      return got
    }
    let width = size("hidden_size", hidden_size, in: Self.sizes)
    let heads = size("num_attention_heads", num_attention_heads, in: Self.sizes)
    if faults.count == before, width % heads != 0 {
      refuse("num_attention_heads", "\(heads)", "a divisor of hidden_size, \(width)")
    }
    check("model_type", model_type, is: "bert")
    check("hidden_act", hidden_act, is: "gelu")
    check("position_embedding_type", position_embedding_type, is: "absolute")
    check("is_decoder", is_decoder.map { "\($0)" }, is: "false")
    let tableWidth = table_size.map { size("table_size", $0, in: Self.sizes) }
    let outputs = output_size.map { size("output_size", $0, in: Self.sizes) }
    let epsilon = layer_norm_eps ?? 1e-12
    if !(0...1).contains(epsilon) { refuse("layer_norm_eps", "\(epsilon)", "a number from 0 to 1") }
    let architecture = BERTArchitecture(
      width: width, heads: heads,
      depth: size("num_hidden_layers", num_hidden_layers, in: 1...Self.mostBlocks),
      expandedWidth: size("intermediate_size", intermediate_size, in: Self.sizes),
      vocabularySize: size("vocab_size", vocab_size, in: Self.sizes),
      // A text has at least its start and its end.
      positions: size("max_position_embeddings", max_position_embeddings, in: 2...Self.sizes.upperBound),
      types: size("type_vocab_size", type_vocab_size, in: Self.sizes), epsilon: Float(epsilon),
      tableWidth: tableWidth, outputs: outputs)
    return faults.count == before ? architecture : nil
  }

  /// Says what an architecture is.
  init(_ architecture: BERTArchitecture) {
    (hidden_size, num_hidden_layers) = (architecture.width, architecture.depth)
    (num_attention_heads, intermediate_size) = (architecture.heads, architecture.expandedWidth)
    (vocab_size, max_position_embeddings) = (architecture.vocabularySize, architecture.positions)
    (type_vocab_size, layer_norm_eps) = (architecture.types, Double(architecture.epsilon))
    (table_size, output_size) = (architecture.tableWidth, architecture.outputs)
  }

  /// More than any published model has.
  private static let sizes = 1...1 << 24
  private static let mostBlocks = 1000
}
