import LatentArithmetic
import LatentCore
import LatentText

extension Evaluation {
  /// How many photos are edited by a sentence.
  private static let photosPerSentence = 6
  /// How many steps a mapper is trained by; the published fifty thousand are too many for a sentence about each attribute.
  private static let mapperSteps = 300

  /// StyleCLIP's methods, of which each makes a direction for each photo.
  private enum Method: String, CaseIterable {
    case optimization, direction, mapper
  }

  /// Measures what StyleCLIP's three methods do to photos that lack what a sentence says, one sentence about each attribute:
  /// “a face with a beard”, “a smiling face”.
  ///
  /// They are sentences that models learn by, so that the methods are measured and not the reading of texts. The optimization
  /// is `LatentOptimization.joint`, the direction that of the photo's own `DirectionRelevance`; a mapper is trained by 300
  /// steps on the codes of training photos, without a model of identity.
  ///
  /// - Parameter model: Tells how well images fit sentences.
  /// - Returns: What each method does.
  /// - Throws: `TextEditingError.notPainted` where edits are not painted; what the methods and the model throw;
  ///   `CancellationError` when the task is cancelled.
  public func measureSentences(by model: any ImageTextModel) throws -> [EvaluationReport.Sentences] {
    if held.rendering != .paint { throw TextEditingError.notPainted }
    let (features, person) = people
    let texts = AttributeTexts(attributeNames: scorer.attributeNames)
    var attributes: Set<Int> = []
    let sentences = words.indices.compactMap { word -> (word: Int, text: String)? in
      let attribute = targets[word].attribute
      guard attributes.insert(attribute).inserted else { return nil }
      return texts.sentence(about: attribute).map { (word, $0) }
    }
    var relevances: [Int: DirectionRelevance<ZSpace>] = [:]
    return try Method.allCases.map { method in
      let effects = try ranks.sharing(sentences.count) { index in
        try advance("sentences by \(method.rawValue)", index + 1, of: sentences.count)
        let sentence = sentences[index]
        let target = AttributeTarget(attribute: targets[sentence.word].attribute, isReversed: false)
        let rows = held.lacking(target, atMost: Self.photosPerSentence)
        let unknown = rows.filter { relevances[$0] == nil }
        for (row, relevance) in zip(unknown, try relevance(of: unknown, model.imageModel)) {
          relevances[row] = relevance
        }
        return try effect(
          named: sentence.text, of: sentence.word, target: target, on: rows,
          along: directions(by: method, toward: sentence.text, model, on: rows, relevances),
          features: features, person)
      }
      return EvaluationReport.Sentences(
        method: method.rawValue, of: effects.map(\.report),
        personIsToStay: { !Self.changingThePerson.contains($0) })
    }
  }

  /// What the painter's directions do to each photo.
  private func relevance(
    of rows: [Int], _ model: any ImageModel
  ) throws -> [DirectionRelevance<ZSpace>] {
    try forEachPhoto(rows) { _, face in try DirectionRelevance(of: [face], model: model, threads: 1) }
  }

  /// How a method moves each photo's code toward a sentence.
  private func directions(
    by method: Method, toward text: String, _ model: any ImageTextModel, on rows: [Int],
    _ relevances: [Int: DirectionRelevance<ZSpace>]
  ) throws -> [Direction<ZSpace>] {
    switch method {
    case .optimization:
      return try forEachPhoto(rows) { row, face in
        var optimizer = try LatentOptimizer(
          .joint, of: face, toward: text, model: model, relevance: relevances[row], threads: 1)
        try optimizer.run()
        return optimizer.direction
      }
    case .direction:
      let change = try model.direction(from: LatentOptimization.joint.neutral, to: text, in: ["{}"])
      return try rows.compactMap { row in
        try relevances[row].map { try GlobalDirection(toward: change, by: $0).direction }
      }
    case .mapper:
      var recipe = MapperRecipe(text: text)
      (recipe.steps, recipe.identityWeight) = (Self.mapperSteps, 0)
      var training = try MapperTraining(
        recipe,
        of: LatentMapper<ZSpace>(latentSize: generator.latentSize, seed: 1, threads: threads),
        codes: (0..<trained.latents.shape[0]).map { Latent(Array(trained.latents.row($0))) },
        generator: generator, model: model, threads: threads)
      while training.step < training.steps {
        try Task.checkCancellation()
        _ = try training.advance()
      }
      let mapper = training.mapper
      return rows.map { mapper.direction(for: held.photos[$0].face.code) }
    }
  }

  private func forEachPhoto<Result: Sendable>(
    _ rows: [Int], _ result: @Sendable (_ row: Int, EditedFace<ZSpace>) throws -> Result
  ) throws -> [Result] {
    try Kernels.concurrently(rows.count, threads: threads) { [photos = held.photos] index in
      Swift.Result { try result(rows[index], photos[rows[index]].face) }
    }.map { try $0.get() }
  }
}
