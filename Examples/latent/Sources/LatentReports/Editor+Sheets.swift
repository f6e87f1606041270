import LatentArithmetic
import LatentTraining

extension Editor {
  /// A sheet of edits as in the paper's figure 5: original, reconstruction, and the edit at each θ.
  ///
  /// There is a row for each face and word, of the face alone.
  ///
  /// - Throws: What encoding and editing throw.
  package func sheet(of images: [Image], words: [String], thetas: [Float]) throws -> Sheet {
    // Words first: a misspelt one is found before any work is done.
    let changes = try words.map { word in try ([0] + thetas).map { try direction(of: [word: $0]) } }
    let faces = try images.flatMap { image in
      try frames(in: image).map { image.cropped(to: $0, size: encoder.imageSize) }
    }
    let rows = try faces.flatMap { original in
      let code = try encoder.encode(original)
      return zip(words, changes).map { word, changes in
        Sheet.Row(
          label: word, images: [original] + generator.generate(changes.map { code + $0 }))
      }
    }
    return Sheet(
      rows: rows, columnLabels: ["original", "reconstructed"] + thetas.map { "θ = \($0.shortText)" })
  }

  /// A sheet of what words mean as in the paper's figure 6: the mean face, changed by each word alone.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  package func sheet(ofWords words: [String], theta: Float) throws -> Sheet {
    let codes = try words.map { projector.meanCode + (try direction(of: [$0: theta])) }
    return Sheet(rows: [Sheet.Row(label: "", images: generator.generate(codes))], columnLabels: words)
  }
}

extension Float {
  /// The number without a needless fraction: 1, not 1.0.
  var shortText: String { self == rounded() && magnitude < 1e6 ? "\(Int(self))" : "\(self)" }
}
