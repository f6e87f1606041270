import Foundation
import LatentArithmetic

extension Editor where Space == ZSpace {
  /// The editor of faces that comes with the library: 80×80 images, a few thousand common words.
  ///
  /// The model was trained on CelebA, which is for non-commercial research; `Docs/ModelCard.md` tells the rest.
  ///
  /// - Parameters:
  ///   - vectors: GloVe 6B vectors of 50 numbers, with which every word of their file has a direction.
  ///   - detector: Finds faces in photos; if left out, the one that `make models` installs, where it is there.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Returns: An editor whose three parts are trained.
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces(
    vectors: WordVectors? = nil, detector: FaceDetector? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> Editor {
    try Editor(.faces(), vectors: vectors, detector: detector, threads: threads)
  }
}

extension Model {
  /// The face model that comes with the library, which ``Editor/faces(vectors:detector:threads:)`` opens.
  ///
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces() throws -> Model { try Model(contentsOf: FaceResource.model.url()) }
}

extension AttributeScorer {
  /// A scorer that comes with the library: the forty attributes of CelebA on 80×80 images.
  ///
  /// There are two, of different families of networks and trained on different people: one says how far a word's θ = 1
  /// goes, the other what came of it. Each is right in 89.3 % of the answers on CelebA's validation split. They were
  /// trained on CelebA, which is for non-commercial research; `Docs/ModelCard.md` tells the rest.
  ///
  /// - Parameters:
  ///   - calibrating: Whether the first is wanted, to train a projector with; it is not to judge what it calibrated.
  ///   - threads: The most threads to use.
  /// - Returns: The scorer, which takes faces as `AttributeScorer.alignment` cuts them out.
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces(
    calibrating: Bool = false, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> AttributeScorer {
    try AttributeScorer(
      contentsOf: (calibrating ? FaceResource.calibratingScorer : .scorer).url(), threads: threads)
  }
}
