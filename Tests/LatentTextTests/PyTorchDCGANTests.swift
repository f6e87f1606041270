import Foundation
import LatentArithmetic
import LatentText
import LatentCore
import Testing
import TestSupport

struct PyTorchDCGANTests {
  // One network in four forms draws what PyTorch drew: |ours − theirs| on the scale of tanh. Half precision moves a
  // weight by at most 2⁻¹¹ of itself; over five layers the images move by a few times that.
  @Test(
    .enabled(if: Shared.isAvailable, "the development data folder is not here"),
    arguments: [
      ("dcgan-64-statedict.pth", 2e-6), ("dcgan-64-legacy.pth", 2e-6), ("dcgan-64-nested-fp16.pt", 4e-3),
      ("dcgan-64.safetensors", 4e-3),
    ])
  func formDrawsTheExpectedImages(_ name: String, tolerance: Double) throws {
    let generator = try ConvolutionalGenerator(
      pyTorchDCGAN: Shared.url("golden/checkpoints/\(name)"), threads: 2)
    let expected = try NumPyArchive.arrays(
      contentsOf: Shared.url("golden/checkpoints/dcgan-64-expected.npz"))
    let (z, image) = (try #require(expected["z"]), try #require(expected["image"]))
    #expect(generator.latentSize == 100 && generator.imageSize == 64 && image.shape == [3, 3, 64, 64])

    let codes = Tensor(shape: z.shape, elements: z.values.map { Float($0) })
    let drawn = generator.images(of: codes)
    #expect(drawn.shape == [3, 64, 64, 3])
    let theirs = GoldenNetworks.permuted(image.values.map { Float($0) }, image.shape, [0, 2, 3, 1])
    let worst = worstError(drawn.elements, theirs.elements.map(Double.init), scale: 1)
    #expect(worst <= tolerance, "\(worst)")

    let images = generator.generate((0..<3).map { Latent(codes.row($0)) })
    #expect(images.map(\.width) == [64, 64, 64] && images.map(\.height) == [64, 64, 64])
  }

  // Theirs are rounded to half precision, 2⁻¹¹ of at most 1; the layers' own rounding is far below.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func aPublishedNetworkDrawsItsImages() throws {
    let url = try Shared.url("real/networks/dcgan-64-faces.tar")
    let expected = try NumPyArchive.arrays(contentsOf: Shared.url("golden/real-dcgan-64.npz"))
    let (z, image) = (try #require(expected["z"]), try #require(expected["image"]))
    let codes = (0..<8).map { row in
      Latent<ZSpace>(z.values[row * 100..<(row + 1) * 100].map { Float($0) })
    }
    let theirs = GoldenNetworks.permuted(image.values.map { Float($0) }, image.shape, [0, 2, 3, 1])
    let batch = Tensor(shape: [8, 100], elements: codes.flatMap(\.values))
    let foreign = try ConvolutionalGenerator(pyTorchDCGAN: url, threads: 2).images(of: batch)
    // As a model of ours it is another network, whose first layer is dense.
    let model = try Model(pyTorchDCGAN: url)
    #expect(model.network.imageSize == 64 && model.network.latentSize == 100 && model.network.width == 64)
    let imported = try ConvolutionalGenerator(model, threads: 2).images(of: batch)
    for drawn in [foreign, imported] {
      let worst = worstError(drawn.elements, theirs.elements.map(Double.init), scale: 1)
      #expect(worst <= 1e-3, "\(worst)")
    }
    let difference = worstError(imported.elements, foreign.elements.map(Double.init), scale: 1)
    #expect(difference <= 1e-5, "\(difference)")
    #expect(try Model(importing: url).network == model.network)
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func anotherNetworkNamesWhatDoesNotFit() throws {
    try withTemporaryFolder { folder in
      let file = try TensorFile(contentsOf: Shared.url("golden/checkpoints/dcgan-64.safetensors"))
      let changed = try file.names.compactMap { name -> StoredTensor? in
        switch name {
        case "main.4.bias": nil
        case "main.7.weight": StoredTensor(name, Tensor(shape: [17], repeating: 1))
        default: StoredTensor(name, try file.tensor(name))
        }
      }
      let url = folder.appendingPathComponent("changed.safetensors")
      try TensorFile.writeSafeTensors(
        changed + [StoredTensor("main.4.biass", Tensor(shape: [32], repeating: 1))], to: url)
      let error = try #require(throws: WeightSourceError.self) {
        try ConvolutionalGenerator(pyTorchDCGAN: url)
      }
      #expect(
        Set(error.faults.map(\.description)) == [
          "main.4.bias is missing (the nearest spare are main.4.biass)",
          "main.7.weight has shape [17], expected [16]", "main.4.biass is not expected",
        ])
    }
  }

  // A checkpoint of both networks, the discriminator first, whose third entry is a normalization.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func theGeneratorIsFoundBesideADiscriminator() throws {
    try withTemporaryFolder { folder in
      let file = try TensorFile(contentsOf: Shared.url("golden/checkpoints/dcgan-64.safetensors"))
      let discriminator = [
        StoredTensor("netD.main.0.weight", Tensor(shape: [8, 3, 4, 4], repeating: 1)),
        StoredTensor("netD.main.3.weight", Tensor(shape: [16], repeating: 1)),
      ]
      let url = folder.appendingPathComponent("both.safetensors")
      let generator = try file.names.map { StoredTensor("netG." + $0, try file.tensor($0)) }
      try TensorFile.writeSafeTensors(discriminator + generator, to: url)
      #expect(try ConvolutionalGenerator(pyTorchDCGAN: url).imageSize == 64)
    }
  }
}
