import LatentArithmetic
import LatentCore
import LatentText

extension Training {
  /// Trains a joint model of images and texts on the data set's attributes and writes its file.
  ///
  /// What is said of attributes is ``AttributeTexts``: of faces a list that comes with the library, of any other attribute its
  /// name. The record in the file holds, for each attribute and as the mean, the share of right answers on the validation
  /// split, an attribute being there where the texts that say so fit an image better than those that deny it.
  ///
  /// - Parameters:
  ///   - recipe: Optimizer, steps, sizes.
  ///   - encoder: The sentence encoder that the model is used with, too.
  /// - Throws: ``TrainingError``, `RunError`, `ImageError`, `FileError`, `CancellationError`.
  public func trainJoint(_ recipe: JointRecipe, texts encoder: SentenceEncoder) throws {
    let run = try begin()
    let names = dataset.attributeNames
    if names.isEmpty { throw TrainingError.noAttributes(folder: dataset.folder.path) }
    let configuration = JointConfiguration(
      image: recipe.image, attributes: names, featureSize: recipe.featureSize)
    let texts = AttributeTexts(attributeNames: names)
    let reader = try reader(of: texts, recipe.texts, by: encoder)
    let framing = framing(recipe.alignment)
    let start = JointTraining(recipe: recipe, configuration: configuration, seed: seed)
    guard case (let training, var record)? = try trained(start, by: recipe, framing: framing, in: run)
    else { return }
    var parameters = training.average
    parameters.merge(reader.parameters)
    let model = try JointModel(
      configuration, parameters, framing: framing, texts: encoder, threads: options.threads)
    let questions = try questions(to: model, by: texts)
    record.measured = try accuracies(of: names, by: framing) { images in
      let answers = Kernels.matrixProduct(
        model.features(of: images), questions, transposingSecond: true, threads: options.threads)
      return images.indices.map { answers.row($0) }
    }
    try Task.checkCancellation()
    try JointModel.write(
      parameters, configuration, framing: framing, record: record.json, to: self.model)
  }

  /// Trains the network that reads texts, of which the steps are few and quick.
  private func reader(
    of texts: AttributeTexts, _ recipe: TextRecipe, by encoder: SentenceEncoder
  ) throws -> TextProjectorTrainer {
    let words = Self.distinct(encoder.words.map { $0.lowercased() })
    let neutral = try neutralWords(
      words, try features(of: words, by: encoder, "reading words"), beside: texts, by: encoder)
    let lessons = TextLessons(texts, compounds: recipe.compounds, others: neutral, seed: seed)
    var trainer = TextProjectorTrainer(
      record: RunRecord(recipe: recipe, seed: seed, images: 0),
      groups: try groups(of: lessons, recipe, by: encoder) { $0 }, threads: options.threads)
    try StepLoop.forEach("learning to read", of: trainer.steps, report: report) { _ in _ = trainer.advance() }
    return trainer
  }

  /// What texts that affirm an attribute have that texts which deny it have not, a row for each attribute.
  private func questions(to model: JointModel, by texts: AttributeTexts) throws -> Tensor {
    .concatenated(
      try texts.questions.map { question in
        try model.features(ofTexts: question.affirmed).rowMean
          .subtracting(model.features(ofTexts: question.denied).rowMean)
      })
  }
}

extension AttributeTexts {
  /// Phrases that affirm and that deny an attribute.
  struct Question {
    let affirmed: [String]
    let denied: [String]
  }

  /// What is asked of an image, for each attribute: whether the phrases of its first text fit better than their negations.
  var questions: [Question] {
    let known = examples.filter { !$0.isHeld }
    return attributeNames.indices.map { attribute in
      let about = known.filter { $0.target.attribute == attribute }
      let isReversed = about.first?.target.isReversed ?? false
      let phrases = about.prefix { $0.target.isReversed == isReversed }.prefix(Self.phrasesOfAQuestion)
      let affirmed = phrases.filter { $0.isNegated == isReversed }.map(\.text)
      let denied = phrases.filter { $0.isNegated != isReversed }.map(\.text)
      return Question(affirmed: affirmed, denied: denied)
    }
  }

  /// The phrases of one or two texts.
  private static var phrasesOfAQuestion: Int { 32 }
}

extension Tensor {
  /// The mean of the rows, [1, columns].
  fileprivate var rowMean: Tensor {
    Kernels.matrixProduct(
      Tensor(shape: [1, shape[0]], repeating: 1 / Float(max(shape[0], 1))), self, threads: 1)
  }
}
