import LatentArithmetic
import LatentTraining

extension Editor {
  /// A sheet of edits as in the paper's figure 5: original, reconstruction, and the edit at each θ.
  ///
  /// There is a row for each face and word, of the face alone.
  ///
  /// - Parameters:
  ///   - faces: The faces.
  ///   - words: The words.
  ///   - thetas: The values of θ.
  ///   - showsPhotos: Whether the edits are shown as they get into the photos, cut to the face, and not as the generator draws
  ///     them.
  ///   - averages: Whether the code and θ times the word's vector are averaged, equation (1), and not added.
  /// - Returns: The sheet.
  /// - Throws: What ``WordProjector/direction(of:keeping:)`` throws.
  package func sheet(
    of faces: [EditedFace<Space>], words: [String], thetas: [Float], showsPhotos: Bool = false,
    averages: Bool = false
  ) throws -> Sheet {
    let rows = try faces.flatMap { face in
      var original = face.reconstruction()
      if let photo = face.photo, let frame = face.frame {
        original = photo.cropped(to: frame, size: original.width)
      }
      return try words.map { word in
        if showsPhotos, let photo = face.photo, let frame = face.frame {
          let edited = try face.rendered(word, at: thetas)
          return Sheet.Row(
            label: word,
            images: ([photo] + edited).map { $0.cropped(to: frame, size: Self.photoSize) })
        }
        let codes = try thetas.map { theta in
          averages
            ? try average(of: face.code, with: [word: theta])
            : face.code + (try projector.direction(of: [word: theta]))
        }
        return Sheet.Row(label: word, images: [original] + face.generator.generate([face.code] + codes))
      }
    }
    let before = showsPhotos ? ["original"] : ["original", "reconstructed"]
    return Sheet(
      rows: rows, columnLabels: before + thetas.map { "θ = \($0.shortText)" })
  }

  /// A sheet of what words mean as in the paper's figure 6: the mean face, changed by each word alone.
  ///
  /// - Throws: What ``WordProjector/direction(of:keeping:)`` throws.
  package func sheet(ofWords words: [String], theta: Float) throws -> Sheet {
    let projector = try projector
    let codes = try words.map { projector.meanCode + (try projector.direction(of: [$0: theta])) }
    return Sheet(rows: [Sheet.Row(label: "", images: generator.generate(codes))], columnLabels: words)
  }
}

extension Editor {
  /// The height and width at which faces of photos are shown.
  private static var photoSize: Int { 160 }
}

extension Float {
  /// The number without a needless fraction: 1, not 1.0.
  var shortText: String { self == rounded() && magnitude < 1e6 ? "\(Int(self))" : "\(self)" }
}
