import LatentArithmetic
import LatentCore

extension Evaluation {
  /// How much of the differences between photos' codes lies along the words that they differ in.
  func measureExplainedVariance(_ directions: [Direction<ZSpace>]) throws
    -> EvaluationReport.ExplainedVariance
  {
    let data = LabeledLatents(
      latents: held.codes, labels: held.labels.flatMap { label in targets.map { $0.applies(to: label) } },
      words: words.count)
    let pairs = Pairs(
      data.randomPairs(4096, seed: Self.seed, name: "explained variance"), of: data)
    let matrix = Tensor(
      shape: [words.count, generator.latentSize], elements: directions.flatMap(\.values))
    let ours = explainedVariance(of: matrix, on: pairs)
    let free = explainedVariance(of: try freeDirections(), on: pairs)
    let components = PrincipalComponents(of: trained.latents, count: words.count, threads: threads)
    return EvaluationReport.ExplainedVariance(
      projector: ours.ifFinite, freeDirections: free.ifFinite, share: (ours / free).ifFinite,
      pca: [10, words.count].map { count in
        let along = Kernels.matrixProduct(
          pairs.differences, components.components.rows(Array(0..<min(count, components.variances.count))),
          transposingSecond: true, threads: threads)
        return .init(components: count, share: (along.squaredNorm / pairs.differences.squaredNorm).ifFinite)
      }, pairs: pairs.count)
  }

  private func explainedVariance(of directions: Tensor, on pairs: Pairs) -> Double {
    let loss = pairs.thetaLoss(of: Tape(threads: threads).constant(directions))
    return Double(pairs.losses(loss.value.scalar).explainedVariance)
  }

  /// A direction for each word without any network, trained by the θ loss on as many pairs as a projector is.
  private func freeDirections() throws -> Tensor {
    let (recipe, path) = (ProjectorRecipe.paper, "directions")
    var stream = RandomStream(seed: Self.seed, name: path)
    var parameters = Parameters()
    parameters[path] = stream.normal(shape: [words.count, generator.latentSize], deviation: 0.1)
    var training = TrainedParameters(parameters, by: recipe.optimizer)
    for step in 0..<recipe.steps {
      try Task.checkCancellation()
      if step % 100 == 0 { try advance("free directions", step, of: recipe.steps) }
      guard let directions = training.values[path] else { preconditionFailure("There are directions.") }
      let pairs = Pairs(
        trained.randomPairs(recipe.batch, seed: Self.seed, name: "free \(step)"), of: trained)
      let tape = Tape(threads: threads)
      let loss = pairs.thetaLoss(of: tape.watch(directions, path: path))
      training.update(gradients: tape.gradients(of: loss), threads: threads)
    }
    return training.values[path] ?? Tensor(shape: [0, 0], repeating: 0)
  }

  /// How far the directions of words are from orthogonal.
  func cosine(_ directions: [Direction<ZSpace>]) -> EvaluationReport.Cosine {
    let correlations = trained.labelCorrelations
    let values = directions.map { a in directions.map { b in Double(a.cosine(to: b)) } }
    let pairs = words.indices.flatMap { a in (0..<a).map { (a, $0) } }
    let together = pairs.filter { abs(correlations[$0.0][$0.1]) >= Self.coOccurrence }
    return EvaluationReport.Cosine(
      coOccurring: together.map { abs(values[$0.0][$0.1]) }.mean.ifFinite, pairs: together.count,
      all: pairs.map { abs(values[$0.0][$0.1]) }.mean.ifFinite,
      chance: (2 / (Double.pi * Double(generator.latentSize))).squareRoot(),
      matrix: .init(
        words: words.map(\.word), values: values.map { $0.map(\.ifFinite) }))
  }

  /// Whether words that mean alike move faces alike, also words that were not trained on.
  func measureContinuity(_ directions: [Direction<ZSpace>]) throws -> EvaluationReport.Continuity {
    let embeddings = try words.map { Direction<ZSpace>(try vectors.vector(for: $0.word)) }
    let pairs = words.indices.flatMap { a in (0..<a).map { (a, $0) } }
    let all = AttributeWords(attributeNames: dataset.attributeNames, in: vectors)
    let trained = Set((all.entries + all.synonyms).map(\.word))
    let known = Self.untrained.filter { word, _ in vectors[word] != nil && !trained.contains(word) }
    let spreads = held.spreads
    let untrained = try known.enumerated().compactMap {
      index, entry -> EvaluationReport.Continuity.UntrainedWord? in
      try advance("untrained words", index + 1, of: known.count)
      let (word, expected) = entry
      let embedding = Direction<ZSpace>(try vectors.vector(for: word))
      let nearest = words.indices.max {
        embeddings[$0].cosine(to: embedding) < embeddings[$1].cosine(to: embedding)
      }
      let target = targets.first { scorer.attributeNames[$0.attribute] == expected }
      let rows = target.map { held.lacking($0, atMost: photosPerWord) } ?? []
      if rows.isEmpty { return nil }
      let after = try held.logits(rows, along: try projector.direction(for: word), step: 1)
      let changes = scorer.attributeNames.indices.map { attribute in
        zip(rows, after).reduce(Float(0)) { $0 + $1.1[attribute] - held.logits[$1.0][attribute] }
          / spreads[attribute]
      }
      let first = changes.indices.max { abs(changes[$0]) < abs(changes[$1]) } ?? 0
      return EvaluationReport.Continuity.UntrainedWord(
        word: word, neighbor: nearest.map { words[$0].word } ?? "", expected: expected,
        first: scorer.attributeNames[first], isRight: scorer.attributeNames[first] == expected)
    }
    return EvaluationReport.Continuity(
      spearman: RankCorrelation.spearman(
        pairs.map { abs(Double(embeddings[$0.0].cosine(to: embeddings[$0.1]))) },
        pairs.map { abs(Double(directions[$0.0].cosine(to: directions[$0.1]))) }),
      pairs: pairs.count, untrained: untrained,
      rightShare: untrained.map { $0.isRight ? 1.0 : 0.0 }.mean.ifFinite)
  }

  /// Words that no training of ours saw, with the attribute of CelebA that each should change.
  private static let untrained = [
    ("spectacles", "Eyeglasses"), ("sunglasses", "Eyeglasses"), ("goggles", "Eyeglasses"),
    ("grin", "Smiling"), ("grinning", "Smiling"), ("laughing", "Smiling"), ("bearded", "No_Beard"),
    ("moustache", "Mustache"), ("moustaches", "Mustache"), ("youthful", "Young"), ("teenage", "Young"),
    ("blondes", "Blond_Hair"), ("helmet", "Wearing_Hat"), ("turban", "Wearing_Hat"),
    ("headgear", "Wearing_Hat"), ("greying", "Gray_Hair"), ("men", "Male"), ("gentleman", "Male"),
    ("obese", "Chubby"), ("overweight", "Chubby"), ("pendants", "Wearing_Necklace"),
    ("mascara", "Heavy_Makeup"),
    ("ties", "Wearing_Necktie"), ("balding", "Bald"),
  ]
}
