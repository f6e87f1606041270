import Foundation
import LatentArithmetic
import LatentTraining

/// The figures of "Latent Space Arithmetic with Images and Texts" drawn with a model of this library, and some more.
///
///     let figures = try Figures(by: model, of: ImageDataset(contentsOf: folder), vectors: vectors)
///     try figures.sheet(of: .edits)?.image(cell: Figures.Name.edits.cell).write(to: url)
///
/// The photos are the first of the validation split, and the words are fixed: neither is chosen by how an edit turns
/// out. Each word whose direction is unknown is left out.
package struct Figures {
  /// A figure, whose raw value is a name for its file.
  package enum Name: String, Sendable, CaseIterable {
    /// The paper's figure 4: a code averaged with a word's vector, and the same vector added.
    case averages = "figure-4"
    /// The paper's figure 5: edits of photos, drawn by the generator.
    case edits = "figure-5"
    /// The paper's figure 5, the change added to the photos instead of drawings of them.
    case editedPhotos = "figure-5-photos"
    /// The paper's figure 6: what words mean, on the mean code, and beside it on a photo's.
    case meanings = "figure-6"
    /// The paper's figure 7: several words at once.
    case sums = "figure-7"
    /// One face at nine values of θ.
    case continuity
    /// What refining a code changes.
    case refinement
    /// Faces of random codes.
    case samples

    /// The width in pixels at which its images are best seen.
    package var cell: Int {
      switch self {
      case .averages, .editedPhotos, .refinement: 120
      case .edits, .sums, .continuity: 100
      case .meanings, .samples: 80
      }
    }
  }

  /// Called while codes are refined.
  package var progress: (StepProgress) -> Void = { _ in }

  private static let editedWords = [
    "smiling", "eyeglasses", "blond", "beard", "lipstick", "male", "young", "hat",
  ]
  private static let continuousWords = ["smiling", "male", "young"]
  /// Each trained word is followed by words that mean the like.
  private static let shownWords = [
    "smiling", "grin", "eyeglasses", "spectacles", "sunglasses", "beard", "bearded", "mustache", "moustache",
    "young", "youthful", "blond", "lipstick", "hat",
  ]
  private static let shownSums: [[(word: String, theta: Float)]] = [
    [("smiling", 1), ("eyeglasses", 1)],
    [("blond", 1), ("lipstick", 1), ("young", -1)],
    [("male", 1), ("beard", 1), ("smiling", 1)],
    [("young", -2), ("eyeglasses", 1), ("smiling", 0.5)],
    [("hat", 1), ("smiling", -1)],
  ]

  private let editor: Editor<ZSpace>
  private let averaging: Editor<ZSpace>?
  private let photos: [Image]
  private let trainedWords: Set<String>

  /// Opens the photos.
  ///
  /// - Parameters:
  ///   - model: A model whose three parts are trained.
  ///   - averaging: A model whose projector was trained by averaging, for ``Name/averages``.
  ///   - dataset: The photos; those of its validation split are shown.
  ///   - vectors: The word vectors that both projectors were trained with.
  ///   - threads: The most threads to use.
  /// - Throws: ``FiguresError``, ``ModelError``, ``EditingError/wrongWordVectors(expected:got:)``, ``ImageError``,
  ///   `FileError`.
  package init(
    by model: Model, averaging: Model? = nil, of dataset: ImageDataset, vectors: WordVectors,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    editor = try Editor(model, vectors: vectors, threads: threads)
    self.averaging = try averaging.map { model in
      let method = ProjectorRecipe(of: model)?.method
      guard method == .averaging else { throw FiguresError.notTrainedByAveraging(method: method) }
      return try Editor(model, vectors: vectors, threads: threads)
    }
    photos = try dataset.images(in: .validation).prefix(6).map {
      try Image(contentsOf: dataset.url(of: $0))
    }
    if photos.isEmpty { throw FiguresError.noPhotos(folder: dataset.folder.path) }
    trainedWords = Set(
      AttributeWords(attributeNames: dataset.attributeNames, in: vectors).entries.map(\.word))
  }

  /// The words of the figures whose direction is unknown, in alphabetical order.
  package var missingWords: [String] {
    Set(Self.editedWords + Self.continuousWords + Self.shownWords + Self.shownSums.joined().map(\.word))
      .filter { !isKnown($0) }.sorted()
  }

  /// Draws a figure.
  ///
  /// - Returns: The figure; nil where none of its words is known, and of ``Name/averages`` without a model trained so.
  /// - Throws: ``RefinementError``; `CancellationError` when the task is cancelled.
  package func sheet(of figure: Name) throws -> Sheet? {
    try Task.checkCancellation()
    let edited = Self.editedWords.filter(isKnown)
    switch figure {
    case .averages: return try averages()
    case .edits:
      return edited.isEmpty
        ? nil : try editor.sheet(of: editedFaces(2), words: edited, thetas: [-2, -1, 0.5, 1, 2])
    case .editedPhotos: return edited.isEmpty ? nil : try editedPhotos(by: edited)
    case .meanings: return try meanings()
    case .sums: return try sums()
    case .continuity:
      let words = Self.continuousWords.filter(isKnown)
      let thetas = stride(from: Float(-2), through: 2, by: 0.5)
      return words.isEmpty ? nil : try editor.sheet(of: editedFaces(1), words: words, thetas: Array(thetas))
    case .refinement: return isKnown("smiling") ? try refinement(editing: "smiling") : nil
    case .samples: return samples()
    }
  }

  /// G((z + θ·w)/2) beside G(z + θ·w).
  ///
  /// θ = 2 and 4 average as much of the word as θ = 1 and 2 add.
  private func averages() throws -> Sheet? {
    guard let averaging else { return nil }
    let words = ["smiling", "eyeglasses", "male"].filter(isKnown)
    if words.isEmpty { return nil }
    let rows = try faces(3).flatMap { face in
      try Task.checkCancellation()
      let code = try averaging.encoder.encode(face)
      return try words.map { word in
        let direction = try averaging.projector.direction(of: [word: 1])
        let half = Latent<ZSpace>(code.values.map { 0.5 * $0 })
        let averages = [1, 2, 4].map { half + 0.5 * ($0 * direction) }
        let sums = [1, 2].map { code + $0 * direction }
        return Sheet.Row(label: word, images: [face] + averaging.generator.generate([code] + averages + sums))
      }
    }
    return Sheet(
      rows: rows,
      columnLabels: ["original", "reconstructed", "(z+w)/2", "(z+2w)/2", "(z+4w)/2", "z+w", "z+2w"])
  }

  private func editedPhotos(by words: [String]) throws -> Sheet {
    let rows = try photos.prefix(4).flatMap { photo in
      try Task.checkCancellation()
      let face = try editor.faces(
        in: photo, framed: .frames([.trained(in: photo, by: editor.encoder.alignment)]))[0]
      let edits = try words.map { try face.rendered($0, at: Self.photoThetas) }
      return Self.photoThetas.indices.map { index in
        Sheet.Row(
          label: "θ = \(Self.photoThetas[index].shortText)", images: [photo] + edits.map { $0[index] })
      }
    }
    return Sheet(rows: rows, columnLabels: ["photo"] + words)
  }

  private static let photoThetas: [Float] = [1, 2]

  /// The mean code m and the code z of the first photo, changed by each word w.
  private func meanings() throws -> Sheet? {
    let words = Self.shownWords.filter(isKnown)
    if words.isEmpty { return nil }
    let (center, code) = (try editor.projector.meanCode, try editor.encoder.encode(faces(1))[0])
    let rows = try words.map { word in
      try Task.checkCancellation()
      let direction = try editor.projector.direction(of: [word: 1])
      let codes = [-1, 0, 1, 2].map { center + $0 * direction } + [0, 1, 2].map { code + $0 * direction }
      return Sheet.Row(
        label: trainedWords.contains(word) ? word : word + " (not trained on)",
        images: editor.generator.generate(codes))
    }
    return Sheet(rows: rows, columnLabels: ["m-w", "m", "m+w", "m+2w", "z", "z+w", "z+2w"])
  }

  /// A column for each photo and a row for each sum of words.
  private func sums() throws -> Sheet? {
    let sums = Self.shownSums.filter { $0.allSatisfy { isKnown($0.word) } }
    if sums.isEmpty { return nil }
    let faces = try faces(6)
    let codes = try editor.encoder.encode(faces)
    let edits = try sums.map { sum in
      let direction = try editor.projector.direction(
        of: Dictionary(uniqueKeysWithValues: sum.map { ($0.word, $0.theta) }))
      return Sheet.Row(
        label: Self.label(of: sum), images: editor.generator.generate(codes.map { $0 + direction }))
    }
    return Sheet(
      rows: [
        .init(label: "original", images: faces),
        .init(label: "reconstructed", images: editor.generator.generate(codes)),
      ] + edits)
  }

  /// Words with their θ as a formula: `1 blond - 2 young`.
  static func label(of sum: [(word: String, theta: Float)]) -> String {
    sum.enumerated().map { index, entry in
      let sign = index == 0 ? (entry.theta < 0 ? "-" : "") : (entry.theta < 0 ? " - " : " + ")
      return "\(sign)\(entry.theta.magnitude.shortText) \(entry.word)"
    }.joined()
  }

  private func refinement(editing word: String) throws -> Sheet {
    let refinement = Refinement(steps: 200)
    let rows = try faces(4).map { face in
      let plain = try editor.faces(in: face, framed: .whole)[0]
      let refined = try editor.faces(
        in: face, framed: .whole, refinement: refinement, report: progress)[0]
      let edit = refined.code + (try editor.projector.direction(of: [word: 1]))
      return Sheet.Row(
        label: word,
        images: [face, plain.reconstruction(), refined.reconstruction()]
          + [refined.generator.generate(edit)] + (try refined.rendered(word, at: [1])))
    }
    return Sheet(
      rows: rows,
      columnLabels: ["photo", "encoder", "refined", "drawn edit", "photo edit"])
  }

  private func samples() -> Sheet {
    let (rows, columns) = (4, 8)
    let images = editor.generator.generate(editor.generator.randomCodes(rows * columns, seed: 1))
    return Sheet(
      rows: (0..<rows).map { row in
        .init(label: "", images: Array(images[row * columns..<(row + 1) * columns]))
      })
  }

  private func faces(_ count: Int) throws -> [Image] {
    try photos.prefix(count).map {
      try $0.cropped(to: .trained(in: $0, by: editor.encoder.alignment), size: editor.generator.imageSize)
    }
  }

  private func editedFaces(_ count: Int) throws -> [EditedFace<ZSpace>] {
    try faces(count).flatMap { try editor.faces(in: $0, framed: .whole, rendering: .reconstruct) }
  }

  private func isKnown(_ word: String) -> Bool { (try? editor.projector.direction(for: word)) != nil }
}

/// Why figures cannot be drawn.
package enum FiguresError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The model for the averages has a projector trained by another method; nil where no record tells.
  case notTrainedByAveraging(method: ProjectorRecipe.Method?)
  /// The validation split is empty.
  case noPhotos(folder: String)

  package var description: String {
    switch self {
    case .notTrainedByAveraging(let method):
      "Averages take a projector trained by averaging, not by \(method?.rawValue ?? "a method unknown")."
    case .noPhotos(let folder): "“\(folder)” has no photos of a validation split to draw figures of."
    }
  }

  package var errorDescription: String? { description }
}
