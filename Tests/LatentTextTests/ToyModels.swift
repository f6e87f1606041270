import LatentArithmetic
import LatentCore
import LatentText
import TestSupport

/// A joint model of random weights: images are seen through a linear map, and texts are drawn by their letters.
struct ToyImageTextModel: ImageTextModel, IdentityModel {
  let featureSize = 12
  private let weights: Tensor

  init(imageSize: Int = 80, seed: UInt64 = 1) {
    var stream = RandomStream(seed: seed, name: "weights")
    let inputs = imageSize * imageSize * 3
    weights = stream.normal(shape: [inputs, 12], deviation: 1 / Float(inputs).squareRoot())
  }

  func features(ofImages images: Variable) -> Variable {
    images.reshaped(to: [images.shape[0], weights.shape[0]])
      .matrixProduct(images.tape.constant(weights)).unitLength()
  }

  func features(ofFaces faces: Variable) -> Variable { features(ofImages: faces) }

  func features(ofTexts texts: [String]) -> Tensor {
    let rows = texts.map { text in
      var stream = RandomStream(seed: 1, name: text)
      return stream.normal(shape: [1, featureSize])
    }
    return Tape(threads: 1).constant(.concatenated(rows)).unitLength().value
  }
}

extension ConvolutionalGenerator {
  /// A generator of random weights.
  static func toy(_ architecture: NetworkConfiguration.Architecture = .dcgan) throws -> Self {
    try ConvolutionalGenerator(TinyModel.complete(architecture), threads: 2)
  }
}
