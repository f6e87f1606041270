import Foundation
import LatentArithmetic
import LatentText
import Synchronization

extension Editor where Space == ZSpace {
  /// The editor of faces that comes with the library: common words, phrases and sentences.
  ///
  /// The model was trained on CelebA, which is for non-commercial research; `Docs/ModelCard.md` tells the rest.
  ///
  /// - Parameters:
  ///   - vectors: GloVe 6B vectors of 50 numbers, with which the words of their file have the directions of the paper's
  ///     projector, and phrases none.
  ///   - detector: Finds faces in photos; if left out, the one that `make models` installs, where it is there.
  ///   - threads: The most threads to use; results do not depend on it.
  /// - Returns: An editor whose three parts are trained.
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces(
    vectors: WordVectors? = nil, detector: FaceDetector? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> Editor {
    try Editor(
      .faces(), vectors: vectors, texts: .embedded(threads: threads), detector: detector, threads: threads)
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

extension SentenceEncoder {
  /// The sentence encoder that comes with the library, with features in the space of all-MiniLM-L6-v2's.
  ///
  /// It is a small one that was trained to agree with that, and is what `Editor.faces(vectors:detector:threads:)` reads
  /// phrases with; `Docs/ModelCard.md` tells how well.
  ///
  /// - Parameter threads: The most threads to use.
  /// - Returns: The encoder, with features of 384 numbers.
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> SentenceEncoder {
    try SentenceEncoder(contentsOf: FaceResource.sentences.url(), threads: threads)
  }
}

extension JointModel {
  /// The joint model of faces and texts that comes with the library, for StyleCLIP's methods without CLIP.
  ///
  /// It was trained on CelebA, which is for non-commercial research; `Docs/ModelCard.md` tells how well.
  ///
  /// - Parameter threads: The most threads to use.
  /// - Returns: The model, which reads texts with `SentenceEncoder.faces(threads:)`.
  /// - Throws: ``FacesError/modelMissing(folder:)`` when the program was moved without its resources.
  public static func faces(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> JointModel {
    try JointModel(
      contentsOf: FaceResource.joint.url(), texts: SentenceEncoder.faces(threads: threads), threads: threads)
  }
}

extension TextReader.Encoder {
  /// The sentence encoder that comes with the library, opened when a text is not in the model's table.
  fileprivate static func embedded(threads: Int) -> Self {
    let opened = EmbeddedEncoder()
    return Self(featureSize: 384, hasWord: { opened.encoder(threads: threads)?.hasWord($0) ?? true }) {
      opened.encoder(threads: threads)?.features(ofTexts: [$0]).elements
    }
  }
}

/// Opens the sentence encoder once.
private final class EmbeddedEncoder: Sendable {
  private let opened = Mutex<SentenceEncoder?>(nil)

  func encoder(threads: Int) -> SentenceEncoder? {
    opened.withLock { opened in
      if opened == nil { opened = try? .faces(threads: threads) }
      return opened
    }
  }
}
