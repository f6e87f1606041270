import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The discriminator with a second head.
struct AttributeDiscriminatorTests {
  private static let attributes = 3
  private static let discriminator = DCGANNetworks(configuration: TinyModel.network(.dcgan))
    .attributeDiscriminator(attributes: attributes)
  private static let images: Tensor = {
    var stream = RandomStream(seed: 2, name: "images")
    return stream.normal(shape: [4, 80, 80, 3])
  }()

  private static func run(_ tape: Tape) -> AttributeDiscriminator.Output {
    let binding = Binding(
      Parameters(discriminator.parameters, seed: 1), on: tape, isTrained: true, phase: .training)
    return discriminator(tape.watch(images, path: "images"), binding)
  }

  @Test func eachHeadHasItsShape() {
    let output = Self.run(Tape(threads: 1))
    #expect(output.score.shape == [4, 1])
    #expect(output.attributes.shape == [4, Self.attributes])
    let values = output.score.value.elements + output.attributes.value.elements
    #expect(values.allSatisfy(\.isFinite) && Set(values).count == values.count)
  }

  // ∂⟨head, random⟩/∂(trunk) is not zero for either head, and ∂/∂(the other head) is none at all. The verdict is that of
  // the discriminator without a second head.
  @Test(arguments: [false, true]) func theHeadsShareTheTrunk(isVerdict: Bool) throws {
    let tape = Tape(threads: 1)
    let output = Self.run(tape)
    let head = isVerdict ? output.score : output.attributes
    let cotangent = Tensor(
      shape: head.shape, elements: randomFloats(count: head.value.count, seed: 3))
    let gradients = tape.gradients(of: head, cotangent: cotangent)
    let trunk = Self.discriminator.trunk.parameters.filter(\.isTrainable).map(\.path)
    #expect(trunk.count == 8)
    for path in trunk + ["images"] {
      let gradient = try #require(gradients[path], "\(path)")
      #expect(gradient.elements.allSatisfy(\.isFinite) && gradient.squaredNorm > 0, "\(path)")
    }
    let heads = Set(gradients.keys).subtracting(trunk + ["images"])
    let own = isVerdict ? "discriminator.output." : "discriminator.attributes."
    #expect(heads == [own + "weight", own + "bias"])
  }

  @Test func theVerdictIsTheDiscriminators() {
    let tape = Tape(threads: 1)
    let parameters = Parameters(Self.discriminator.parameters, seed: 1)
    let plain = TinyModel.network(.dcgan).discriminator(isSpectrallyNormalized: true)
    let binding = Binding(parameters, on: tape, isTrained: false, phase: .training)
    let verdict = plain(tape.constant(Self.images), binding).value
    #expect(verdict.elements == Self.run(Tape(threads: 1)).score.value.elements)
  }
}
