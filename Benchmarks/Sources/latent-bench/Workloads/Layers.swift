import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

extension Benchmark {
  /// Every convolution of both families, each of its passes; then those of an edit of one image.
  ///
  /// A transposed convolution is the backward-input pass of its mirrored convolution, so the generators' blocks are
  /// among the encoders'.
  static let layers =
    LayerShape.all.flatMap { shape in LayerPass.allCases.map { layer(shape, $0, batch: 64) } }
    + LayerShape.encoders.map { layer($0, .forward, batch: 1) }
    + LayerShape.generatorBlocks.map { layer($0, .backwardInput, batch: 1) }
    + [layer(.generatorOutput, .forward, batch: 1)]

  private static func layer(_ shape: LayerShape, _ pass: LayerPass, batch: Int) -> Benchmark {
    let name = "layer \(shape.name) \(pass.rawValue) B\(batch)"
    return Benchmark(name, operations: shape.operations(batch: batch)) { threads in
      let tensors = LayerTensors(shape, batch: batch, threads: threads)
      switch pass {
      case .forward: return ForwardPass(tensors: tensors)
      case .backwardInput: return BackwardInputPass(tensors: tensors)
      case .backwardFilter: return BackwardFilterPass(tensors: tensors)
      }
    }
  }
}

/// The three passes of a convolution; all take the same number of multiplications.
private enum LayerPass: String, CaseIterable {
  case forward
  case backwardInput = "backward-input"
  case backwardFilter = "backward-filter"
}

/// A convolution with Keras's `same` padding on a square image.
private struct LayerShape {
  let family: String
  /// The height and width of its input.
  let size: Int
  let kernel: Int
  let stride: Int
  let inChannels: Int
  let outChannels: Int

  /// `paper 40x40 4x4s2 128-128`: family, input, kernel and stride, channels in and out.
  var name: String {
    "\(family) \(size)x\(size) \(kernel)x\(kernel)s\(stride) \(inChannels)-\(outChannels)"
  }

  var geometry: ConvolutionGeometry { .same(kernel: kernel, stride: stride, size: size) }
  var outputSize: Int { size / stride }

  /// Two for each product of the direct sum, those with the zeros of the padding included.
  func operations(batch: Int) -> Double {
    2 * Double(batch * outputSize * outputSize * kernel * kernel * inChannels * outChannels)
  }

  /// 5×5, 128 → 3: the last layer of the paper's generator.
  static let generatorOutput = LayerShape(
    family: "paper", size: 80, kernel: 5, stride: 1, inChannels: 128, outChannels: 3)

  private static let paperEncoder =
    [LayerShape(family: "paper", size: 80, kernel: 4, stride: 1, inChannels: 3, outChannels: 128)]
    + halvings(family: "paper", kernel: 4)

  private static let paperDiscriminator =
    [LayerShape(family: "paper", size: 80, kernel: 5, stride: 1, inChannels: 3, outChannels: 128)]
    + halvings(family: "paper", kernel: 5)

  private static let dcgan = [(80, 3, 64), (40, 64, 128), (20, 128, 256), (10, 256, 512)].map {
    LayerShape(family: "dcgan", size: $0, kernel: 4, stride: 2, inChannels: $1, outChannels: $2)
  }

  static let encoders = paperEncoder + dcgan
  static let generatorBlocks = halvings(family: "paper", kernel: 4) + dcgan
  static let all = paperEncoder + [generatorOutput] + paperDiscriminator + dcgan

  private static func halvings(family: String, kernel: Int) -> [LayerShape] {
    [80, 40, 20, 10].map {
      LayerShape(family: family, size: $0, kernel: kernel, stride: 2, inChannels: 128, outChannels: 128)
    }
  }
}

/// The operands of a layer's passes.
private struct LayerTensors {
  let input: Tensor
  let filter: Tensor
  let output: Tensor
  let geometry: ConvolutionGeometry
  let threads: Int

  init(_ shape: LayerShape, batch: Int, threads: Int) {
    var stream = RandomStream(input: "layer")
    input = stream.normal(shape: [batch, shape.size, shape.size, shape.inChannels])
    filter = stream.normal(shape: [shape.kernel, shape.kernel, shape.inChannels, shape.outChannels])
    output = stream.normal(shape: [batch, shape.outputSize, shape.outputSize, shape.outChannels])
    (geometry, self.threads) = (shape.geometry, threads)
  }
}

private struct ForwardPass: Workload {
  let tensors: LayerTensors

  func iterate() -> Tensor {
    let tape = Tape(threads: tensors.threads)
    return tape.constant(tensors.input).convolved(with: tape.constant(tensors.filter), tensors.geometry).value
  }
}

private struct BackwardInputPass: Workload {
  let tensors: LayerTensors

  func iterate() -> Tensor {
    let tape = Tape(threads: tensors.threads)
    let filter = tape.constant(tensors.filter)
    return tape.constant(tensors.output).transposeConvolved(with: filter, tensors.geometry).value
  }
}

/// The pullback to the filter alone; the convolution that it belongs to is recorded outside the time.
private struct BackwardFilterPass: Workload {
  let tensors: LayerTensors
  private var recorded: Variable?

  init(tensors: LayerTensors) { self.tensors = tensors }

  mutating func prepare() {
    let tape = Tape(threads: tensors.threads)
    let filter = tape.watch(tensors.filter, path: "filter")
    recorded = tape.constant(tensors.input).convolved(with: filter, tensors.geometry)
  }

  func iterate() -> Tensor {
    guard let recorded,
      let gradient = recorded.tape.gradients(of: recorded, cotangent: tensors.output)["filter"]
    else { preconditionFailure("The convolution was not recorded.") }
    return gradient
  }
}
