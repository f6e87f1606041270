import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The families of scorers, and the files that say which one a scorer is of.
struct ScorerConfigurationTests {
  private static let names = ["Bright", "Red", "Round"]
  private static let fileName = "scorer.safetensors"
  private static let metadata = [
    "format": "LatentArithmetic scorer 1", "attributes": names.joined(separator: "\n"), "width": "4",
  ]
  private let crops = (0..<3).map { randomImage(width: 80, height: 80, seed: UInt64($0) + 4) }

  private func layers(_ architecture: ScorerConfiguration.Architecture) -> Sequential {
    ScorerConfiguration(architecture: architecture, width: 4).layers(outputs: Self.names.count)
  }

  /// Parameters as a half-precision file keeps them.
  private func parameters(_ layers: Sequential) -> Parameters {
    var result = liveParameters(Sequential(layers.layers.flatMap(Self.flat)), seed: 8)
    for path in result.paths {
      result[path] = result[path].map {
        Tensor(shape: $0.shape, elements: $0.elements.map { Float(Float16($0)) })
      }
    }
    return result
  }

  private static func flat(_ layer: any Layer) -> [any Layer] {
    (layer as? Residual).map { $0.body.layers } ?? [layer]
  }

  private func scorer(
    _ architecture: ScorerConfiguration.Architecture, _ alignment: FaceAlignment = .celeba
  ) -> AttributeScorer {
    let layers = layers(architecture)
    return AttributeScorer(
      attributeNames: Self.names, framing: .detected(by: alignment), layers: layers,
      parameters: parameters(layers),
      threads: 1)
  }

  // The pyramid's layers and, at 40, 20, 10 and 5 pixels, two 3×3 convolutions around which their input is led.
  @Test func aResidualScorerHasABlockAtEachSize() {
    let (pyramid, residual) = (layers(.pyramid), layers(.residual))
    let shapes = Dictionary(uniqueKeysWithValues: residual.parameters.map { ($0.path, $0.shape) })
    var expected = Dictionary(uniqueKeysWithValues: pyramid.parameters.map { ($0.path, $0.shape) })
    for channels in [4, 8, 16, 32] {
      for name in ["first", "second"] {
        let path = "scorer.residual\(channels).\(name)"
        expected[path + ".weight"] = [3, 3, channels, channels]
        for vector in ["scale", "offset", "mean", "variance"] {
          expected["\(path).norm.\(vector)"] = [channels]
        }
      }
    }
    #expect(shapes == expected)

    let tape = Tape(threads: 1)
    let binding = Binding(parameters(residual), on: tape, isTrained: false, phase: .inference)
    var (x, blocks) = (tape.constant(Tensor(crops)), [[Int]]())
    for layer in residual.layers {
      x = layer(x, binding)
      if layer is Residual { blocks.append(x.shape) }
    }
    #expect(blocks == [[3, 40, 40, 4], [3, 20, 20, 8], [3, 10, 10, 16], [3, 5, 5, 32]])
    #expect(x.shape == [3, 3])
    #expect(scorer(.residual).features(of: crops).shape == [3, 32])
  }

  // What a scorer computes, its normalizations multiplied into its weights, is what its layers compute in inference.
  @Test(arguments: ScorerConfiguration.Architecture.allCases)
  func foldedIsUnfolded(architecture: ScorerConfiguration.Architecture) {
    let layers = layers(architecture)
    let tape = Tape(threads: 2)
    let binding = Binding(parameters(layers), on: tape, isTrained: false, phase: .inference)
    let expected = layers(tape.constant(Tensor(crops)), binding).value
    let got = InferenceNetwork(layers, parameters(layers))
    #expect(got.parameters.paths.allSatisfy { !$0.contains(".norm.") })
    let logits = got(Tensor(crops), threads: 2)
    #expect(logits.shape == [3, 3])
    #expect(relativeError(logits.elements, expected.elements.map { Double($0) }) <= 3e-6)
    #expect(scorer(architecture).logits(of: Tensor(crops)).elements == logits.elements)
  }

  @Test(
    arguments: ScorerConfiguration.Architecture.allCases,
    [
      ("celeba", Framing.detected(by: .celeba)), ("box 0.5", .detected(by: .box(margin: 0.5))),
      ("square", .centerSquare),
    ])
  func aFileKeepsTheScorer(
    architecture: ScorerConfiguration.Architecture, framing: (name: String, value: Framing)
  ) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(Self.fileName)
      try AttributeScorer.write(
        parameters(layers(architecture)), attributeNames: Self.names, framing: framing.value,
        configuration: ScorerConfiguration(architecture: architecture, width: 4), record: "{}", to: url)
      let metadata = try TensorFile(contentsOf: url).metadata
      #expect(
        metadata["architecture"] == architecture.rawValue && metadata["alignment"] == framing.name)
      let read = try AttributeScorer(contentsOf: url, threads: 1)
      #expect(read.attributeNames == Self.names && read.framing == framing.value)
      #expect(read.logits(of: crops) == scorer(architecture).logits(of: crops))
    }
  }

  private func opened(_ metadata: [String: String]) throws -> AttributeScorer {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(Self.fileName)
      try parameters(layers(.pyramid)).write(to: url, metadata: metadata, precision: .half)
      return try AttributeScorer(contentsOf: url, threads: 1)
    }
  }

  // The first release's files name neither family nor alignment: there was one of each.
  @Test func aScorerOfTheFirstReleaseOpens() throws {
    let read = try opened(Self.metadata)
    #expect(read.attributeNames == Self.names && read.alignment == .celeba)
    #expect(read.logits(of: crops) == scorer(.pyramid).logits(of: crops))
  }

  @Test(arguments: [
    ("architecture", "transformer"), ("architecture", ""), ("alignment", "wide"), ("width", "0"),
  ])
  func whatIsNotKnownIsRefused(key: String, value: String) {
    #expect(throws: ModelError.notAScorer(name: Self.fileName)) {
      try opened(Self.metadata.merging([key: value]) { $1 })
    }
  }

  // A file that calls itself residual and has a pyramid's tensors lacks some.
  @Test func tensorsAreThoseOfTheFamily() throws {
    let error = #expect(throws: WeightSourceError.self) {
      try opened(Self.metadata.merging(["architecture": "residual"]) { $1 })
    }
    #expect(error?.faults.count == 40)
  }
}
