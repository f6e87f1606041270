import LatentArithmetic
import LatentCore

extension Benchmark {
  /// Encode a batch, add a direction to each code, generate.
  static let edits = NetworkConfiguration.measured.flatMap { name, network in
    [1, 64].map { batch in
      Benchmark("edit \(name) B\(batch)") { Edit(network: network, batch: batch, threads: $0) }
    }
  }
}

extension NetworkConfiguration {
  /// The two families by the names that lines give them.
  static let measured: [(name: String, network: NetworkConfiguration)] = [
    ("paper", .paper), ("dcgan", .dcgan),
  ]
}

extension Tensor {
  /// A batch of images of normal noise.
  static func images(_ batch: Int) -> Tensor {
    var stream = RandomStream(input: "images")
    let size = NetworkConfiguration.paper.imageSize
    return stream.normal(shape: [batch, size, size, 3])
  }
}

/// z = E(x), G(z + w), as an editor does it.
private struct Edit: Workload {
  private let encoder: InferenceNetwork
  private let generator: InferenceNetwork
  private let images: Tensor
  private let directions: Tensor
  private let threads: Int

  init(network: NetworkConfiguration, batch: Int, threads: Int) {
    (encoder, generator) = (Self.fresh(network.encoder), Self.fresh(network.generator))
    images = .images(batch)
    var stream = RandomStream(input: "directions")
    directions = stream.normal(shape: [batch, network.latentSize])
    self.threads = threads
  }

  private static func fresh(_ network: Sequential) -> InferenceNetwork {
    InferenceNetwork(network, Parameters(network.parameters, seed: 1))
  }

  func iterate() -> Tensor {
    let codes = encoder(images, threads: threads)
    let tape = Tape(threads: threads)
    let edited = tape.constant(codes).adding(tape.constant(directions)).value
    return generator(edited, threads: threads)
  }
}
