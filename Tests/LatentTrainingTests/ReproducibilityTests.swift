import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// The same seed gives the same bits, whatever the number of threads.
struct ReproducibilityTests {
  private static let threads = [1, 2, 3]
  private static let batch = 5

  private static var recipes: [GANRecipe] {
    var dcgan = GANRecipe.dcgan
    dcgan.network = NetworkConfiguration(architecture: .dcgan, latentSize: 16, width: 8)
    var paper = GANRecipe.paper
    paper.network = NetworkConfiguration(architecture: .paper, latentSize: 16, width: 8)
    return [dcgan, paper]
  }

  // Three steps with all that is random: noise, augmentation, dropout; hinge and cross-entropy.
  @Test(arguments: recipes) func generator(recipe: GANRecipe) throws {
    let states = try Self.threads.map { threads in
      var training = GANTraining(recipe: recipe, seed: 7)
      for step in 0..<3 { _ = try training.update(real: Self.images(step), threads: threads) }
      return training.state
    }
    expectEqualBits(states)
  }

  @Test(arguments: recipes) func encoder(recipe: GANRecipe) throws {
    let network = recipe.network
    let states = try Self.threads.map { threads in
      var training = EncoderTraining(
        network: network, settings: EncoderRecipe().optimizer,
        generator: Parameters(network.generator.parameters, seed: 1),
        encoder: Parameters(network.encoder.parameters, seed: 2))
      for step in 0..<3 { _ = try training.update(real: Self.images(step), threads: threads) }
      return training.state
    }
    expectEqualBits(states)
  }

  @Test(arguments: ProjectorRecipe.Method.allCases) func projector(method: ProjectorRecipe.Method) {
    var recipe = ProjectorRecipe()
    recipe.method = method
    var stream = RandomStream(seed: 3, name: "projector")
    let embeddings = stream.normal(shape: [40, 50])
    let labels = stream.normal(shape: [60, 40]).elements.map { $0 > 0 }
    let data = LabeledLatents(latents: stream.normal(shape: [60, 100]), labels: labels, words: 40)
    let layers = ProjectorNetwork(dimension: 50, hiddenUnits: 200, latentSize: 100).layers
    let states = Self.threads.map { threads in
      var training = ProjectorTraining(
        recipe: recipe, embeddings: embeddings, data: data,
        projector: Parameters(layers.parameters, seed: 4))
      for step in 0..<3 {
        _ = training.update(pairs: (0..<20).map { ($0, 59 - $0 - step) }, threads: threads)
      }
      return training.state
    }
    expectEqualBits(states)
  }

  private static func images(_ step: Int) -> Tensor {
    var stream = RandomStream(seed: 5, name: "images \(step)")
    return stream.normal(shape: [batch, 80, 80, 3])
  }

  private func expectEqualBits(_ states: [Parameters]) {
    let first = states[0]
    #expect(states.count == 3 && !first.paths.isEmpty)
    for state in states {
      #expect(state.paths == first.paths)
      for path in first.paths {
        // Compared before they are expected, so that a failure names the tensor and not its numbers.
        let isEqual = state[path]?.elements.map(\.bitPattern) == first[path]?.elements.map(\.bitPattern)
        let isFinite = first[path]?.elements.allSatisfy(\.isFinite) == true
        #expect(isEqual && isFinite, "\(path)")
      }
    }
  }
}
