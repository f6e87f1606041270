import CKernels
import CKernelsReference
import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The gradients of the projector's three losses against central differences in double precision.
struct ProjectorGradientTests {
  private static let (images, words, dimension, d) = (30, 7, 6, 9)

  private let embeddings = Tensor(
    shape: [words, dimension], elements: randomFloats(count: words * dimension, seed: 1))
  private let data = LabeledLatents(
    latents: Tensor(shape: [images, d], elements: randomFloats(count: images * d, seed: 2)),
    labels: randomFloats(count: images * words, seed: 3).map { $0 > 0.3 }, words: words)
  private let pairs = (0..<12).map { (source: $0, target: 29 - 2 * $0) }
  private let network = ProjectorNetwork(dimension: dimension, hiddenUnits: 11, latentSize: d).layers

  // addition: mean over pairs of ‖Σθ_j w_j − D‖²/d with θ_j = ⟨w_j, D⟩/(⟨w_j, w_j⟩ + ε) over the words that differ.
  // signedAddition: mean((Σ s·w − D)²), s = ±1 for a word that appears or disappears.
  // averaging: mean(((z + m)/2 − z₂)²), m being the mean of the differing words' vectors, with the sign of the change.
  @Test(arguments: ProjectorRecipe.Method.allCases) func everyTensor(method: ProjectorRecipe.Method) {
    let parameters = liveParameters(network, seed: 4)
    var recipe = ProjectorRecipe()
    recipe.method = method
    let training = ProjectorTraining(
      recipe: recipe, embeddings: embeddings, data: data, projector: parameters)
    let (losses, gradients) = training.gradients(on: pairs, threads: 2)
    let twin = ReferenceNetwork(network, parameters, phase: .training)
    let words = ReferenceTensor(embeddings)
    func loss(_ moved: ReferenceParameters) -> Double {
      let directions = twin(words, moved).values
      return switch method {
      case .signedAddition: signedLoss(directions)
      case .addition: additionLoss(directions)
      case .averaging: averagingLoss(directions)
      }
    }
    let expected = loss(parameters.inDouble)
    #expect(abs(Double(losses.loss) - expected) <= 1e-6 * expected)
    #expect(gradients.keys.sorted() == network.parameters.map(\.path).sorted())
    for comparison in comparisons(of: gradients, at: parameters, seed: 5, loss: loss) {
      #expect(comparison.error <= 1e-5, "\(comparison)")
    }
  }

  private func changes(_ source: Int, _ target: Int) -> [Int] {
    (0..<Self.words).map { word in
      let before = data.labels[source * Self.words + word]
      let after = data.labels[target * Self.words + word]
      return before == after ? 0 : after ? 1 : -1
    }
  }

  private func code(_ image: Int) -> [Double] { data.latents.row(image).map { Double($0) } }

  private func additionLoss(_ directions: [Double]) -> Double {
    let mask = pairs.flatMap { changes($0.source, $0.target).map { $0 == 0 ? UInt8(0) : 1 } }
    let differences = pairs.flatMap { zip(code($0.target), code($0.source)).map { $0 - $1 } }
    var theta = [Double](repeating: 0, count: mask.count)
    var losses = [Double](repeating: 0, count: pairs.count)
    var gradient = directions
    ck_reference_theta_loss(
      pairs.count, Self.words, Self.d, true, 1e-8, directions, differences, mask, &theta, &losses, &gradient)
    return losses.reduce(0, +) / Double(pairs.count)
  }

  private func signedLoss(_ directions: [Double]) -> Double {
    var sum = 0.0
    for (source, target) in pairs {
      let signs = changes(source, target)
      let (before, after) = (code(source), code(target))
      for index in 0..<Self.d {
        let change = (0..<Self.words).reduce(0.0) { $0 + Double(signs[$1]) * directions[$1 * Self.d + index] }
        let error = change - (after[index] - before[index])
        sum += error * error
      }
    }
    return sum / Double(pairs.count * Self.d)
  }

  private func averagingLoss(_ directions: [Double]) -> Double {
    var sum = 0.0
    for (source, target) in pairs {
      let signs = changes(source, target)
      let count = Double(max(1, signs.count { $0 != 0 }))
      let (before, after) = (code(source), code(target))
      for index in 0..<Self.d {
        let mean = (0..<Self.words).reduce(0.0) {
          $0 + Double(signs[$1]) * directions[$1 * Self.d + index] / count
        }
        let error = (before[index] + mean) / 2 - after[index]
        sum += error * error
      }
    }
    return sum / Double(pairs.count * Self.d)
  }
}
