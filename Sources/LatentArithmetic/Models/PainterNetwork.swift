import LatentCore

/// The sizes of a painter's network.
package struct PainterConfiguration: Sendable, Equatable, Codable {
  /// The channels at 80×80, doubled at each halving up to eight times as many.
  package var width: Int
  /// How many coordinates an edit has.
  package var attributes: Int

  package init(width: Int, attributes: Int) { (self.width, self.attributes) = (width, attributes) }

  /// How wide a network can be; it needs a channel at 160×160, where half of them are left.
  package static let widths = 2...512

  /// The height and width of what is painted, in pixels.
  package static let imageSize = 160

  /// Whether the sizes are ones a network can have; a file may hold any numbers.
  var isSensible: Bool { Self.widths.contains(width) && (1...1 << 12).contains(attributes) }
}

/// A network that paints an edit of a face: colors, and a mask that says where they go.
///
/// It sees the photo's crop x, what the generator draws of the code before and after, G(z) and G(z′), and the coordinates
/// c of z′ − z over the attributes' directions. Five convolutions of stride 2 lead down to 5×5 places; the way up
/// enlarges, adds what was seen on the way down, and takes c in as offsets of its channels. The colors are a mixture of
/// x + G(z′) − G(z), from which a training starts as good as the generator is, and of colors of its own, which belong
/// to the photo. The mask is the union of one mask an attribute, each open as far as ρ(c) lets it: no edit, no mask.
///
/// Rejected: photo and c alone, which learns additions slowly; colors that only correct x + G(z′) − G(z), whose
/// smears stay; transposed convolutions, which leave a checkerboard; a sum of masks, which has to be clipped.
///
/// Sources: attention masks, "GANimation", Pumarola and others 2018; their union and the levels, "PA-GAN", He and others
/// 2020.
package struct PainterNetwork: Sendable {
  /// What a batch is painted from; images in −1...1.
  package struct Input: Sendable {
    /// The photos' crops, [batch, 160, 160, 3].
    let photos: Tensor
    /// The generator's images of the codes before and after the edit, [batch, size, size, 3].
    let before: Tensor, after: Tensor
    /// The coordinates of the edits, [batch, attributes].
    let coordinates: Tensor

    package init(photos: Tensor, before: Tensor, after: Tensor, coordinates: Tensor) {
      (self.photos, self.before, self.after, self.coordinates) = (photos, before, after, coordinates)
    }
  }

  /// What is painted: colors [batch, 160, 160, 3], and the mask [batch, 160, 160, 1] in 0...1.
  package struct Output {
    package let colors: Variable
    package let mask: Variable
  }

  /// Where a model keeps the directions that its painter was trained with, [attributes, d].
  package static let directionsPath = "painter.directions"

  package let configuration: PainterConfiguration
  /// Halve the size, five times.
  private var down: [Sequential]
  /// Before each enlargement; the offsets follow, and then the activation.
  private var narrowing: [Sequential]
  /// The coordinates' offsets.
  private let offsets: [Dense]
  /// Behind each enlargement.
  private var refining: [Sequential]
  private var masks: Sequential
  private var beforeLast: Sequential
  private var last: Sequential
  private static let leaky = Activation.leakyReLU(slope: 0.2)

  package init(_ configuration: PainterConfiguration) {
    self.configuration = configuration
    let w = configuration.width
    let widths = [w, 2 * w, 4 * w, 8 * w, 8 * w]
    down = zip([9] + widths, widths).enumerated().map { level, channels in
      let (name, isFirst) = ("down\(level)", level == 0)
      return Sequential(
        [
          Convolution(
            Self.weight(name, hasBias: isFirst, isFirst ? Self.leaky : .identity), inChannels: channels.0,
            outChannels: channels.1, geometry: .halving)
        ] + (isFirst ? [] : [Self.normalization(name, channels.1, Self.leaky)]))
    }
    let targets = [8 * w, 4 * w, 2 * w, w]
    narrowing = zip([8 * w] + targets, targets).enumerated().map {
      Self.convolution("narrow\($0)", $1.0, $1.1, .identity)
    }
    offsets = targets.enumerated().map {
      Dense(Self.weight("offset\($0)", hasBias: false), inputs: configuration.attributes, outputs: $1)
    }
    refining = targets.enumerated().map { Self.convolution("refine\($0)", $1, $1, Self.leaky) }
    masks = Sequential(
      Self.convolution("mask.hidden", w, w, Self.leaky).layers + [
        Convolution(
          Self.weight("mask", hasBias: true), inChannels: w, outChannels: configuration.attributes,
          geometry: .centered(kernel: 3, stride: 1))
      ])
    beforeLast = Self.convolution("before-last", w, w / 2, Self.leaky)
    last = Sequential(
      Self.convolution("last.hidden", w / 2, w / 2, Self.leaky).layers + [
        Convolution(
          Self.weight("last", hasBias: true, .sigmoid), inChannels: w / 2, outChannels: 5,
          geometry: .centered(kernel: 3, stride: 1))
      ])
  }

  /// The same network with its normalizations multiplied into the weights, and its parameters.
  package func folded(_ parameters: Parameters) -> (network: PainterNetwork, parameters: Parameters) {
    var (network, parameters) = (self, parameters)
    func fold(_ layers: Sequential) -> Sequential {
      let folded = InferenceNetwork(layers, parameters)
      parameters = folded.parameters
      return folded.layers
    }
    network.down = down.map(fold)
    network.narrowing = narrowing.map(fold)
    network.refining = refining.map(fold)
    network.masks = fold(masks)
    network.beforeLast = fold(beforeLast)
    network.last = fold(last)
    return (network, parameters)
  }

  package var parameters: [ParameterSpecification] {
    (down + narrowing + refining + [masks, beforeLast, last]).flatMap(\.parameters)
      + offsets.flatMap(\.parameters)
  }

  /// Paints a batch.
  ///
  /// - Precondition: The shapes are those of ``Input``.
  package func callAsFunction(_ input: Input, _ binding: Binding) -> Output {
    let tape = binding.tape
    return self(
      input.photos, before: input.before, after: tape.constant(input.after),
      coordinates: tape.constant(input.coordinates), binding)
  }

  /// Paints a batch, with gradients of the images after the edits and of the edits' coordinates.
  ///
  /// - Precondition: The shapes are those of ``Input``.
  package func callAsFunction(
    _ photos: Tensor, before: Tensor, after: Variable, coordinates: Variable, _ binding: Binding
  ) -> Output {
    let tape = binding.tape
    let size = PainterConfiguration.imageSize
    let change = Self.resampled(after.subtracting(before), to: size)
    let base = tape.constant(photos).adding(change)
    var x = Self.sideBySide([photos, Self.resampled(tape.constant(before), to: size).value], change)
    var seen: [Variable] = []
    for layers in down {
      x = layers(x, binding)
      seen.append(x)
    }
    for level in refining.indices {
      let narrow = narrowing[level](x, binding)
        .offsetChannels(byEach: offsets[level](coordinates, binding)).activated(by: Self.leaky)
      let skipped = seen[seen.count - 2 - level]
      x = refining[level](Self.enlarged(narrow).adding(skipped), binding)
    }
    let union = masks(x, binding).maskUnion(strengths: Self.strengths(coordinates))
    let head = last(Self.enlarged(beforeLast(x, binding)), binding)
    return Output(
      colors: head.mixedColors(over: base), mask: Self.enlarged(union).trimmed(by: head))
  }

  /// How far each attribute's mask may open, ρ(c): a smoothstep of |c| from 0.02 to 0.25.
  static func strengths(_ coordinates: Variable) -> Variable {
    coordinates.smoothstepOfMagnitude(0.02...0.25)
  }

  /// Twice the height and width, bilinear.
  private static func enlarged(_ x: Variable) -> Variable { resampled(x, to: 2 * x.shape[1]) }

  /// Another height and width, no smaller than before, bilinear.
  private static func resampled(_ x: Variable, to size: Int) -> Variable {
    let taps = ResamplingTaps.bilinear(from: x.shape[1], to: size, aligningCorners: false)
    return x.resampled(rows: taps, columns: taps)
  }

  /// The channels of images of one size behind one another, with a gradient of the last.
  private static func sideBySide(_ images: [Tensor], _ last: Variable) -> Variable {
    let all = images + [last.value]
    let (shape, channels) = (last.shape, all.map { $0.shape[3] })
    let (total, own) = (channels.reduce(0, +), channels[images.count])
    let places = last.value.count / own
    let joined = Tensor(unsafeUninitialized: shape.dropLast() + [total]) { out in
      var start = 0
      for (image, count) in zip(all, channels) {
        image.withElements { elements in
          for place in 0..<places {
            for channel in 0..<count {
              out.initializeElement(
                at: place * total + start + channel, to: elements[place * count + channel])
            }
          }
        }
        start += count
      }
    }
    return last.tape.record(last, value: joined) { dy, _ in
      // A variable in here would keep its tape, and the tape this.
      let gradient = Tensor(unsafeUninitialized: shape) { out in
        dy.withElements { dy in
          for index in 0..<places * own {
            out.initializeElement(at: index, to: dy[index / own * total + total - own + index % own])
          }
        }
      }
      return [gradient]
    }
  }

  private static func weight(
    _ name: String, hasBias: Bool, _ activation: Activation = .identity
  ) -> Weight {
    Weight(
      path: "painter." + name, hasBias: hasBias, activation: activation,
      initialization: .normal(deviation: 0.02))
  }

  private static func normalization(_ name: String, _ channels: Int, _ activation: Activation) -> BatchNorm {
    BatchNorm(path: "painter.\(name).norm", channels: channels, activation: activation)
  }

  /// 3×3, normalized.
  private static func convolution(
    _ name: String, _ inChannels: Int, _ outChannels: Int, _ activation: Activation
  ) -> Sequential {
    Sequential([
      Convolution(
        weight(name, hasBias: false), inChannels: inChannels, outChannels: outChannels,
        geometry: .centered(kernel: 3, stride: 1)),
      normalization(name, outChannels, activation),
    ])
  }
}
