import LatentArithmetic
import LatentCore

/// Models of random weights, small enough for a test.
package enum TinyModel {
  package static let latentSize = 6
  package static let hiddenUnits = 16
  package static let dimension = 5
  package static let words = ["smiling", "blond", ". . .", "new york"]

  /// The parts that an editor needs, in the order they are trained.
  package static let parts: [Model.Part] = [.generator, .encoder, .projector]
  package static let architectures = NetworkConfiguration.Architecture.allCases

  package static func network(
    _ architecture: NetworkConfiguration.Architecture, imageSize: Int = 80
  ) -> NetworkConfiguration {
    NetworkConfiguration(architecture: architecture, latentSize: latentSize, width: 4, imageSize: imageSize)
  }

  package static let projector = ProjectorNetwork(
    dimension: dimension, hiddenUnits: hiddenUnits, latentSize: latentSize)

  /// Random vectors of ``words``, of the length the projector takes.
  package static var vectors: WordVectors {
    var stream = RandomStream(seed: 4, name: "vectors")
    return WordVectors(words: words, values: stream.normal(shape: [words.count, dimension]).elements)
  }

  /// A model with all its parts and a table of random directions.
  package static func complete(
    _ architecture: NetworkConfiguration.Architecture = .paper, framing: Framing = .detected(by: .celeba),
    imageSize: Int = 80
  ) -> Model {
    let network = network(architecture, imageSize: imageSize)
    var model = Model(network, framing: framing)
    model.set(.generator, to: parameters(network.generator.parameters), record: #"{"seed":1}"#)
    model.set(.encoder, to: parameters(network.encoder.parameters), record: #"{"seed":2}"#)
    model.set(.projector, to: parameters(projector.layers.parameters), record: #"{"seed":3}"#)
    var stream = RandomStream(seed: 5, name: "directions")
    model.directions = WordVectors(
      words: words, values: stream.normal(shape: [words.count, latentSize]).elements)
    model.meanCode = stream.normal(shape: [latentSize])
    return model
  }

  /// A model with a painter of random weights that paints its first two words.
  package static func painting() -> Model {
    var model = complete(.dcgan)
    let configuration = PainterConfiguration(width: 4, attributes: 2)
    var parameters = parameters(PainterNetwork(configuration).parameters)
    if let table = model.directions { parameters["painter.directions"] = table.matrix.rows([0, 1]) }
    model.setPainter(configuration, to: parameters, record: #"{"seed":4}"#)
    return model
  }

  /// Weights that keep the size of what goes through them, so that a change of the code shows in the image.
  package static func parameters(_ specifications: [ParameterSpecification]) -> Parameters {
    var result = Parameters()
    for specification in specifications {
      var stream = RandomStream(seed: 6, name: specification.path)
      let shape = specification.shape
      if case .constant(let value) = specification.initializer {
        let around = stream.uniform(shape: shape, limit: 0.2).elements
        result[specification.path] = Tensor(shape: shape, elements: around.map { value + $0 })
      } else {
        let inputs = shape.dropLast().reduce(1, *)
        result[specification.path] = stream.normal(
          shape: shape, deviation: 1.5 / Float(inputs).squareRoot())
      }
    }
    return result
  }
}

extension Parameters {
  /// The bits of all tensors by path: equal only if nothing differs.
  package var bits: [String: [UInt32]] {
    Dictionary(uniqueKeysWithValues: paths.map { ($0, self[$0]?.elements.map(\.bitPattern) ?? []) })
  }
}
