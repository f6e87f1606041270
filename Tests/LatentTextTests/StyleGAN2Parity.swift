import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// StyleGAN2 at 256 pixels against rosinality's in PyTorch: relative errors ‖a − b‖₂/‖b‖₂.
@Suite(.serialized, .enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct StyleGAN2Parity {
  private static let opened = Result {
    try FormulaCheckpoint.with("stylegan2-256") { try StyleGAN2Generator<ZSpace>(contentsOf: $0, threads: 2) }
  }
  private static let arrays = Result {
    try NumPyArchive.arrays(contentsOf: Shared.url("golden/stylegan2-256.npz"))
  }

  private func golden(_ name: String) throws -> NumPyArchive.Array {
    try #require(try Self.arrays.get()[name], "\(name)")
  }

  private var noise: [Latent<ZSpace>] {
    let noise = GoldenNetworks.noise("input.z", shape: [2, 512])
    return (0..<2).map { Latent(noise.row($0)) }
  }

  // The golden arrays are of the same z and have no rounding but single precision's.
  @Test func mappedNoiseAgrees() throws {
    let generator = try Self.opened.get()
    #expect(generator.imageSize == 256 && generator.latentSize == 512)
    let (z, w) = (try golden("z"), try golden("w"))
    #expect(noise.flatMap(\.values) == z.values.map { Float($0) })
    let error = relativeError(generator.mapped(noise).flatMap(\.values), w.values)
    print("StyleGAN2 w: \(error)")
    #expect(error <= 1e-5)
  }

  @Test func everyStyleAgrees() throws {
    let generator = try Self.opened.get()
    let codes = generator.styles(of: generator.layered(generator.mapped(noise)))
    #expect(generator.in(StyleSpace.self).latentSize == 8704 && generator.styleLayers.count == 20)
    #expect(
      generator.styleLayers.indices.filter { !generator.styleLayers[$0].isEdited } == [
        1, 4, 7, 10, 13, 16, 19,
      ])
    for (index, layer) in generator.styleLayers.enumerated() {
      let expected = try golden("s\(index)")
      let error = relativeError(codes.flatMap { Array($0.values[layer.range]) }, expected.values)
      if index == 0 || index == 19 { print("StyleGAN2 s\(index): \(error)") }
      #expect(error <= 1e-5, "\(layer.name)")
    }
  }

  // The golden image is stored in half precision, whose rounding is 2⁻¹¹ of each value at most.
  @Test func imageAgreesFromEachSpace() throws {
    let generator = try Self.opened.get()
    let image = try golden("image")
    let expected = GoldenNetworks.permuted(image.values.map { Float($0) }, image.shape, [0, 2, 3, 1])
      .elements.map { Double($0) }
    let w = generator.mapped(noise)
    let layered = generator.layered(w)
    func error<Space>(_ generator: StyleGAN2Generator<Space>, _ codes: [Latent<Space>]) -> Double {
      let batch = Tensor(shape: [2, generator.latentSize], elements: codes.flatMap(\.values))
      return relativeError(generator.images(of: Tape(threads: 2).constant(batch)).value.elements, expected)
    }
    let errors = [
      error(generator, noise), error(generator.in(WSpace.self), w),
      error(generator.in(WPlusSpace.self), layered),
      error(generator.in(StyleSpace.self), generator.styles(of: layered)),
    ]
    print("StyleGAN2 image: \(errors)")
    #expect(errors.allSatisfy { $0 <= 1e-3 })
  }

  // d⟨image, c⟩/dw⁺ with c = `input.cotangent`, at the golden w. Both networks round, so that a few of their 60 million
  // activations lie on different sides of the kink; each of those is an error that no precision of sums takes away.
  @Test func gradientAgrees() throws {
    let generator = try Self.opened.get().in(WPlusSpace.self)
    let w = try golden("w").values.map { Float($0) }
    let codes = (0..<2).flatMap { image in (0..<14).flatMap { _ in w[image * 512..<(image + 1) * 512] }
    }
    let tape = Tape(threads: 2)
    let batch = Tensor(shape: [2, generator.latentSize], elements: codes)
    let drawing = generator.images(of: tape.watch(batch, path: "codes"))
    let cotangent = GoldenNetworks.images("input.cotangent", shape: [2, 3, 256, 256])
    let gradient = try #require(tape.gradients(of: drawing, cotangent: cotangent)["codes"])
    let expected = try golden("grad_wplus")
    #expect(expected.shape == [2, 14, 512])
    let error = relativeError(gradient.elements, expected.values)
    print("StyleGAN2 grad_wplus: \(error)")
    #expect(error <= 1e-3)
  }
}
