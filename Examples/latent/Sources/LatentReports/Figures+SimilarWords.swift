import Foundation
import LatentArithmetic
import LatentTraining

extension Figures {
  /// Trained words, each with one that means the like.
  static let wordPairs: [(trained: String, untrained: String)] = [
    ("eyeglasses", "eyeglass"), ("eyeglasses", "spectacles"), ("smiling", "grin"), ("beard", "bearded"),
    ("mustache", "moustache"), ("young", "youthful"), ("hat", "helmet"), ("chubby", "obese"),
    ("lipstick", "mascara"), ("necklace", "bracelet"),
  ]

  /// Two rows for each pair of a trained word and an untrained one: the mean code and photos changed by each, and its vector
  /// as a code by itself.
  ///
  /// The second says how near the two are: the cosine of their embeddings, and that of their directions.
  func similarWords() throws -> Sheet? {
    let pairs = Self.wordPairs.filter { trained, untrained in
      trainedWords.contains(trained) && !trainedWords.contains(untrained)
        && !calibratedWords.contains(untrained) && vectors[untrained] != nil
    }
    if pairs.isEmpty { return nil }
    let codes = [try editor.projector.meanCode] + (try editor.encoder.encode(faces(3)))
    func images(by direction: Direction<ZSpace>) -> [Image] {
      editor.generator.generate(codes.map { $0 + direction } + [Latent(direction.values)])
    }
    let rows = try pairs.flatMap { trained, untrained in
      try Task.checkCancellation()
      let (first, second) = try (
        editor.projector.direction(for: trained), editor.projector.direction(for: untrained)
      )
      let embeddings = [trained, untrained].compactMap { vectors[$0].map { Direction<ZSpace>($0) } }
      let cosines = [embeddings[0].cosine(to: embeddings[1]), first.cosine(to: second)]
        .map { String(format: "%.2f", $0) }
      return [
        Sheet.Row(label: trained, images: images(by: first)),
        Sheet.Row(
          label: "\(untrained): embedding \(cosines[0]), latent \(cosines[1])", images: images(by: second)),
      ]
    }
    let unedited = Sheet.Row(label: "without a word", images: editor.generator.generate(codes))
    return Sheet(
      rows: [unedited] + rows,
      columnLabels: ["m+w"] + (1..<codes.count).map { "z\($0)+w" } + ["w"])
  }
}
