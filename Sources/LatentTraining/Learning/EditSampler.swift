import Foundation
import LatentArithmetic
import LatentCore

/// Draws the edits that a painter learns from: which attributes of an image change, how far, and what it is to show then.
package struct EditSampler: Sendable {
  /// The attribute of each coordinate of an edit.
  package let targets: [AttributeTarget]
  /// How many attributes a data set has.
  private let attributes: Int
  /// For each attribute those that an image cannot have besides.
  private let excluded: [[Int]]
  private let changedWeight: Float

  /// What is drawn for a batch: coordinates [batch, targets]; for each attribute the share of images that are to have it,
  /// and what it weighs, [batch, attributes].
  package struct Draw {
    package let coordinates: Tensor
    package let wanted: Tensor
    package let weights: Tensor
  }

  package init(targets: [AttributeTarget], attributeNames: [String], changedWeight: Float) {
    (self.targets, attributes, self.changedWeight) = (targets, attributeNames.count, changedWeight)
    excluded = attributeNames.indices.map { attribute in
      let groups = Self.exclusive.filter { $0.contains(attributeNames[attribute]) }
      return attributeNames.indices.filter { other in
        other != attribute && groups.contains { $0.contains(attributeNames[other]) }
      }
    }
  }

  /// Attributes of CelebA of which a face has one at most.
  private static let exclusive = [
    ["Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair", "Bald"], ["Bangs", "Bald", "Receding_Hairline"],
    ["Straight_Hair", "Wavy_Hair", "Bald"], ["No_Beard", "Goatee"], ["No_Beard", "Mustache"],
    ["No_Beard", "Sideburns"], ["No_Beard", "5_o_Clock_Shadow"],
  ]

  /// An edit for each image: one word in two of three, else two or three.
  ///
  /// Words that apply to an image and words that do not are drawn equally often, or taking away would hardly be learned.
  /// Nine changes in ten are against the label, |θ| is uniform in ½ … 1½, and the image is to have the attribute with the
  /// certainty σ(4.4·(|θ| − ½)): half at θ = ½, nearly sure at 1.
  package func draw(for entries: [ImageDataset.Entry], _ stream: inout RandomStream) -> Draw {
    var (coordinates, wanted, weights): ([Float], [Float], [Float]) = ([], [], [])
    for entry in entries {
      let labels = entry.attributes ?? ImageDataset.Attributes()
      var row = [Float](repeating: 0, count: targets.count)
      var shown = (0..<attributes).map { Float(labels[$0] ? 1 : 0) }
      var weight = [Float](repeating: 1, count: attributes)
      var touched: Set<Int> = []
      for _ in 0..<count(&stream) {
        let untouched = targets.indices.filter { !touched.contains(targets[$0].attribute) }
        if untouched.isEmpty { break }
        let wantsApplying = stream.index(below: 2) == 0
        let some = untouched.filter { targets[$0].applies(to: labels) == wantsApplying }
        let candidates = some.isEmpty ? untouched : some
        let index = candidates[stream.index(below: candidates.count)]
        let target = targets[index]
        let applying = target.applies(to: labels)
        let strength = stream.uniform(in: 0.5...1.5)
        let isAgainst = stream.index(below: 10) > 0
        let adds = applying != isAgainst
        row[index] = adds ? strength : -strength
        let certainty = 1 / (1 + exp(-4.4 * (strength - 0.5)))
        let hasIt = adds != target.isReversed
        shown[target.attribute] = hasIt ? certainty : 1 - certainty
        if !isAgainst { shown[target.attribute] = labels[target.attribute] ? 1 : 0 }
        weight[target.attribute] = changedWeight
        touched.insert(target.attribute)
        guard hasIt, isAgainst else { continue }
        for other in excluded[target.attribute] where touched.insert(other).inserted {
          shown[other] = min(shown[other], 1 - certainty)
        }
      }
      coordinates += row
      wanted += shown
      weights += weight
    }
    return Draw(
      coordinates: Tensor(shape: [entries.count, targets.count], elements: coordinates),
      wanted: Tensor(shape: [entries.count, attributes], elements: wanted),
      weights: Tensor(shape: [entries.count, attributes], elements: weights))
  }

  private func count(_ stream: inout RandomStream) -> Int {
    let share = stream.uniform()
    return share < 0.65 ? 1 : share < 0.85 ? 2 : 3
  }
}
