import LatentArithmetic
import LatentCore
import LatentText

extension Training {
  /// Trains a projector of words, phrases and sentences and adds it, with a table of what common words mean.
  ///
  /// What it says is in the span of the directions of the model's attributes, so the model has to have a projector of words,
  /// whose θ = 1 it takes over. No image is read. The record holds how often texts that were held back mean the attribute
  /// that they are about, and nothing else more.
  ///
  /// - Parameters:
  ///   - recipe: Optimizer, steps, sizes.
  ///   - encoders: What gives texts their features. The first makes the table; others, of the same space, are those that
  ///     the model may be used with, too.
  ///   - words: Common words for the table, the most frequent first.
  /// - Precondition: There is an encoder, and all have features of one size.
  /// - Throws: ``TrainingError``, `RunError`, `ModelError`, `FileError`, `TensorFileError`, `CancellationError`; what an
  ///   encoder throws.
  public func trainTexts(_ recipe: TextRecipe, encoders: [any TextModel], words: [String]) throws {
    precondition(
      !encoders.isEmpty && encoders.allSatisfy { $0.featureSize == encoders[0].featureSize },
      "A projector of texts takes features of one size.")
    let run = try begin()
    if dataset.attributeNames.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    var result = try Model(contentsOf: model)
    let attributes = try AttributeDirections(result, attributeNames: dataset.attributeNames)
    let texts = AttributeTexts(attributeNames: dataset.attributeNames)
    let table = Self.distinct(words.map { $0.lowercased() })
    let features = try self.features(of: table, by: encoders[0], "reading words")
    let neutral = try neutralWords(table, features, beside: texts, by: encoders[0])
    let lessons = TextLessons(texts, compounds: recipe.compounds, others: neutral, seed: seed)
    let groups = try encoders.flatMap {
      try self.groups(of: lessons, recipe, by: $0, coordinates: attributes.coordinates)
    }
    var record = RunRecord(recipe: recipe, seed: seed, images: 0)
    var trainer = TextProjectorTrainer(record: record, groups: groups, threads: options.threads)
    try run.run(&trainer, report: report)
    let listed = TextLessons.lessons(
      texts.examples.filter { !$0.isHeld && $0.isBare }, attributes: dataset.attributeNames.count
    )
    var meanings = Dictionary(zip(table, trainer.meanings(of: features))) { first, _ in first }
    for entry in listed {
      meanings[entry.text] = TextMeaning(coordinates: attributes.coordinates(entry.signs), certainty: 1)
    }
    // Only the first that mean something have rows in the table.
    let all = Self.distinct(listed.map(\.text) + table)
    let (named, others) = (
      all.filter { meanings[$0]?.isNothing == false }, all.filter { meanings[$0]?.isNothing == true }
    )
    let configuration = TextProjector.Configuration(attributes: attributes.words, words: named + others)
    let parameters = trainer.parameters.with(
      (named + others).compactMap { meanings[$0] }, named: named.count, attributes)
    result.setTexts(configuration, to: parameters, record: record.json)
    record.measured = try measured(result, lessons, attributes, by: encoders[encoders.count - 1])
    result.records[Model.Part.texts.rawValue] = record.json
    try result.write(to: model, precision: .single)
  }

  /// What a projector of texts learns of the features of an encoder.
  func groups(
    of lessons: TextLessons, _ recipe: TextRecipe, by encoder: any TextModel,
    coordinates: ([Float]) -> [Float]
  ) throws -> [TextProjectorTrainer.Group] {
    try zip([lessons.single, lessons.compounds, lessons.neutral], recipe.shares)
      .filter { !$0.0.isEmpty }.map { lessons, share in
        TextProjectorTrainer.Group(
          features: try features(of: lessons.map(\.text), by: encoder, "reading texts"),
          lessons: lessons, share: share, coordinates: coordinates)
      }
  }

  /// How often what is held back means what it is about, by the texts' kinds, and how well words that name nothing are told
  /// from held-back words that name something: the area under the curve of certainty.
  private func measured(
    _ model: Model, _ lessons: TextLessons, _ attributes: AttributeDirections, by encoder: any TextModel
  ) throws -> [String: Double] {
    let projector = try WordProjector(model, texts: encoder, threads: options.threads)
    func meanings(of texts: [String]) throws -> [TextMeaning] {
      var meanings: [TextMeaning] = []
      try StepLoop.forEach("measuring", of: texts.count, batch: 16, report: report) { items in
        meanings += texts[items].compactMap { projector.meaning(of: $0)?.meaning }
      }
      return meanings
    }
    let known = lessons.held.filter { example in
      attributes.targets.contains { $0.attribute == example.target.attribute }
    }
    let bare = known.filter(\.isBare)
    let phrases = known.filter { !$0.isBare }
    // Evenly from all.
    let some = stride(from: 0, to: phrases.count, by: max(1, phrases.count / Self.measured)).map {
      phrases[$0]
    }
    let held = bare + some
    let read = try meanings(of: held.map(\.text))
    func share(_ isCounted: (AttributeTexts.Example) -> Bool) -> Double {
      let counted = held.indices.filter { isCounted(held[$0]) }
      let right = counted.count { attributes.mostNamed(by: read[$0]) == held[$0].meant }
      return Double(right) / Double(counted.count)
    }
    var result = [
      "held words": share(\.isBare), "held phrases": share { !$0.isBare && !$0.isNegated },
      "held negations": share(\.isNegated),
    ]
    let named = bare.indices.map { read[$0].certainty }
    let others = try meanings(of: lessons.heldNeutral).map(\.certainty).sorted()
    let below = named.reduce(0) { sum, certainty in sum + others.count { $0 < certainty } }
    result["area under the curve of certainty"] = Double(below) / Double(named.count * others.count)
    result["rank correlation of near words and near directions"] = try continuity(
      bare.indices.filter { !read[$0].isNothing }.map { (bare[$0], read[$0]) }, by: encoder)
    return result.filter { $0.value.isFinite }
  }

  /// Spearman's ρ of the cosines of texts' features and of what they mean, over all pairs of one attribute and as many of
  /// different ones; NaN of too few.
  private func continuity(
    _ texts: [(example: AttributeTexts.Example, meaning: TextMeaning)], by encoder: any TextModel
  ) throws -> Double {
    if texts.count < 2 { return .nan }
    let features = try features(of: texts.map(\.example.text), by: encoder, "measuring")
    func attribute(_ index: Int) -> Int { texts[index].example.target.attribute }
    let pairs = texts.indices.flatMap { a in (0..<a).map { (a, $0) } }
    let near = pairs.filter { attribute($0.0) == attribute($0.1) }
    var random = RandomStream(seed: seed, name: "pairs of texts")
    let far = Array(
      pairs.filter { attribute($0.0) != attribute($0.1) }.shuffled(using: &random).prefix(near.count))
    func cosine(_ a: [Float], _ b: [Float]) -> Double {
      Double(Direction<ZSpace>(a).cosine(to: Direction<ZSpace>(b)))
    }
    return RankCorrelation.spearman(
      (near + far).map { cosine(features.row($0.0), features.row($0.1)) },
      (near + far).map { cosine(texts[$0.0].meaning.coordinates, texts[$0.1].meaning.coordinates) }) ?? .nan
  }

  /// Each text once, in the order of the first.
  static func distinct(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  func features(of texts: [String], by encoder: any TextModel, _ activity: String) throws -> Tensor {
    var parts: [Tensor] = []
    try StepLoop.forEach(activity, of: texts.count, batch: 256, report: report) {
      parts.append(try encoder.features(ofTexts: Array(texts[$0])))
    }
    return .concatenated(parts)
  }

  /// The words that are unlike all that is said of attributes.
  ///
  /// A word that is like it may name something all the same, and would be learned as naming nothing.
  func neutralWords(
    _ words: [String], _ features: Tensor, beside texts: AttributeTexts, by encoder: any TextModel
  ) throws -> [String] {
    let named = texts.examples.filter { $0.isBare && !$0.isHeld }.map(\.text)
    let cosines = Kernels.matrixProduct(
      features, try encoder.features(ofTexts: named), transposingSecond: true, threads: options.threads)
    return words.indices.filter { cosines.row($0).max() ?? 0 < Self.likeness }.map { words[$0] }
  }

  /// The cosine from which a word counts as like another.
  private static let likeness: Float = 0.38
}

extension Parameters {
  /// A projector of texts with its table.
  fileprivate func with(
    _ meanings: [TextMeaning], named: Int, _ attributes: AttributeDirections
  ) -> Parameters {
    var result = self
    let (words, size) = (attributes.words.count, attributes.directions[0].values.count)
    result[TextProjector.directionsPath] = Tensor(
      shape: [words, size], elements: attributes.directions.flatMap(\.values))
    result[TextProjector.wordsPath] = Tensor(
      shape: [named, words], elements: meanings.prefix(named).flatMap(\.coordinates))
    result[TextProjector.certaintiesPath] = Tensor(
      shape: [meanings.count], elements: meanings.map(\.certainty))
    return result
  }
}

extension AttributeDirections {
  /// What a text names or denies most.
  fileprivate func mostNamed(by meaning: TextMeaning) -> AttributeTarget? {
    let coordinates = meaning.coordinates
    guard let largest = coordinates.indices.max(by: { abs(coordinates[$0]) < abs(coordinates[$1]) }) else {
      return nil
    }
    return coordinates[largest] > 0 ? targets[largest] : targets[largest].opposite
  }
}
