import LatentArithmetic
import LatentCore

// Here and not beside Model, since a program that edits takes models as they are.
extension Model {
  /// The parts that are put in tensor by tensor; the sizes of a painter are not those of its tensors.
  private static let assembled: [Part] = [.generator, .encoder, .projector]

  /// Makes a model without parts, which ``setParts(_:)`` puts in and trainings add.
  ///
  /// - Parameters:
  ///   - network: The networks of generator and encoder; `NetworkConfiguration.tensorShapes` lists the tensors they take.
  ///   - framing: How the images that the parts are for are cut out, to train encoders on and to be edited: `.detected(by:)`
  ///     with an alignment, or `.centerSquare` where they are no faces.
  /// - Precondition: The framing is one of these two, the latent size from 1 to 65536, and the width from 1 to 4096.
  public init(network: NetworkConfiguration, framing: Framing) { self.init(network, framing: framing) }

  /// The tensors of generator, encoder and projector by path, `generator.input.weight` for example; a painter's are not
  /// among them.
  public var tensors: [String: Tensor] {
    Self.assembled.reduce(into: [:]) { all, part in
      if let found = try? parameters(of: part) { all.merge(found.tensors) { _, new in new } }
    }
  }

  /// Puts whole parts in the place of older ones, and drops the parts that were trained on those.
  ///
  /// A generator drops encoder, projector and painter, and an encoder the latter two. With a projector go the table of
  /// directions and the mean code, which ``setDirections(_:meanCode:)`` puts in.
  ///
  /// - Parameter tensors: All tensors of one part or several by path, as ``tensors`` gives them. The generator's and the
  ///   encoder's have the shapes of `NetworkConfiguration.tensorShapes`. The projector's are `projector.hidden.weight`, [word
  ///   vector, units], and `projector.output.weight`, [units, latent size], and of each the `bias`; word vectors may have
  ///   any length, and there may be any number of units.
  /// - Throws: `WeightSourceError` with every tensor that is missing, misshapen or unknown, or else with what is not
  ///   finite; the model is then as it was.
  public mutating func setParts(_ tensors: [String: Tensor]) throws(WeightSourceError) {
    let given = Parameters(tensors)
    let parts = Self.assembled.map { (part: $0, tensors: given.filtered(byPrefix: $0.prefix)) }
      .filter { !$0.tensors.paths.isEmpty }
    try given.check(
      against: parts.flatMap { specifications(of: $0.part, in: $0.tensors) }, name: "tensors of a model")
    // In the order of training, so that none drops another.
    for (part, tensors) in parts { set(part, to: tensors, record: nil) }
  }

  /// Puts in directions of words that were found in any way, boundaries or differences of means for example, as the
  /// model's table, from which an `Editor` takes them.
  ///
  /// A projector that the model has stays, and gives words their directions where an editor is opened with word vectors.
  ///
  /// - Parameters:
  ///   - directions: The direction of each word; words are looked up as they are written, or else in lower case.
  ///   - meanCode: The code of the plainest image, such as the mean of the codes of many.
  /// - Precondition: There is at least one word; none is empty or holds a line's end.
  /// - Throws: `WeightSourceError` with what has another size than the model's codes, or is not finite; the model is then
  ///   as it was.
  public mutating func setDirections(
    _ directions: [String: Direction<ZSpace>], meanCode: Latent<ZSpace>
  ) throws(WeightSourceError) {
    precondition(!directions.isEmpty, "A table of directions has at least one word.")
    let words = directions.keys.sorted()
    for word in words {
      precondition(
        !word.isEmpty && !word.contains(where: \.isNewline),
        "“\(word)” cannot be a word of a table of directions.")
    }
    let rows = words.compactMap { word in directions[word].map { ("direction of “\(word)”", $0.values) } }
    let given = Parameters(
      Dictionary(
        uniqueKeysWithValues: (rows + [("mean code", meanCode.values)]).map {
          ($0.0, Tensor(shape: [$0.1.count], elements: $0.1))
        }))
    try given.check(
      against: given.paths.map {
        ParameterSpecification(path: $0, shape: [network.latentSize], initializer: .constant(0))
      }, name: "directions of a model")
    self.directions = WordVectors(words: words, values: rows.flatMap(\.1))
    self.meanCode = Tensor(shape: [network.latentSize], elements: meanCode.values)
  }
}

extension NetworkConfiguration {
  /// The shape of each tensor that the generator and the encoder take, by path.
  ///
  /// Filters are [kernel, kernel, in, out], those of transposed convolutions [kernel, kernel, out, in], dense weights
  /// [in, out]; a normalization has `scale`, `offset` and the running `mean` and `variance`.
  public var tensorShapes: [String: [Int]] {
    Dictionary(uniqueKeysWithValues: (generator.parameters + encoder.parameters).map { ($0.path, $0.shape) })
  }
}
