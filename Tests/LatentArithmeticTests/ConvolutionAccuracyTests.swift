import CKernels
import CKernelsReference
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Every convolution of both families' networks at its full size, one image, against the double-precision twins.
///
/// Each pass runs by the algorithm that the library chooses for a batch of 64.
struct ConvolutionAccuracyTests {
  // The twin of each pass, ‖got − twin‖₂ ≤ 1e-5·‖twin‖₂, and each element to the rounding of its sum.
  @Test(arguments: shapes) func everyPassIsAccurate(_ shape: LayerShape) {
    for pass in passes {
      expectAccurate(shape, pass, by: shape.algorithmInTraining(pass))
    }
  }

  // A filter's gradient is summed over the pixels of the batch, so its depth is seen at a whole batch alone. An element
  // of it reads one channel of the input and one of the output: 16 of each keep the twin quick.
  @Test(arguments: shapes) func filterGradientOfABatchIsAccurate(_ shape: LayerShape) {
    let algorithm = shape.algorithmInTraining(CK_BACKWARD_FILTER)
    expectAccurate(shape.withFewChannels(batch: trainingBatch), CK_BACKWARD_FILTER, by: algorithm)
  }

  private func expectAccurate(_ shape: LayerShape, _ pass: ck_pass, by algorithm: ck_algorithm) {
    let (got, expected) = (shape.computed(pass, algorithm), shape.reference(pass))
    #expect(!expected.isEmpty)
    let worst = worstError(got, expected, scale: Double(shape.terms(pass)).squareRoot())
    #expect(relativeError(got, expected) <= 1e-5, "\(shape), pass \(pass.rawValue)")
    #expect(worst <= shape.tolerance(pass, algorithm), "\(shape), pass \(pass.rawValue)")
  }

  // Of stride 2: four of the paper's 4×4 and four of its 5×5, three of DCGAN's and its one of images. Of stride 1:
  // the first layers of the paper's two pyramids and the last of its generator. A transposed layer is its mirror's.
  @Test func everyLayerIsThere() {
    #expect(shapes.count == 4 + 4 + 3 + 1 + 3)
    let chosen = shapes.flatMap { shape in passes.map { shape.algorithmInTraining($0).rawValue } }
    #expect(Set(chosen) == [CK_PATCHES.rawValue, CK_SCATTER.rawValue, CK_WINOGRAD.rawValue])
  }
}

private let passes = [CK_FORWARD, CK_BACKWARD_INPUT, CK_BACKWARD_FILTER]
private let trainingBatch = 64

/// The convolution of a layer; that of a transposed layer is the one it is the adjoint of.
struct LayerShape: Sendable, Equatable, CustomStringConvertible {
  var batch = 1
  let inSize: Int
  let outSize: Int
  var inChannels: Int
  var outChannels: Int
  let geometry: ConvolutionGeometry

  var description: String {
    "\(geometry.kernel)×\(geometry.kernel), stride \(geometry.stride), \(inChannels) → \(outChannels) channels, "
      + "\(inSize) → \(outSize) pixels, batch \(batch)"
  }

  fileprivate func withFewChannels(batch: Int) -> LayerShape {
    var shape = self
    shape.batch = batch
    (shape.inChannels, shape.outChannels) = (min(inChannels, 16), min(outChannels, 16))
    return shape
  }

  /// The products that an element is the sum of, away from the image's edge.
  fileprivate func terms(_ pass: ck_pass) -> Int {
    switch pass {
    case CK_FORWARD: geometry.kernel * geometry.kernel * inChannels
    case CK_BACKWARD_INPUT: tapsOfPhase * tapsOfPhase * outChannels
    default: batch * outSize * outSize
    }
  }

  // K products are summed one by one: the rounding of K terms. Winograd's transforms leave shorter sums, over channels
  // and phases or over tiles, of terms that are up to 14.3 times as large as the result (winograd.md, Error), so
  // that the same rounding counts 16 times.
  fileprivate func tolerance(_ pass: ck_pass, _ algorithm: ck_algorithm) -> Double {
    guard algorithm == CK_WINOGRAD else { return roundingTolerance(terms: terms(pass)) }
    let outputsOfTile = 7 - tapsOfPhase
    let tiles = (outSize + outputsOfTile - 1) / outputsOfTile
    let terms =
      switch pass {
      case CK_FORWARD: geometry.stride * geometry.stride * inChannels
      case CK_BACKWARD_INPUT: outChannels
      default: batch * tiles * tiles
      }
    return 16 * roundingTolerance(terms: terms)
  }

  private var tapsOfPhase: Int { (geometry.kernel + geometry.stride - 1) / geometry.stride }

  private var convolution: ck_convolution {
    ck_convolution(
      batch: batch, in_height: inSize, in_width: inSize, in_channels: inChannels, out_height: outSize,
      out_width: outSize, out_channels: outChannels, kernel_height: geometry.kernel,
      kernel_width: geometry.kernel, stride_height: geometry.stride, stride_width: geometry.stride,
      pad_top: geometry.padding.top, pad_left: geometry.padding.left)
  }

  fileprivate func algorithmInTraining(_ pass: ck_pass) -> ck_algorithm {
    var shape = convolution
    shape.batch = trainingBatch
    return ck_convolution_choose(&shape, pass)
  }

  private var x: [Float] { randomFloats(count: batch * inSize * inSize * inChannels, seed: 1) }
  private var w: [Float] {
    randomFloats(count: geometry.kernel * geometry.kernel * inChannels * outChannels, seed: 2)
  }
  private var dy: [Float] { randomFloats(count: batch * outSize * outSize * outChannels, seed: 3) }

  /// The result of a pass; it starts as NaN, as the packed filter does, so that what is left unwritten shows.
  fileprivate func computed(_ pass: ck_pass, _ algorithm: ck_algorithm) -> [Float] {
    var shape = convolution
    let (x, w, dy) = (x, w, dy)
    var result = [Float](repeating: .nan, count: resultCount(pass))
    if pass == CK_BACKWARD_FILTER {
      ck_convolution_backward_filter(&shape, algorithm, x, dy, &result, 2)
      return result
    }
    var filter = [Float](repeating: .nan, count: ck_convolution_filter_count(&shape, pass, algorithm))
    ck_convolution_pack(&shape, pass, algorithm, w, &filter, 2)
    if pass == CK_FORWARD {
      ck_convolution_forward(&shape, algorithm, x, filter, nil, CK_IDENTITY, 0, &result, 2)
    } else {
      ck_convolution_backward_input(&shape, algorithm, dy, filter, nil, CK_IDENTITY, 0, &result, 2)
    }
    return result
  }

  /// The result of a pass in double precision, of the same numbers.
  fileprivate func reference(_ pass: ck_pass) -> [Double] {
    var shape = convolution
    let (x, w, dy) = (x.map { Double($0) }, w.map { Double($0) }, dy.map { Double($0) })
    var result = [Double](repeating: .nan, count: resultCount(pass))
    switch pass {
    case CK_FORWARD: ck_reference_convolution_forward(&shape, x, w, &result)
    case CK_BACKWARD_INPUT: ck_reference_convolution_backward_input(&shape, dy, w, &result)
    default: ck_reference_convolution_backward_filter(&shape, x, dy, &result)
    }
    return result
  }

  private func resultCount(_ pass: ck_pass) -> Int {
    switch pass {
    case CK_FORWARD: batch * outSize * outSize * outChannels
    case CK_BACKWARD_INPUT: batch * inSize * inSize * inChannels
    default: geometry.kernel * geometry.kernel * inChannels * outChannels
    }
  }
}

/// The distinct shapes of all convolutions and transposed convolutions of both families.
private let shapes: [LayerShape] = [NetworkConfiguration.paper, .dcgan].flatMap { network in
  [network.generator, network.encoder] + [true, false].map(network.discriminator(isSpectrallyNormalized:))
}.flatMap(layerShapes).reduce(into: []) { distinct, shape in
  if !distinct.contains(shape) { distinct.append(shape) }
}

/// The shapes of a network's convolutions, followed from its input on.
private func layerShapes(of network: Sequential) -> [LayerShape] {
  var size = NetworkConfiguration.paper.imageSize
  var shapes: [LayerShape] = []
  for layer in network.layers {
    switch layer {
    case let reshape as Reshape: size = reshape.shape[0]
    case let layer as Convolution:
      let (geometry, padding) = (layer.geometry, layer.geometry.padding)
      let outSize = (size + padding.top + padding.bottom - geometry.kernel) / geometry.stride + 1
      shapes.append(
        LayerShape(
          inSize: size, outSize: outSize, inChannels: layer.inChannels, outChannels: layer.outChannels,
          geometry: geometry))
      size = outSize
    case let layer as TransposedConvolution:
      let (geometry, padding) = (layer.geometry, layer.geometry.padding)
      let outSize = (size - 1) * geometry.stride + geometry.kernel - padding.top - padding.bottom
      shapes.append(
        LayerShape(
          inSize: outSize, outSize: size, inChannels: layer.outChannels, outChannels: layer.inChannels,
          geometry: geometry))
      size = outSize
    default: break
    }
  }
  return shapes
}
