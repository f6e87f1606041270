import LatentArithmetic
import LatentCore

/// Latent codes of images and which of the words apply to each.
public struct LabeledLatents: Sendable {
  /// [images, d].
  public let latents: Tensor
  /// Row-major, images × words: whether the word applies.
  public let labels: [Bool]
  /// How many words there are.
  public let words: Int

  /// Puts labels to codes.
  ///
  /// - Precondition: There is a label for each image and word.
  public init(latents: Tensor, labels: [Bool], words: Int) {
    precondition(
      labels.count == latents.shape[0] * words,
      "\(latents.shape[0]) images and \(words) words need other than \(labels.count) labels.")
    (self.latents, self.labels, self.words) = (latents, labels, words)
  }

  var count: Int { latents.shape[0] }

  func label(_ image: Int, _ word: Int) -> Bool { labels[image * words + word] }

  /// Whether a word applies to some images and not to others.
  package func varies(_ word: Int) -> Bool {
    (1..<count).contains { label($0, word) != label(0, word) }
  }

  /// Pairs of different images, drawn from a named stream.
  ///
  /// - Precondition: There are at least two images.
  public func randomPairs(_ count: Int, seed: UInt64, name: String) -> [(source: Int, target: Int)] {
    precondition(self.count > 1, "A pair takes two images, not \(self.count).")
    var stream = RandomStream(seed: seed, name: name)
    return (0..<count).map { _ in
      let source = stream.index(below: self.count)
      let target = (source + 1 + stream.index(below: self.count - 1)) % self.count
      return (source, target)
    }
  }
}

extension LabeledLatents {
  /// φ of each two words over the images, 0 where a word never varies.
  package var labelCorrelations: [[Double]] {
    let values = Tensor(shape: [count, words], elements: labels.map { $0 ? 1 : 0 })
    let ones = Tensor(shape: [1, count], repeating: 1 / Float(count))
    let means = Kernels.matrixProduct(ones, values, threads: 1).elements.map(Double.init)
    let products = Kernels.matrixProduct(values, values, transposingFirst: true, threads: 1).elements
    return (0..<words).map { a in
      (0..<words).map { b in
        let covariance = Double(products[a * words + b]) / Double(count) - means[a] * means[b]
        let variance = means[a] * (1 - means[a]) * means[b] * (1 - means[b])
        return variance > 0 ? covariance / variance.squareRoot() : 0
      }
    }
  }
}
