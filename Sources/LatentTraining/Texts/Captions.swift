import LatentArithmetic
import LatentCore

/// Captions of images with attributes, by what they say: 1 for each attribute that is there, −1 for each that is denied.
///
/// How captions are worded is left to the network that reads texts, which has learned to before. Whether one fits an image is
/// known of the image's attributes, so captions need not be drawn from an image to be right for it, and none that is taken to
/// be wrong is right.
enum Captions {
  /// The most attributes that one is about.
  private static let mostAttributes = 3
  /// What part of captions is about one or two attributes, whatever the images show; the others fit an image of the step. A
  /// few say nothing, as “a face” does, and fit all.
  private static let randomShare = 0.4
  private static let emptyShare = 0.03

  /// Draws the captions of a step.
  ///
  /// Each attribute comes first in as many as any other.
  ///
  /// - Returns: What they say, [captions, attributes], and 1 where a caption fits an image, [images, captions].
  static func drawn(
    _ count: Int, attributes: Int, for entries: [ImageDataset.Entry], _ random: inout RandomStream
  ) -> (coordinates: Tensor, targets: Tensor) {
    let captions = (0..<count).map { index -> [AttributeTarget] in
      if random.uniform() < emptyShare { return [] }
      let isRandom = Double(index) < Double(count) * randomShare
      let labels = isRandom ? nil : entries[index % entries.count].attributes
      let length = 1 + random.index(below: min(isRandom ? 2 : mostAttributes, attributes))
      var about: Set = [index % attributes]
      while about.count < length { about.insert(random.index(below: attributes)) }
      return about.sorted().map { attribute in
        AttributeTarget(
          attribute: attribute, isReversed: labels.map { !$0[attribute] } ?? (random.uniform() < 0.5))
      }
    }
    var coordinates = [Float](repeating: 0, count: count * attributes)
    for (index, caption) in captions.enumerated() {
      for target in caption {
        coordinates[index * attributes + target.attribute] = target.isReversed ? -1 : 1
      }
    }
    let targets = entries.flatMap { entry in
      captions.map { caption -> Float in
        guard let labels = entry.attributes else { return 0 }
        return caption.allSatisfy { $0.applies(to: labels) } ? 1 : 0
      }
    }
    return (
      Tensor(shape: [count, attributes], elements: coordinates),
      Tensor(shape: [entries.count, count], elements: targets)
    )
  }
}
