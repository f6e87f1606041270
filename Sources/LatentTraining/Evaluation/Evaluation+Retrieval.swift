import LatentArithmetic
import LatentCore
import LatentText

extension Evaluation {
  /// How many photos are found by a text, at most.
  private static let found = 10
  /// How many texts about several attributes there are.
  private static let compounds = 100

  /// Measures how well photos are found by texts: of the photos that fit a text best, the share that are as it says.
  ///
  /// A text about attributes is right for every photo whose labels agree with it, however many those are, so it is not
  /// asked whether one photo that a text was written for comes first. As many photos count as agree, at most ten. Texts of
  /// one attribute are those that were held back from training; “smiling bald man” and the like are about two or three,
  /// drawn from what training saw.
  ///
  /// - Parameter model: Tells how well images fit texts.
  /// - Returns: The precision by the texts' kinds: words, phrases, negations and compounds.
  /// - Throws: What the model throws; `CancellationError` when the task is cancelled.
  public func measureRetrieval(by model: JointModel) throws -> [EvaluationReport.Retrieval] {
    let features = Tensor.concatenated(
      try held.photos.batches.map { photos in
        try Task.checkCancellation()
        return model.features(
          of: photos.map { $0.image.trainingCrop(model.framing, size: ScorerConfiguration.imageSize) })
      })
    let texts = AttributeTexts(attributeNames: scorer.attributeNames)
    let back = texts.heldExamples
    let kinds = HeldBackTexts.allCases.map { kind in
      let chosen = scorer.attributeNames.indices.flatMap { kind.chosen(from: back, about: $0) }
      return (kind.rawValue, chosen.map { (text: $0.text, says: [$0.meant]) })
    }
    var random = RandomStream(seed: Self.seed, name: "compounds")
    let compounds = (0..<Self.compounds).map { _ in texts.compound(&random) }
      .filter { !$0.isEmpty }.map { parts in (text: parts[0].text, says: parts.map(\.meant)) }
    return try (kinds + [("compounds", compounds)]).map { kind, texts in
      try Task.checkCancellation()
      let scores = Kernels.matrixProduct(
        try model.features(ofTexts: texts.map(\.text)), features, transposingSecond: true, threads: threads)
      let measured = texts.enumerated().compactMap { index, text in
        RetrievalPrecision(
          of: scores.row(index),
          isRight: held.labels.map { labels in text.says.allSatisfy { $0.applies(to: labels) } },
          atMost: Self.found)
      }
      return EvaluationReport.Retrieval(
        kind: kind, texts: measured.count, precision: measured.map(\.precision).mean.ifFinite,
        chance: measured.map(\.chance).mean.ifFinite)
    }
  }
}
