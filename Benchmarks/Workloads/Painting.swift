import LatentArithmetic
import LatentCore

extension Benchmark {
  /// One photo's crop and an edit to colors and mask.
  static let painting = [Benchmark("paint B1") { Paint(threads: $0) }]
}

/// What an editor with a painter does besides generating, on fresh weights of the recipe's width.
private struct Paint: Workload {
  private let painter: Painter
  private let crop: Tensor
  private let before: Tensor
  private let after: Tensor
  private let edit: Tensor

  init(threads: Int) {
    let configuration = PainterConfiguration(width: 32, attributes: 39)
    var stream = RandomStream(input: "painting")
    let directions = stream.normal(shape: [configuration.attributes, 200])
    painter = Painter(
      configuration, Parameters(PainterNetwork(configuration).parameters, seed: 1), directions: directions,
      threads: threads)
    let size = PainterConfiguration.imageSize
    crop = stream.normal(shape: [1, size, size, 3])
    (before, after) = (.images(1), .images(1))
    edit = directions.rows([3])
  }

  func iterate() -> Tensor {
    let painted = painter.paint(crop, before: before, after: after, edits: edit)
    return Tensor(shape: [2], elements: [sum(painted.colors), sum(painted.masks)])
  }

  private func sum(_ tensor: Tensor) -> Float { tensor.elements.reduce(0, +) }
}
