import LatentArithmetic
import LatentCore

/// The layers of a StyleGAN2 generator with their weights, ready to generate images.
///
/// Source: "Analyzing and Improving the Image Quality of StyleGAN", Karras and others 2020.
struct StyleGAN2Network: Sendable {
  private struct Convolution: Sendable {
    let style: Int
    /// [3, 3, in, out], of a doubling layer [3, 3, out, in], scaled to unit variance of the output.
    let filter: Tensor
    /// The sums of the squares of its taps, [in, out].
    let squares: Tensor
    let bias: Tensor
    /// [size, size], its strength multiplied in.
    let noise: Tensor?
    let doubles: Bool
  }

  private struct Color: Sendable {
    let style: Int
    /// [in, 3], scaled.
    let weight: Tensor
    let bias: Tensor
  }

  let imageSize: Int
  let noiseSize: Int
  let styleSize: Int
  /// How many vectors a code of W⁺ has.
  let rows: Int
  let styleLayers: [StyleLayer]
  /// Which of the vectors of a code of W⁺ the style of each layer comes from.
  let rowOfLayer: [Int]
  let meanW: Tensor?
  private let mapping: [EqualizedDense]
  private let modulations: [EqualizedDense]
  private let parameters: Parameters
  private let constant: Tensor
  private let convolutions: [[Convolution]]
  private let colors: [Color]

  init(_ checkpoint: StyleGAN2Checkpoint, noise: StyleGAN2Noise) {
    let (architecture, all) = (checkpoint.architecture, checkpoint.parameters)
    (imageSize, rows, styleSize) = (architecture.imageSize, architecture.rows, architecture.styleSize)
    (noiseSize, styleLayers) = (architecture.mappingSizes[0], architecture.styleLayers)
    rowOfLayer = architecture.modulatedLayers.map(\.row)
    (mapping, meanW) = (architecture.mapping, checkpoint.meanW)
    modulations = architecture.modulatedLayers.map { architecture.modulation(of: $0) }
    constant = all.tensor("input.input")
    var parameters = Parameters()
    for layer in mapping + modulations {
      for specification in layer.parameters { parameters[specification.path] = all[specification.path] }
    }
    self.parameters = parameters
    let places = Dictionary(uniqueKeysWithValues: styleLayers.enumerated().map { ($1.name, $0) })
    func place(_ name: String) -> Int {
      guard let place = places[name] else { preconditionFailure("No layer is called “\(name)”.") }
      return place
    }
    var index = 0
    convolutions = architecture.convolutions.map { level in
      level.map { layer in
        defer { index += 1 }
        let filter = all.tensor(layer.filterPath).scaled(by: 1 / Float(9 * layer.inChannels).squareRoot())
        let squares = filter.sumsOfSquares
        return Convolution(
          style: place(layer.name), filter: filter,
          squares: layer.doubles ? squares.permuted([1, 0]) : squares, bias: all.tensor(layer.biasPath),
          noise: noise.map(index, of: layer, in: checkpoint), doubles: layer.doubles)
      }
    }
    colors = architecture.colors.map { layer in
      Color(
        style: place(layer.name),
        weight: all.tensor(layer.filterPath).scaled(by: 1 / Float(layer.inChannels).squareRoot()),
        bias: all.tensor(layer.colorBiasPath))
    }
  }

  // MARK: - From noise to styles

  /// w of a batch of noise, [batch, noiseSize] → [batch, styleSize].
  func mapped(_ noise: Variable) -> Variable {
    let binding = frozen(on: noise.tape)
    return mapping.reduce(noise.pixelNormalized(axis: 1)) { x, layer in layer(x, binding) }
  }

  /// The style of each layer, [batch, channels], from the vectors of W⁺, each [batch, styleSize].
  func styles(ofRows rows: [Variable]) -> [Variable] {
    let binding = frozen(on: rows[0].tape)
    return zip(rowOfLayer, modulations).map { row, modulation in modulation(rows[row], binding) }
  }

  /// The weights of the layers' styles as functions of w, [styleSize, channels].
  func modulationWeight(of layer: StyleLayer) -> Tensor {
    parameters.tensor("\(layer.name).conv.modulation.weight")
  }

  private func frozen(on tape: Tape) -> Binding {
    Binding(parameters, on: tape, isTrained: false, phase: .inference)
  }

  // MARK: - From styles to images

  /// The images of a batch, [batch, imageSize, imageSize, 3], from the style of each layer.
  ///
  /// Large images are made with a checkpoint for each resolution: for the gradient of an image of 1024 pixels the tape
  /// would otherwise keep half a gigabyte.
  func images(ofStyles styles: [Variable]) -> Variable {
    let tape = styles[0].tape
    let batch = [Tensor](repeating: constant, count: styles[0].shape[0])
    var x = tape.constant(Tensor.concatenated(batch))
    var image: Variable?
    for (level, color) in zip(convolutions, colors) {
      let inputs = [x] + level.map { styles[$0.style] }
      x =
        imageSize < Self.leastCheckpointedSize
        ? Self.apply(level, inputs) : tape.checkpointed(inputs) { Self.apply(level, $0) }
      let colors = x.colored(by: styles[color.style], weight: color.weight, bias: color.bias)
      image = image.map { $0.doubledSmoothly().adding(colors) } ?? colors
    }
    guard let image else { preconditionFailure("A generator has layers.") }
    return image
  }

  private static let leastCheckpointedSize = 512

  /// The convolutions of a resolution; the inputs are what the one before made, and the styles.
  private static func apply(_ level: [Convolution], _ inputs: [Variable]) -> Variable {
    zip(level, inputs.dropFirst()).reduce(inputs[0]) { x, layer in
      let (convolution, style) = layer
      return x.styled(
        by: style, demodulation: style.demodulation(ofSquares: convolution.squares),
        filter: convolution.filter, noise: convolution.noise, bias: convolution.bias,
        doubling: convolution.doubles)
    }
  }
}

extension StyleGAN2Noise {
  /// The noise of a convolution times its strength, or nil.
  fileprivate func map(
    _ index: Int, of layer: StyleGAN2Architecture.ModulatedLayer, in checkpoint: StyleGAN2Checkpoint
  ) -> Tensor? {
    let path = StyleGAN2Checkpoint.noisePath(index)
    let values: Tensor
    switch self {
    case .none: return nil
    case .stored where checkpoint.hasNoise: values = checkpoint.parameters.tensor(path)
    case .stored: return StyleGAN2Noise.seeded(0).map(index, of: layer, in: checkpoint)
    case .seeded(let seed):
      var stream = RandomStream(seed: seed, name: path)
      values = stream.normal(shape: [layer.size, layer.size])
    }
    return values.scaled(by: checkpoint.parameters.tensor(layer.noiseWeightPath).scalar)
  }
}

extension Parameters {
  fileprivate func tensor(_ path: String) -> Tensor {
    guard let tensor = self[path] else { preconditionFailure("There is no parameter “\(path)”.") }
    return tensor
  }
}

extension Tensor {
  fileprivate func scaled(by factor: Float) -> Tensor {
    Kernels.linearCombination(factor, self, 0, self, threads: 1)
  }

  /// Of a filter [3, 3, a, b] the sums of the squares of the taps, [a, b].
  fileprivate var sumsOfSquares: Tensor {
    let count = shape[2] * shape[3]
    return Tensor(unsafeUninitialized: [shape[2], shape[3]]) { sums in
      withElements { elements in
        for place in 0..<count {
          sums[place] = stride(from: place, to: elements.count, by: count).reduce(0) {
            $0 + elements[$1] * elements[$1]
          }
        }
      }
    }
  }
}
