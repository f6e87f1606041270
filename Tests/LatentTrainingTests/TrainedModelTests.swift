import Foundation
import LatentArithmetic
import LatentCore
import LatentFaces
import LatentText
import LatentTraining
import TestSupport
import Testing

/// A small model trained from images in files, part after part, and its evaluation.
struct TrainedModelTests {
  private static let d = 4
  private static let recipe: AutoencoderRecipe = {
    var recipe = AutoencoderRecipe()
    (recipe.latentSize, recipe.width, recipe.batch, recipe.edited, recipe.sampled) = (d, 4, 8, 4, 2)
    // The images differ in three attributes and little else: to match the features of so small a discriminator more
    // than four numbers are not needed, and what a code does not need has next to no variance.
    (recipe.steps, recipe.averageDecay, recipe.flips, recipe.optimizer.rate) = (150, 0.9, false, 1e-3)
    return recipe
  }()

  private static func faces(_ dataset: ImageDataset, _ split: ImageDataset.Split) throws -> [Image] {
    try dataset.images(in: split).map { try Image(contentsOf: dataset.url(of: $0)) }
  }

  // The checkpoint holds encoder E and generator G as they were trained. The model's are E′ = L⁻¹(E − m) and G′ with
  // G′(L⁻¹z) = G(z): codes of the training images have mean 0 and covariance I − r·L⁻¹L⁻ᵀ, r being 1e-3 of the mean
  // variance, and G′(E′(x)) = G(E(x) − m).
  @Test func theAutoencoderOfTheModelHasWhiteCodes() throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      let url = folder.appendingPathComponent("model")
      let training = drawn.training(of: url, in: folder.appendingPathComponent("run"))
      try training.trainAutoencoder(Self.recipe)
      let model = try Model(contentsOf: url)
      #expect(model.network == Self.recipe.network && model.network.normalizesCodes)
      #expect(model.framing == .detected(by: Self.recipe.alignment))
      #expect(Set(model.records.keys) == ["generator", "encoder"])
      #expect(try #require(model.records["encoder"]).contains("validation psnr"))

      let images = Tensor(try Self.faces(drawn.dataset, .train))
      let network = model.network
      let average = try Parameters(TensorFile(contentsOf: training.options.checkpoint))
        .removingPrefix("average.")
      let codes = network.encoder.inferred(
        images, average.filtered(byPrefix: "encoder."), threads: 1)
      let white = network.encoder.inferred(images, try model.parameters(of: .encoder), threads: 1)
      #expect(white.shape == [images.shape[0], Self.d] && images.shape[0] > 4 * Self.d)

      let before = moments(codes), after = moments(white)
      let eigenvalues = try #require(Kernels.symmetricEigen(before.covariance, order: Self.d)).values
      let least = try #require(eigenvalues.min())
      let tolerance = 1e-3 * eigenvalues.reduce(0, +) / Double(Self.d) / least + 1e-3
      #expect(tolerance < 0.5, "\(eigenvalues)")
      #expect(largestMagnitude(after.mean) <= 1e-3)
      for (index, value) in after.covariance.enumerated() {
        let error = abs(value - (index % (Self.d + 1) == 0 ? 1 : 0))
        #expect(error <= tolerance, "\(index): \(value)")
      }

      let centered = Tensor(
        shape: codes.shape,
        elements: codes.elements.enumerated().map { $1 - Float(before.mean[$0 % Self.d]) })
      let expected = network.generator.inferred(
        centered, average.filtered(byPrefix: "generator."), threads: 1)
      let got = network.generator.inferred(white, try model.parameters(of: .generator), threads: 1)
      let error = worstError(got.elements, expected.elements.map { Double($0) }, scale: 1)
      #expect(error <= 1e-3, "\(error)")
    }
  }

  // Autoencoder, scorer and projector, and then every number of the report in its range. By its definition the leakage
  // of attribute k in word j is Δₖ/Δⱼ, Δ being the mean change of a logit by the edit that users make, in
  // units of the difference between the mean logits of photos with and without the attribute.
  @Test func aTrainedModelIsMeasured() throws {
    try withTemporaryFolder { folder in
      let drawn = try DrawnImages(in: folder.appendingPathComponent("data"))
      func training(_ name: String) -> Training {
        drawn.training(
          of: folder.appendingPathComponent(name == "scorer" ? name : "model"),
          in: folder.appendingPathComponent("\(name).run"))
      }
      try training("autoencoder").trainAutoencoder(Self.recipe)
      var scorerRecipe = ScorerRecipe.calibrating
      (scorerRecipe.network.width, scorerRecipe.people) = (4, .all)
      (scorerRecipe.batch, scorerRecipe.steps, scorerRecipe.averageDecay) = (8, 150, 0.9)
      try training("scorer").trainScorer(scorerRecipe)
      let scorer = try AttributeScorer(contentsOf: folder.appendingPathComponent("scorer"), threads: 1)
      var projectorRecipe = ProjectorRecipe()
      (projectorRecipe.hiddenUnits, projectorRecipe.batch, projectorRecipe.steps) = (16, 32, 300)
      try training("projector").trainProjector(projectorRecipe, vectors: drawn.vectors, scorer: scorer)
      let model = try Model(contentsOf: folder.appendingPathComponent("model"))
      #expect(try #require(model.records["projector"]).contains("tuning typicality of smiling"))

      var evaluation = try Evaluation(
        of: model, on: drawn.dataset, split: .validation, vectors: drawn.vectors, scorer: scorer,
        recognizer: nil,
        threads: 1)
      (evaluation.refinedPhotos, evaluation.refinedSteps, evaluation.generatedImages) = (2, 3, 12)
      let report = try evaluation.measure()
      try expectSensible(report)
      // StyleCLIP's methods are measured on painted photos.
      #expect(throws: TextEditingError.notPainted) {
        try evaluation.measureSentences(by: JointModel.faces(threads: 1))
      }

      let leakage = try leakage(of: "smiling", attribute: 0, model, drawn, scorer)
      let word = try #require(report.words.first { $0.word == "smiling" })
      #expect(word.attribute == "Smiling" && word.photos == leakage.photos && word.photos > 3)
      #expect(word.leakage.count == 2)
      for (name, expected) in leakage.shares {
        let leaked = try #require(word.leakage[name])
        let got = try #require(leaked)
        #expect(abs(got - expected) <= 1e-3 * max(1, abs(expected)), "\(name): \(got), not \(expected)")
      }
      let mean = leakage.shares.values.map(abs).reduce(0, +) / 2
      #expect(abs(try #require(word.leakageMean) - mean) <= 1e-3 * max(1, mean))
    }
  }

  private func expectSensible(_ report: EvaluationReport) throws {
    let json = try JSONSerialization.jsonObject(with: report.jsonData())
    let keys = try #require(json as? [String: Any]).keys
    #expect(
      Set(keys) == [
        "reconstruction", "explained_variance", "cosine", "continuity", "words", "baselines", "generated",
        "edits",
      ])
    func isShare(_ value: Double?) -> Bool { value.map { (0...1).contains($0) } ?? false }
    #expect(report.reconstruction.images == DrawnImages.held && report.reconstruction.identity == nil)
    #expect(try (5...60).contains(#require(report.reconstruction.psnr)))
    #expect(try (-1...1).contains(#require(report.reconstruction.ssim)))
    #expect(report.reconstruction.refined.map(\.steps) == [3, 3])
    #expect(isShare(report.explainedVariance.projector) && isShare(report.explainedVariance.freeDirections))
    #expect(report.explainedVariance.pca.allSatisfy { isShare($0.share) })
    #expect(isShare(report.cosine.all) && report.cosine.matrix.words == ["smiling", "male", "beard"])
    for (row, values) in report.cosine.matrix.values.enumerated() {
      for (column, value) in values.enumerated() {
        let cosine = try #require(value)
        #expect(abs(cosine) <= 1 + 1e-6 && (row != column || abs(cosine - 1) <= 1e-5))
      }
    }
    #expect(try (-1...1).contains(#require(report.continuity.spearman)) && report.continuity.pairs == 3)
    #expect(report.words.map(\.word) == ["smiling", "male", "beard"])
    #expect(report.baselines.count == 5 && report.baselines.allSatisfy { !$0.words.isEmpty })
    for word in report.words {
      #expect(isShare(word.success) && isShare(word.monotony), "\(word)")
      #expect(word.steps?.map(\.theta) == [0.5, 1, 2] && word.success == word.steps?[1].success)
      #expect(try #require(word.before) <= 0 && word.identity == nil)
    }
    #expect(report.words.contains { $0.thetaIsWeak != nil })
    let edits = try #require(report.edits)
    #expect(
      edits.added.map(\.word) == ["smiling", "male", "beard"]
        && edits.removed.map(\.word) == ["smiling", "beard"])
    #expect(edits.photos == DrawnImages.held && edits.rendering == "keep")
    #expect(edits.changedOutside == 0 && edits.samePerson == nil)
    #expect(isShare(edits.share.low) && isShare(edits.share.mean) && isShare(edits.share.high))
    for word in edits.added + edits.removed {
      let (success, recall) = try (#require(word.success), #require(word.recall))
      #expect(word.share == (recall > 0 ? min(success / recall, 1) : nil), "\(word)")
      #expect(isShare(word.namesItself) && word.photos > 3)
    }
    for (word, edit) in zip(report.words, edits.added) {
      #expect(word.success == edit.success && word.photos == edit.photos)
    }
    #expect(edits.groups.map(\.name) == ["women", "men", "lighter skin", "darker skin"])
    #expect(edits.groups.prefix(2).map(\.photos).reduce(0, +) == edits.photos)
    #expect(report.generated.images == 12)
    #expect(isShare(report.generated.precision) && isShare(report.generated.recall))
    #expect(try #require(report.generated.fdScorer) > 0)
  }

  /// The shares by the names of the other attributes, and over how many photos.
  private func leakage(
    of word: String, attribute: Int, _ model: Model, _ drawn: DrawnImages, _ scorer: AttributeScorer
  ) throws -> (photos: Int, shares: [String: Double]) {
    let images = drawn.dataset.images(in: .validation)
    let photos = try Self.faces(drawn.dataset, .validation)
    let before = scorer.logits(of: photos)
    let direction = try WordProjector(model, vectors: drawn.vectors, threads: 1).direction(for: word)
    let editor = try Editor(model, vectors: drawn.vectors, threads: 1)
    let edited = try photos.map { try editor.edit($0, along: direction, framed: .whole) }
    let after = scorer.logits(of: edited)
    let rows = images.indices.filter {
      images[$0].attributes?[attribute] == false && before[$0][attribute] <= 0
    }
    let changes = try (0..<3).map { index in
      func mean(_ has: Bool) throws -> Double {
        let chosen = images.indices.filter { images[$0].attributes?[index] == has }
        return chosen.reduce(0.0) { $0 + Double(before[$1][index]) } / Double(chosen.count)
      }
      let change = rows.reduce(0.0) { $0 + Double(after[$1][index] - before[$1][index]) }
      return try change / Double(rows.count) / (mean(true) - mean(false))
    }
    let others = (0..<3).filter { $0 != attribute }
    return (
      rows.count,
      Dictionary(
        uniqueKeysWithValues: others.map { (DrawnImages.names[$0], changes[$0] / changes[attribute]) })
    )
  }
}
