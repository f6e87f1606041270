import Foundation
import LatentCore

/// Paints an edit of a face into its photo: ``Rendering/paint``.
///
/// It belongs to one generator, whose images it was trained to see, and knows the directions W of the attributes that it
/// can paint. An edit δ has the coordinates c = (WWᵀ)⁻¹Wδ; what of δ lies outside their span is in the generator's
/// images alone, and opens no mask.
package struct Painter: Sendable {
  private let network: PainterNetwork
  private let parameters: Parameters
  /// W, [attributes, d].
  package let directions: Tensor
  /// (WWᵀ)⁻¹W, [attributes, d].
  private let dual: Tensor
  private let threads: Int

  /// Takes the painter out of a model; nil where the model has none.
  package init?(_ model: Model, threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
    guard let configuration = model.painter, let all = try? model.parameters(of: .painter),
      let directions = all[PainterNetwork.directionsPath]
    else { return nil }
    self.init(configuration, all, directions: directions, threads: threads)
  }

  package init(
    _ configuration: PainterConfiguration, _ parameters: Parameters, directions: Tensor, threads: Int
  ) {
    (network, self.parameters) = PainterNetwork(configuration).folded(parameters)
    self.directions = directions
    (dual, self.threads) = (Self.dual(of: directions), threads)
  }

  /// The coordinates of edits over the attributes' directions, [batch, d] → [batch, attributes].
  package func coordinates(of edits: Tensor) -> Tensor {
    Kernels.matrixProduct(edits, dual, transposingSecond: true, threads: threads)
  }

  /// Paints edits of one photo's crop.
  ///
  /// - Parameters:
  ///   - crop: The photo's crop, 160×160.
  ///   - before: The generator's image of the face's code, [1, size, size, 3].
  ///   - after: Those of the edited codes, [edits, size, size, 3].
  ///   - edits: What was added to the code, [edits, d].
  /// - Returns: Colors [edits, 160, 160, 3] in about −1...1, masks [edits, 160, 160, 1] in 0...1.
  package func paint(
    _ crop: Tensor, before: Tensor, after: Tensor, edits: Tensor
  ) -> (colors: Tensor, masks: Tensor) {
    func repeated(_ image: Tensor) -> Tensor {
      .concatenated(Array(repeating: image, count: edits.shape[0]))
    }
    return paint(
      .init(
        photos: repeated(crop), before: repeated(before), after: after,
        coordinates: coordinates(of: edits)))
  }

  /// Paints a batch: colors [batch, 160, 160, 3], masks [batch, 160, 160, 1].
  package func paint(_ input: PainterNetwork.Input) -> (colors: Tensor, masks: Tensor) {
    let tape = Tape(threads: threads)
    let output = network(
      input, Binding(parameters, on: tape, isTrained: false, phase: .inference))
    return (output.colors.value, output.mask.value)
  }

  /// The crop of a photo with an edit, with gradients of the edit and of the image after it.
  ///
  /// Parameters and shapes are those of ``paint(_:before:after:edits:)``.
  ///
  /// - Returns: [edits, 160, 160, 3]. Where an edit is nothing its mask is closed, and has no gradient.
  package func paintedCrops(
    _ crop: Tensor, before: Tensor, after: Variable, edits: Variable
  ) -> Variable {
    let tape = edits.tape
    let count = edits.shape[0]
    let photos = Tensor.concatenated(Array(repeating: crop, count: count))
    let output = network(
      photos, before: .concatenated(Array(repeating: before, count: count)), after: after,
      coordinates: edits.matrixProduct(tape.constant(dual), transposingSecond: true),
      Binding(parameters, on: tape, isTrained: false, phase: .inference))
    return output.colors.laid(over: photos, through: output.mask)
  }

  /// (WWᵀ + εI)⁻¹W; the small ε keeps directions that depend on one another from exploding.
  private static func dual(of w: Tensor) -> Tensor {
    let k = w.shape[0]
    var gram = Kernels.matrixProduct(w, w, transposingSecond: true, threads: 1).elements.map(Double.init)
    let trace = (0..<k).reduce(0.0) { $0 + gram[$1 * (k + 1)] }
    for index in 0..<k { gram[index * (k + 1)] += 1e-6 * trace / Double(k) + 1e-12 }
    guard
      let solution = Kernels.solvePositiveDefinite(
        gram, w.elements.map(Double.init), columns: w.shape[1])
    else { return Tensor(shape: w.shape, repeating: 0) }
    return Tensor(shape: w.shape, elements: solution.map { Float($0) })
  }
}
