import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// The identity networks and e4e's encoder, which shares their trunk, against PyTorch.
@Suite(.serialized, .enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct ArcFaceParity {
  private static let network = Result {
    try FormulaCheckpoint.with("arcface-irse50") { try ArcFace(contentsOf: $0, framing: .wholeImage) }
  }

  private static func golden(_ file: String, _ name: String) throws -> NumPyArchive.Array {
    try #require(try NumPyArchive.arrays(contentsOf: Shared.url("golden/\(file).npz"))[name])
  }

  // 112×112 pixels are left as they are. ‖a − b‖₂/‖b‖₂; the gradient is stored in half precision.
  @Test func featuresAndTheirGradientAreThoseOfPyTorch() throws {
    let arcFace = try Self.network.get()
    let tape = Tape(threads: 2)
    let faces = tape.watch(GoldenNetworks.images("input.face", shape: [2, 3, 112, 112]), path: "face")
    let features = arcFace.features(ofFaces: faces)
    let expected = try Self.golden("arcface-irse50", "feature")
    #expect(features.shape == expected.shape)
    let error = relativeError(features.value.elements, expected.values)
    #expect(error <= 1e-4, "\(error)")

    let cotangent = Tensor(
      shape: [2, 512], elements: formulaValues(name: "input.cotangent.arcface", count: 2 * 512))
    let gradient = try #require(tape.gradients(of: features, cotangent: cotangent)["face"])
    let theirs = try Self.golden("arcface-irse50", "grad_face")
    let permuted = GoldenNetworks.permuted(theirs.values.map { Float($0) }, theirs.shape, [0, 2, 3, 1])
    #expect(gradient.shape == permuted.shape)
    let gradientError = relativeError(gradient.elements, permuted.elements.map(Double.init))
    #expect(gradientError <= 1e-3, "\(gradientError)")
  }

  // Means over windows ⌊i·n/m⌋ ..< ⌈(i + 1)·n/m⌉ to 256×256, rows 35 ..< 223 and columns 32 ..< 220, and again to 112×112:
  // done in double here and by one table there. Features of unit length move by some times the images' rounding.
  @Test(arguments: [(256, 256), (300, 131), (64, 512)])
  func alignedPhotosAreFramedAsByStyleCLIP(_ height: Int, _ width: Int) throws {
    let arcFace = try Self.network.get()
    let photo = Tensor(
      shape: [1, height, width, 3], elements: randomFloats(count: height * width * 3, seed: 1).map { $0 / 3 })
    let resized = DoubleImage(photo).averaged(256, 256)
    let crop = DoubleImage(
      rows: resized.rows[35..<223].map { Array($0[32..<220]) }
    ).averaged(112, 112)
    func features(_ model: ArcFace, _ image: Tensor) -> [Float] {
      model.features(ofFaces: Tape(threads: 2).constant(image)).value.elements
    }
    let expected = features(arcFace, crop.tensor).map { Double($0) }
    let error = relativeError(features(arcFace.framed(.alignedPhoto), photo), expected)
    #expect(error <= 1e-4, "\(error)")
    #expect(relativeError(features(arcFace, photo), expected) > 1e-2)
  }

  @Test func anotherNetworkNamesWhatDoesNotFit() throws {
    let url = try Shared.url("models/identity/mobilefacenet.pt")
    let error = try #require(throws: WeightSourceError.self) { try ArcFace(contentsOf: url) }
    #expect(error.faults.contains(.spare("gdconv.bn.running_var")))
    #expect(error.description.contains("input_layer.0.weight is missing"))
  }

  // A whole checkpoint: the encoder and a generator below `state_dict`, the mean code beside. What is stored is e4e's
  // answer without the mean.
  @Test func e4e() throws {
    let names = try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("e4e.safetensors")
      let mean = Tensor(shape: [18, 512], elements: randomFloats(count: 18 * 512, seed: 2))
      var tensors = try FormulaParameter.parameters(
        of: "e4e-1024", in: Shared.url("golden/parameters.json")
      ).map { StoredTensor("state_dict.encoder." + $0.name, Tensor(shape: $0.shape, elements: $0.values)) }
      tensors.append(StoredTensor("state_dict.decoder.conv1.conv.weight", Tensor(shape: [3], repeating: 1)))
      tensors.append(StoredTensor("latent_avg", mean))
      try TensorFile.writeSafeTensors(tensors, to: url)
      let count = tensors.count
      tensors = []

      let encoder = try E4EEncoder(contentsOf: url, threads: 2)
      #expect(encoder.styleCount == 18)
      let codes = try encoder.codes(of: GoldenNetworks.images("input.e4e", shape: [1, 3, 256, 256]))
      #expect(codes.shape == [1, 18 * 512])
      let expected = try Self.golden("e4e-1024", "wplus")
      #expect(expected.shape == [1, 18, 512])
      let answers = zip(codes.elements, mean.elements).map { $0 - $1 }
      let error = relativeError(answers, expected.values)
      #expect(error <= 1e-3, "\(error)")

      // An image's code is that of its numbers; of two, each has its own.
      let images = [UInt64(3), 4].map { seed in
        Image(
          width: 256, height: 256,
          pixels: randomFloats(count: 256 * 256 * 3, seed: seed).map {
            UInt8(min(max(128 + 60 * $0, 0), 255))
          })
      }
      let found = try encoder.encode(images)
      let one = try encoder.codes(of: Tensor(images[1])).elements
      #expect(found.count == 2)
      #expect(relativeError(found[1].values, one.map { Double($0) }) <= 1e-5)
      #expect(relativeError(found[0].values, one.map { Double($0) }) > 1e-4)
      return count
    }
    #expect(names == 571)
  }
}

/// An image in double precision, averaged by plain loops.
private struct DoubleImage {
  /// Rows of pixels of three channels.
  let rows: [[[Double]]]

  init(rows: [[[Double]]]) { self.rows = rows }

  init(_ tensor: Tensor) {
    let (values, width) = (tensor.elements, tensor.shape[2])
    rows = (0..<tensor.shape[1]).map { y in
      (0..<width).map { x in (0..<3).map { Double(values[(y * width + x) * 3 + $0]) } }
    }
  }

  func averaged(_ height: Int, _ width: Int) -> DoubleImage {
    func window(_ index: Int, _ inputs: Int, _ outputs: Int) -> Range<Int> {
      let scale = Double(inputs) / Double(outputs)
      return Int(
        (Double(index) * scale + 1e-9).rounded(.down))..<Int(
          (Double(index + 1) * scale - 1e-9).rounded(.up))
    }
    return DoubleImage(
      rows: (0..<height).map { y in
        let down = window(y, rows.count, height)
        return (0..<width).map { x in
          let across = window(x, rows[0].count, width)
          return (0..<3).map { channel in
            let sum = down.reduce(0.0) { sum, i in across.reduce(sum) { $0 + rows[i][$1][channel] } }
            return sum / Double(down.count * across.count)
          }
        }
      })
  }

  var tensor: Tensor {
    Tensor(
      shape: [1, rows.count, rows[0].count, 3],
      elements: rows.flatMap { $0.flatMap { pixel in pixel.map { Float($0) } } })
  }
}
