import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// MobileFaceNet against PyTorch, and the recognizer around it.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct FaceRecognizerTests {
  private static func model() throws -> URL { try Shared.url("models/identity/mobilefacenet.pt") }

  // The golden features are f(x); compared are f/‖f‖, whose relative error is at most twice that of f.
  @Test func featuresAreThoseOfPyTorch() throws {
    let golden = try #require(
      try NumPyArchive.arrays(contentsOf: Shared.url("golden/mobilefacenet.npz"))["feature"])
    #expect(golden.shape == [2, 128])
    let shape = [2, 3, 112, 112]
    let face = Tensor(
      shape: shape, elements: formulaValues(name: "input.face", count: shape.reduce(1, *)))
    let recognizer = try FaceRecognizer(contentsOf: Self.model(), threads: 2)
    let features = recognizer.features(ofNormalized: face.permuted([0, 2, 3, 1]))
    #expect(features.count == 2)
    for (index, feature) in features.enumerated() {
      let row = golden.values[index * 128..<(index + 1) * 128]
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(relativeError(feature.values, row.map { $0 / length }) <= 1e-5)
    }
  }

  // An image is normalized by ImageNet's numbers, channel by channel; a batch is its images one by one.
  @Test func imagesAreNormalized() throws {
    let recognizer = try FaceRecognizer(contentsOf: Self.model(), threads: 2)
    let images = (1...2).map { seed in
      Image(
        width: 112, height: 112,
        pixels: randomFloats(count: 112 * 112 * 3, seed: UInt64(seed))
          .map { UInt8(min(max(128 + 60 * $0, 0), 255)) })
    }
    let features = recognizer.features(of: images)
    let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    for (image, feature) in zip(images, features) {
      let values = image.pixels.enumerated().map { index, value in
        Float((Double(value) / 255 - mean[index % 3]) / deviation[index % 3])
      }
      let batch = Tensor(shape: [1, 112, 112, 3], elements: values)
      let expected = recognizer.features(ofNormalized: batch)[0]
      #expect(relativeError(feature.values, expected.values.map { Double($0) }) <= 1e-5)
      #expect(abs(feature.similarity(to: feature) - 1) <= 1e-6)
      #expect(recognizer.feature(of: image).similarity(to: feature) >= 1 - 1e-6)
    }
    // ⟨a, b⟩ over the lengths, which are 1.
    let product = zip(features[0].values, features[1].values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(features[0].similarity(to: features[1]) - product) <= 1e-12)
    #expect(features[0].similarity(to: features[1]) < 0.999)
    #expect(recognizer.features(of: []).isEmpty)
  }

  // Images of −1 … 1 at the network's size have the features of their bytes.
  @Test func differentiableFeaturesAreTheFeatures() throws {
    let recognizer = try FaceRecognizer(contentsOf: Self.model(), threads: 2)
    let image = Image(
      width: 112, height: 112,
      pixels: randomFloats(count: 112 * 112 * 3, seed: 7).map { UInt8(min(max(128 + 60 * $0, 0), 255)) })
    let features = recognizer.features(ofFaces: Tape(threads: 2).constant(Tensor(image))).value.elements
    let expected = recognizer.feature(of: image).values.map { Double($0) }
    #expect(relativeError(features, expected) <= 1e-5)
  }

  // (L(x + h·v) − L(x − h·v))/2h = ⟨dx, v⟩ for L = ⟨f(x), y⟩, along the gradient and along a random direction, of a
  // image that is interpolated and of one that is averaged. With h = 0.01 a pixel moves by 6e-5: features round to
  // 1e-6, and kinks of the rectifiers and the curvature leave some thousandths.
  @Test(arguments: [(96, 100), (140, 113)])
  func gradientIsTheDerivative(_ height: Int, _ width: Int) throws {
    let recognizer = try FaceRecognizer(contentsOf: Self.model(), threads: 2)
    let count = height * width * 3
    let x = randomFloats(count: count, seed: 8).map { $0 / 3 }
    let y = randomFloats(count: FaceRecognizerTests.featureCount, seed: 9)
    func features(_ x: [Float]) -> Variable {
      recognizer.features(
        ofFaces: Tape(threads: 2).watch(Tensor(shape: [1, height, width, 3], elements: x), path: "x"))
    }
    func inner(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let value = features(x)
    #expect(abs(inner(value.value.elements, value.value.elements) - 1) <= 1e-5)
    let gradient = try #require(
      value.tape.gradients(of: value, cotangent: Tensor(shape: [1, y.count], elements: y))["x"]
    ).elements
    let size = inner(gradient, gradient).squareRoot()
    #expect(size > 1e-3)
    let noise = zip(gradient, randomFloats(count: count, seed: 10)).map { $0 / Float(size) + $1 / 170 }
    for direction in [gradient.map { $0 / Float(size) }, noise] {
      let step: Float = 0.01
      func loss(_ step: Float) -> Double {
        inner(features(zip(x, direction).map { $0 + step * $1 }).value.elements, y)
      }
      let slope = (loss(step) - loss(-step)) / (2 * Double(step))
      #expect(abs(slope - inner(gradient, direction)) <= 1e-2 * size, "\(slope) \(size)")
    }
  }

  private static let featureCount = 128

  // Another network's file is refused with the names of what is missing and of what is not expected.
  @Test func otherNetworksAreRefused() throws {
    let url = try Shared.url("models/mtcnn/pnet.pt")
    let error = try #require(throws: WeightSourceError.self) { try FaceRecognizer(contentsOf: url) }
    #expect(error.file == url.path)
    #expect(error.faults.contains(.missing("gdconv.bn.running_var", nearest: [])))
    #expect(error.faults.contains(.spare("prelu1.weight")))
    #expect(error.description.hasSuffix(" more."))
  }
}
