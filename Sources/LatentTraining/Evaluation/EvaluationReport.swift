import Foundation
import LatentArithmetic

/// What ``Evaluation`` measures of a model.
///
/// Shares are in 0 … 1, changes of attributes in logits of the scorer. A number is nil where it is not finite, or was
/// not measured.
public struct EvaluationReport: Codable, Hashable, Sendable {
  /// How well photos come back.
  public var reconstruction: Reconstruction
  /// How much of the differences between photos the words explain.
  public var explainedVariance: ExplainedVariance
  /// How far the directions of words are from orthogonal.
  public var cosine: Cosine
  /// Whether words that mean alike move faces alike.
  public var continuity: Continuity
  /// What each word does to photos.
  public var words: [Word]
  /// What other ways of finding directions do.
  public var baselines: [Baseline]
  /// What the generator draws of noise.
  public var generated: Generated
  /// What users get; nil in reports of the first release.
  public var edits: Edits?

  /// Photos encoded and generated again.
  public struct Reconstruction: Codable, Hashable, Sendable {
    /// How many photos.
    public var images: Int
    /// The mean peak signal-to-noise ratio, in dB.
    public var psnr: Double?
    /// The mean structural similarity.
    public var ssim: Double?
    /// The mean cosine of face features; nil without a face network.
    public var identity: Double?
    /// The same after codes were refined by gradient descent.
    public var refined: [Refined]
    /// What the principal components of the pixels reach.
    public var pca: [Components]

    private enum CodingKeys: String, CodingKey {
      // What the first release wrote.
      case images = "pictures", psnr, ssim, identity, refined, pca
    }

    /// One way of refining.
    public struct Refined: Codable, Hashable, Sendable {
      /// How many steps of descent.
      public var steps: Int
      /// What was refined: “code” or “code and channels”.
      public var parts: String
      /// How many photos.
      public var images: Int
      /// The mean peak signal-to-noise ratio, in dB.
      public var psnr: Double?
      /// The mean cosine of face features; nil without a face network.
      public var identity: Double?

      private enum CodingKeys: String, CodingKey {
        // What the first release wrote.
        case steps, parts, images = "pictures", psnr, identity
      }
    }

    /// One number of principal components.
    public struct Components: Codable, Hashable, Sendable {
      /// How many components.
      public var components: Int
      /// The mean peak signal-to-noise ratio, in dB.
      public var psnr: Double?
    }
  }

  /// How much of the differences between the codes of two photos is along the directions of their words.
  public struct ExplainedVariance: Codable, Hashable, Sendable {
    /// The share along the projector's directions.
    public var projector: Double?
    /// The share along directions that were trained freely, without word vectors.
    public var freeDirections: Double?
    /// The first as a share of the second.
    public var share: Double?
    /// The shares along principal components of the codes.
    public var pca: [Components]
    /// How many pairs of photos.
    public var pairs: Int

    /// One number of principal components.
    public struct Components: Codable, Hashable, Sendable {
      /// How many components.
      public var components: Int
      /// The share of the variance along them.
      public var share: Double?
    }
  }

  /// The cosines between directions of words.
  public struct Cosine: Codable, Hashable, Sendable {
    /// The mean |cos| of words whose attributes occur together or exclude each other, |φ| ≥ 0.2.
    public var coOccurring: Double?
    /// How many such pairs of words.
    public var pairs: Int
    /// The mean |cos| of all pairs.
    public var all: Double?
    /// What random directions have: √(2/(πd)).
    public var chance: Double?
    /// The cosine of each two words.
    public var matrix: Matrix

    /// Cosines, a row and a column for each word.
    public struct Matrix: Codable, Hashable, Sendable {
      /// The words in order.
      public var words: [String]
      /// A row of cosines for each.
      public var values: [[Double?]]
    }
  }

  /// Whether similar words have similar directions.
  public struct Continuity: Codable, Hashable, Sendable {
    /// Spearman's ρ of the words' and the directions' |cos|.
    public var spearman: Double?
    /// Over how many pairs of words.
    public var pairs: Int
    /// What words do that were not trained on.
    public var untrained: [UntrainedWord]
    /// The share of those that do what their neighbor does.
    public var rightShare: Double?

    /// A word that was not trained on.
    public struct UntrainedWord: Codable, Hashable, Sendable {
      /// The word.
      public var word: String
      /// The trained word that it is nearest to.
      public var neighbor: String
      /// The neighbor's attribute.
      public var expected: String
      /// The attribute whose score it changes most, relative to the attribute's spread.
      public var first: String
      /// Whether they are the same.
      public var isRight: Bool

      private enum CodingKeys: String, CodingKey {
        // What the first release wrote.
        case word, neighbor = "neighbour", expected, first, isRight
      }
    }
  }

  /// What one word does to photos.
  public struct Word: Codable, Hashable, Sendable {
    /// The word.
    public var word: String
    /// The attribute it is to change.
    public var attribute: String
    /// The share of tuning photos with the attribute that the scorer recognizes; nil in a baseline.
    public var recall: Double?
    /// Whether the model could not calibrate its θ; nil in a baseline.
    public var thetaIsWeak: Bool?
    /// The mean logit of the attribute in the photos as they are.
    public var before: Double?
    /// The same along θ; nil in a baseline.
    public var steps: [Step]?
    /// The share of photos that have the attribute after θ = 1.
    public var success: Double?
    /// The mean of ``leakage``'s magnitudes.
    public var leakageMean: Double?
    /// The largest of ``leakage``'s magnitudes.
    public var leakageMax: Double?
    /// By attribute k, Δₖ/Δⱼ: its change per change of the word's attribute j, each in units of its class
    /// gap.
    public var leakage: [String: Double?]
    /// The mean cosine of face features before and after; nil without a face network.
    public var identity: Double?
    /// The share of photos whose logit never falls along θ.
    public var monotony: Double?
    /// How many photos.
    public var photos: Int

    /// What one strength does.
    public struct Step: Codable, Hashable, Sendable {
      /// The strength.
      public var theta: Double
      /// The mean logit of the attribute.
      public var score: Double?
      /// The share of photos that have the attribute.
      public var success: Double?
    }
  }

  /// Another way of finding directions, measured where it changes the attributes as much as the words do.
  public struct Baseline: Codable, Hashable, Sendable {
    /// What it is.
    public var name: String
    /// What its directions do.
    public var words: [Word]
  }

  /// Generated images beside photos, by the features of the scorer.
  public struct Generated: Codable, Hashable, Sendable {
    /// The Fréchet distance of the scorer's features; not comparable with FID.
    public var fdScorer: Double?
    /// The share of generated images that look real.
    public var precision: Double?
    /// The share of photos that could have been generated.
    public var recall: Double?
    /// How near images are to those trained on.
    public var nearestNeighbor: NearestNeighbor
    /// How many images were generated.
    public var images: Int

    private enum CodingKeys: String, CodingKey {
      // What the first release wrote.
      case fdScorer, precision, recall, nearestNeighbor = "nearestNeighbour", images = "pictures"
    }

    /// Median distances to the nearest photo trained on; memorized images are nearer than new photos.
    public struct NearestNeighbor: Codable, Hashable, Sendable {
      /// Of generated images.
      public var generatedMedian: Double?
      /// Of photos not trained on.
      public var validationMedian: Double?
    }
  }
}

extension EvaluationReport {
  /// The report as a JSON file: names in snake case, sorted and indented, null for a number that is nil.
  ///
  /// - Throws: An `EncodingError` where a number is not finite.
  public func jsonData() throws -> Data { try Self.jsonData(of: self) }

  /// A part of a report that was measured by itself, such as ``Edits``, as a JSON file of its own.
  ///
  /// - Throws: An `EncodingError` where a number is not finite.
  public static func jsonData(of part: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(part)
  }

  /// Reads the JSON file that ``jsonData()`` makes.
  ///
  /// - Throws: A `DecodingError`.
  public init(jsonData: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(EvaluationReport.self, from: jsonData)
  }
}

extension KeyedEncodingContainer {
  /// Writes null for a number that is nil, where the standard library leaves out the key.
  ///
  /// What the compiler writes for the types of this module calls it instead of the standard library's.
  mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
  }
}
