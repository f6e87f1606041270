import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The sizes of the networks, and what comes out of them.
struct NetworkTests {
  private static let batch = 2

  private static func count(_ layers: Sequential) -> Int {
    layers.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  // The numbers that the authors' checkpoints have.
  @Test func paperNetworksHaveThePublishedSizes() {
    let network = NetworkConfiguration.paper
    #expect(Self.count(network.generator) == 1_701_891)
    #expect(Self.count(network.discriminator(isSpectrallyNormalized: false)) == 1_651_841)
    #expect(Self.count(network.encoder) == 1_695_560)
    #expect(
      Self.count(ProjectorNetwork(dimension: 100, hiddenUnits: 1024, latentSize: 200).layers) == 308_424)
  }

  // With 5·5·8w = 12,800 units at the start and 16·w·(3 + 2w + 8w + 32w) weights of kernels, w = 64: 2,755,584.
  // Normalization has 2 numbers a channel, biases 1; channels are 8w, 4w, 2w, w.
  @Test func dcganNetworksHaveTheSizesOfTheirLayers() {
    let network = NetworkConfiguration.dcgan
    let kernels = 2_755_584
    #expect(Self.count(network.generator) == kernels + 100 * 12_800 + 2 * (512 + 256 + 128 + 64))
    #expect(Self.count(network.encoder) == kernels + 12_800 * 100 + 2 * (512 + 256 + 128))
    #expect(
      Self.count(network.discriminator(isSpectrallyNormalized: false))
        == kernels + 12_800 + 2 * (512 + 256 + 128))
    #expect(
      Self.count(network.discriminator(isSpectrallyNormalized: true))
        == kernels + (512 + 256 + 128 + 64) + 12_800 + 1)
  }

  // Files of before there was a choice lack the key; what is written now has it.
  @Test func modelsWithoutTheKeyDoNotNormalizeCodes() throws {
    let old = Data(#"{"architecture":"dcgan","latentSize":6,"width":4}"#.utf8)
    let network = try JSONDecoder().decode(NetworkConfiguration.self, from: old)
    #expect(network == NetworkConfiguration(architecture: .dcgan, latentSize: 6, width: 4))
    #expect(!network.normalizesCodes)
    for normalizes in [false, true] {
      var network = network
      network.normalizesCodes = normalizes
      let decoded = try JSONDecoder().decode(
        NetworkConfiguration.self, from: JSONEncoder().encode(network))
      #expect(decoded == network && decoded.normalizesCodes == normalizes)
    }
  }

  // What is written of 80 pixels is as it was before there was a choice.
  @Test func theSizeTravelsWithTheNetwork() throws {
    for size in NetworkConfiguration.imageSizes {
      let network = NetworkConfiguration(architecture: .paper, latentSize: 6, width: 4, imageSize: size)
      let data = try JSONEncoder().encode(network)
      #expect(try JSONDecoder().decode(NetworkConfiguration.self, from: data) == network)
      #expect(String(decoding: data, as: UTF8.self).contains("imageSize") == (size != 80))
    }
  }

  // Four halvings lead to 4×4 from 64 pixels and to 5×5 from 80, five from 128 and 160; DCGAN's widths stop at eight times.
  @Test(arguments: NetworkConfiguration.imageSizes, NetworkConfiguration.Architecture.allCases)
  func networksHaveTheirSize(size: Int, architecture: NetworkConfiguration.Architecture) throws {
    let network = NetworkConfiguration(architecture: architecture, latentSize: 6, width: 2, imageSize: size)
    let images = network.generator.inferred(
      Self.noise([Self.batch, 6], seed: 5), Self.parameters(network.generator), threads: 2)
    #expect(images.shape == [Self.batch, size, size, 3])
    let half = images.count / 2
    #expect(images.elements[..<half] != images.elements[half...])
    let codes = network.encoder.inferred(images, Self.parameters(network.encoder), threads: 2)
    #expect(codes.shape == [Self.batch, 6])
    let layers = network.discriminator(isSpectrallyNormalized: false)
    #expect(layers.inferred(images, Self.parameters(layers), threads: 2).shape == [Self.batch, 1])
    let start = size % 5 == 0 ? 5 : 4
    let widest = architecture == .dcgan ? 16 : 2
    let input = try #require(network.generator.parameters.first { $0.path == "generator.input.weight" })
    #expect(input.shape == [6, start * start * widest])
  }

  private static func parameters(_ layers: Sequential) -> Parameters {
    Parameters(layers.parameters, seed: 1)
  }

  private static func noise(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  // tanh ends in −1...1 whatever comes in, and large codes reach nearly that far.
  @Test(arguments: [NetworkConfiguration.paper, .dcgan]) func generatorDrawsImages(
    network: NetworkConfiguration
  ) {
    let codes = Tensor(
      shape: [Self.batch, network.latentSize],
      elements: Self.noise([Self.batch, network.latentSize], seed: 2).elements.map { 1e4 * $0 })
    let images = network.generator.inferred(codes, Self.parameters(network.generator), threads: 2)
    #expect(images.shape == [Self.batch, 80, 80, 3])
    let values = images.elements
    #expect(values.allSatisfy { $0.isFinite && (-1...1).contains($0) })
    #expect((values.min() ?? 0) < -0.9 && (values.max() ?? 0) > 0.9)
    #expect(values[..<(values.count / 2)] != values[(values.count / 2)...])
  }

  @Test(arguments: [NetworkConfiguration.paper, .dcgan]) func encoderFindsCodes(
    network: NetworkConfiguration
  ) {
    let images = Self.noise([Self.batch, 80, 80, 3], seed: 3)
    let codes = network.encoder.inferred(images, Self.parameters(network.encoder), threads: 2)
    #expect(codes.shape == [Self.batch, network.latentSize])
    #expect(codes.elements.allSatisfy { $0.isFinite })
    #expect(codes.row(0) != codes.row(1))
  }

  @Test(arguments: [NetworkConfiguration.paper, .dcgan], [true, false]) func discriminatorGivesALogit(
    network: NetworkConfiguration, isSpectrallyNormalized: Bool
  ) {
    let layers = network.discriminator(isSpectrallyNormalized: isSpectrallyNormalized)
    let images = Self.noise([Self.batch, 80, 80, 3], seed: 4)
    let logits = layers.inferred(images, Self.parameters(layers), threads: 2)
    #expect(logits.shape == [Self.batch, 1])
    #expect(logits.elements.allSatisfy { $0.isFinite })
    #expect(logits.elements[0] != logits.elements[1])
  }

  // (cW)/σ(cW) = W/σ(W): a spectrally normalized network does not see the scale of its weights, and without biases
  // a plain one, positively homogeneous of degree 1 in each layer, gives c times its logit. c is a power of two, so
  // that scaling rounds nothing but what ε in σ does.
  @Test(arguments: [true, false]) func spectralNormTakesAwayTheScaleOfAWeight(isSpectrallyNormalized: Bool) {
    let network = NetworkConfiguration(architecture: .dcgan, latentSize: 6, width: 4)
    let layers = network.discriminator(isSpectrallyNormalized: isSpectrallyNormalized)
    let images = Self.noise([Self.batch, 80, 80, 3], seed: 5)
    let parameters = Self.parameters(layers)
    let logits = layers.inferred(images, parameters, threads: 1).elements
    let path = "discriminator.output.weight"
    var scaled = parameters
    scaled[path] = parameters[path].map { weight in
      Tensor(shape: weight.shape, elements: weight.elements.map { 4 * $0 })
    }
    let factor = isSpectrallyNormalized ? 1.0 : 4.0
    #expect(
      relativeError(
        layers.inferred(images, scaled, threads: 1).elements, logits.map { factor * Double($0) }) <= 1e-5)
  }
}
