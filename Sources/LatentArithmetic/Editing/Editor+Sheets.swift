extension Editor {
  /// A sheet of edits as in the paper's figure 5: original, reconstruction, and the edit at each θ.
  ///
  /// There is a row for each picture and word.
  ///
  /// - Throws: What encoding and editing throw.
  public func sheet(of pictures: [Image], words: [String], thetas: [Float]) throws -> Sheet {
    let rows = try pictures.flatMap { picture in
      let session = try session(for: picture)
      let original = picture.faceCrop(size: NetworkConfiguration.pictureSize)
      return try words.map { word in
        Sheet.Row(label: word, images: [original] + (try session.render(word, at: [0] + thetas)))
      }
    }
    return Sheet(
      rows: rows, columnLabels: ["original", "reconstructed"] + thetas.map { "θ = \($0.shortText)" })
  }

  /// A sheet of what words mean as in the paper's figure 6: the mean face, changed by each word alone.
  ///
  /// - Throws: ``WordVectorsError/unknownWord(_:suggestions:)``, ``EditingError/thetaNotFinite(word:theta:)``.
  public func sheet(ofWords words: [String], theta: Float) throws -> Sheet {
    let session = session(from: projector.meanCode)
    return Sheet(
      rows: [Sheet.Row(label: "", images: try words.flatMap { try session.render($0, at: [theta]) })],
      columnLabels: words)
  }
}

extension Float {
  /// The number without a needless fraction: 1, not 1.0.
  var shortText: String { self == rounded() && magnitude < 1e6 ? "\(Int(self))" : "\(self)" }
}
