import LatentArithmetic
import LatentCore

/// The sizes of a StyleGAN2 generator, from the shapes in a checkpoint: how its layers are called and connected.
struct StyleGAN2Architecture {
  /// A modulated convolution of 3×3, or of 1×1 to colors.
  struct ModulatedLayer {
    let name: String
    let inChannels: Int
    let outChannels: Int
    let doubles: Bool
    /// Height and width of the output.
    let size: Int
    /// Which of the vectors of a code of W⁺ its style comes from.
    let row: Int
  }

  /// The lengths of the vectors from z to w.
  let mappingSizes: [Int]
  /// Those of each resolution, 4×4 first.
  let convolutions: [[ModulatedLayer]]
  /// One a resolution.
  let colors: [ModulatedLayer]

  var imageSize: Int { 4 << (convolutions.count - 1) }
  /// How many vectors a code of W⁺ has.
  var rows: Int { 2 * convolutions.count }
  var styleSize: Int { mappingSizes[mappingSizes.count - 1] }

  /// Reads the sizes that a checkpoint tells; of one of another network what FFHQ's generators have.
  ///
  /// Only outputs are read: what a layer takes is what the one before makes, and so a contradiction is a fault that
  /// `WeightSource` reports.
  init(shape: (_ name: String) -> [Int]?) {
    func length(_ name: String, _ dimension: Int, of rank: Int, default usual: Int) -> Int {
      guard let shape = shape(name), shape.count == rank, shape[dimension] > 0 else { return usual }
      return shape[dimension]
    }
    let mappings = (1...Self.mostMappings).prefix { shape("style.\($0).weight") != nil }.count
    mappingSizes =
      [length("style.1.weight", 1, of: 2, default: 512)]
      + (1...(mappings == 0 ? 8 : mappings)).map { length("style.\($0).weight", 0, of: 2, default: 512) }
    func layer(_ name: String, _ inChannels: Int, doubles: Bool, level: Int, row: Int) -> ModulatedLayer {
      ModulatedLayer(
        name: name, inChannels: inChannels,
        outChannels: length("\(name).conv.weight", 1, of: 5, default: inChannels), doubles: doubles,
        size: 4 << level, row: row)
    }
    func color(_ name: String, after layer: ModulatedLayer) -> ModulatedLayer {
      ModulatedLayer(
        name: name, inChannels: layer.outChannels, outChannels: 3, doubles: false, size: layer.size,
        row: layer.row + 1)
    }
    var last = layer("conv1", length("input.input", 1, of: 4, default: 512), doubles: false, level: 0, row: 0)
    var (convolutions, colors) = ([[last]], [color("to_rgb1", after: last)])
    let levels = (0..<Self.mostDoublings).prefix { shape("convs.\(2 * $0).conv.weight") != nil }.count
    for level in 0..<max(levels, 1) {
      let first = layer(
        "convs.\(2 * level)", last.outChannels, doubles: true, level: level + 1, row: 2 * level + 1)
      last = layer(
        "convs.\(2 * level + 1)", first.outChannels, doubles: false, level: level + 1, row: 2 * level + 2)
      convolutions.append([first, last])
      colors.append(color("to_rgbs.\(level)", after: last))
    }
    (self.convolutions, self.colors) = (convolutions, colors)
  }

  /// From the noise to w.
  var mapping: [EqualizedDense] {
    mappingSizes.indices.dropFirst().map { index in
      EqualizedDense(
        path: "style.\(index)", inputs: mappingSizes[index - 1], outputs: mappingSizes[index],
        rateMultiplier: 0.01, isActivated: true)
    }
  }

  /// All modulated layers in the order in which an image passes them, which is that of the styles.
  var modulatedLayers: [ModulatedLayer] { zip(convolutions, colors).flatMap { $0 + [$1] } }

  /// From a row of W⁺ to the style of a layer.
  func modulation(of layer: ModulatedLayer) -> EqualizedDense {
    EqualizedDense(
      path: "\(layer.name).conv.modulation", inputs: styleSize, outputs: layer.inChannels, initialBias: 1)
  }

  /// The modulated layers with the ranges of their styles.
  var styleLayers: [StyleLayer] {
    var end = 0
    return modulatedLayers.map { layer in
      defer { end += layer.inChannels }
      return StyleLayer(
        name: layer.name, range: end..<end + layer.inChannels, isEdited: !layer.name.hasPrefix("to_rgb"))
    }
  }

  /// Images of 4096 pixels, and mappings, more than anybody trained.
  private static let (mostDoublings, mostMappings) = (10, 64)
}
