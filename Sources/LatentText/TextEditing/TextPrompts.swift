import LatentArithmetic
import LatentCore

/// The sentences that a text is put into, so that its feature is of what it says and not of how it says it.
package enum TextPrompts {
  /// The 79 sentences of StyleCLIP's global directions; `{}` stands for the text.
  ///
  /// They are CLIP's eighty for ImageNet without “a photo of many {}.”.
  package static let published: [String] = {
    let makers = [
      "a bad photo", "a sculpture", "a low resolution photo", "a rendering", "graffiti", "a cropped photo",
      "a tattoo", "a bright photo", "a dark photo", "a drawing", "a close-up photo",
      "a black and white photo", "a painting", "a pixelated photo", "a jpeg corrupted photo",
      "a blurry photo", "a photo", "a good photo", "a doodle", "a sketch", "a rendition", "art", "itap",
    ]
    let states = ["hard to see", "clean", "dirty", "cool", "large", "nice", "weird", "small"]
    let materials = ["embroidered", "plastic", "origami", "toy", "cartoon", "plushie"]
    let withArticles = ["a", "the"].flatMap { article in
      makers.map { "\($0) of \(article) {}." } + states.map { "a photo of \(article) \($0) {}." }
        + materials.map { "\(article) \($0) {}." } + ["\(article) {} in a video game."]
    }
    return withArticles + ["a photo of my {}.", "a photo of one {}.", "itap of my {}."]
  }()
}

extension ImageTextModel {
  /// The feature of a text in several sentences: the mean of their features, of unit length, [1, featureSize].
  ///
  /// - Throws: What ``TextModel/features(ofTexts:)`` throws.
  /// - Precondition: There is at least one sentence.
  package func feature(of text: String, in prompts: [String] = TextPrompts.published) throws -> Tensor {
    let features = try features(ofTexts: prompts.map { $0.replacing("{}", with: text) })
    let ones = Tensor(shape: [1, prompts.count], repeating: 1 / Float(prompts.count))
    return Kernels.matrixProduct(ones, features, threads: 1).normalizedRow()
  }

  /// The direction from one text to another in the space of features, of unit length, [1, featureSize].
  ///
  /// Δt = normalize(t(target) − t(neutral)), t being the mean of the features of a text in some sentences, of unit length.
  ///
  /// Source: "StyleCLIP", Patashnik and others 2021, section 6.
  ///
  /// - Parameters:
  ///   - neutral: What images show as they are.
  ///   - target: What they are to show.
  ///   - prompts: The sentences, with `{}` in the text's place; StyleCLIP's 79 if left out, “a photo of a {}.” for example.
  /// - Returns: Δt.
  /// - Throws: ``TextEditingError/sameMeaning(_:_:)`` when the two features are the same to a hundredth; what
  ///   ``TextModel/features(ofTexts:)`` throws.
  /// - Precondition: There is at least one sentence.
  public func direction(
    from neutral: String, to target: String, in prompts: [String]? = nil
  ) throws -> Tensor {
    let prompts = prompts ?? TextPrompts.published
    let difference = try feature(of: target, in: prompts).subtracting(feature(of: neutral, in: prompts))
    // Texts of which a small model makes nothing differ from one another by rounding.
    guard difference.squaredNorm > 1e-4 else { throw TextEditingError.sameMeaning(neutral, target) }
    return difference.normalizedRow()
  }
}

extension Tensor {
  /// The elements divided by their length.
  func normalizedRow() -> Tensor {
    Kernels.linearCombination(Float(1 / squaredNorm.squareRoot()), self, 0, self, threads: 1)
  }
}
