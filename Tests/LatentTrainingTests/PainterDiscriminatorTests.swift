import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The verdict on images and attributes together.
struct PainterDiscriminatorTests {
  private static let discriminator = PainterDiscriminator(width: 2, attributes: 3)

  private func verdicts(_ attributes: [Float], threads: Int = 1) -> [Float] {
    let tape = Tape(threads: threads)
    let binding = Binding(
      Parameters(Self.discriminator.parameters, seed: 4), on: tape, isTrained: false, phase: .inference)
    let images = Tensor((0..<2).map { smoothImage(width: 160, height: 160, seed: 5 * $0 + 1) })
    let output = Self.discriminator(tape.constant(images), binding)
    #expect(output.parts.shape == [2, 10, 10, 1] && output.attributes.shape == [2, 3])
    let labels = Tensor(shape: [2, 3], elements: attributes)
    let verdict = Self.discriminator.verdict(on: output.features, attributes: labels, binding)
    #expect(verdict.shape == [2, 1])
    return verdict.value.elements
  }

  // An image's verdict hangs on its own attributes and on nobody else's.
  @Test func attributesDecideTheirOwnImage() {
    let before = verdicts([1, 0, 0, 1, 0, 0])
    let after = verdicts([1, 0, 0, 0, 0, 1])
    #expect(before[0] == after[0] && before[1] != after[1])
    #expect(before[0] != before[1])
    #expect(verdicts([1, 0, 0, 1, 0, 0], threads: 3) == before)
  }
}
