import LatentArithmetic
import LatentTraining

extension Editor<ZSpace> {
  /// Images for the page of an evaluation: edits of a photo, and images drawn from noise.
  ///
  /// - Parameters:
  ///   - report: What was measured; words that it lacks are not shown.
  ///   - photo: An image that no training saw.
  /// - Returns: Two images.
  /// - Throws: What encoding and editing throw.
  package func figures(for report: EvaluationReport, photo: Image) throws -> [EvaluationReport.Figure] {
    let words = ["smiling", "eyeglasses", "blond", "male", "lipstick", "beard"].filter { word in
      report.words.contains { $0.word == word }
    }
    let faces = try faces(
      in: photo, framed: .frames([.trained(in: photo, by: encoder.framing)]), rendering: .reconstruct)
    return [
      .init(
        title: "Edits of one photo", caption: "Reconstruction and θ = ½, 1, 2, drawn by the generator.",
        image: try sheet(of: faces, words: words, thetas: [0.5, 1, 2]).image(cell: 80)),
      .init(
        title: "Random images", caption: "Drawn from noise.",
        image: Image.tiled(generator.generate(generator.randomCodes(32, seed: 2)), columns: 8)),
    ]
  }
}
