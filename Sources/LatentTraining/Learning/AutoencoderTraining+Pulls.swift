import LatentArithmetic
import LatentCore

/// The losses of generated images, each with its pull at them.
extension AutoencoderTraining {
  /// The pull of discriminator and attributes at generated images.
  func judge(
    _ drawn: Tensor, targets: Tensor, _ stream: inout RandomStream, threads: Int
  ) -> (attributes: Float, gradient: Tensor) {
    let tape = Tape(threads: threads)
    let binding = Binding(trainedDiscriminator.values, on: tape, isTrained: false, phase: .training)
    let path = "drawings"
    let output = discriminator(tape.watch(drawn, path: path).shifted(&stream), binding)
    let attributes = output.attributes.binaryCrossEntropy(targets: targets)
    let loss = output.score.generatorLoss(.hinge).adding(attributes.scaled(by: summed))
    guard let gradient = tape.gradients(of: loss)[path] else {
      preconditionFailure("A verdict depends on the generated image.")
    }
    return (attributes.value.scalar, gradient)
  }

  /// How far the discriminator's features of reconstructions are from those of the images, and their pull at all that was
  /// generated: the mean over the layers of ‖f − f̂‖²/‖f‖².
  package func featureLoss(
    _ drawn: Tensor, _ real: Tensor, threads: Int
  ) -> (loss: Float, gradient: Tensor) {
    let tape = Tape(threads: threads)
    let binding = Binding(trainedDiscriminator.values, on: tape, isTrained: false, phase: .training)
    let path = "drawings"
    var wanted = tape.constant(real)
    var shown = tape.watch(drawn.images(Array(0..<real.shape[0])), path: path)
    var losses: [Variable] = []
    for layer in discriminator.trunk.layers {
      (wanted, shown) = (layer(wanted, binding), layer(shown, binding))
      let meanSquare = Float(wanted.value.squaredNorm / Double(wanted.value.count))
      losses.append(shown.meanSquaredError(to: wanted.value).scaled(by: 1 / max(meanSquare, 1e-12)))
    }
    let loss = losses.dropFirst().reduce(losses[0]) { $0.adding($1) }.scaled(by: 1 / Float(losses.count))
    guard let gradient = tape.gradients(of: loss)[path] else {
      preconditionFailure("Features depend on the generated image.")
    }
    return (loss.value.scalar, gradient.paddedBatch(to: drawn.shape[0]))
  }

  /// The mean squared error of the first generated images, which are of the images, and its pull at all of them.
  func pixelLoss(
    _ drawn: Tensor, _ real: Tensor, threads: Int
  ) -> (loss: Float, gradient: Tensor) {
    let count = real.shape[0]
    let (loss, gradient) = Kernels.meanSquaredError(
      drawn.images(Array(0..<count)), real, threads: threads)
    return (loss, gradient.paddedBatch(to: drawn.shape[0]))
  }
}

extension Tensor {
  /// self + share·(‖self‖/‖other‖)·other.
  package func adding(_ other: Tensor, asShare share: Float) -> Tensor {
    let norm = other.squaredNorm
    guard norm > 0 else { return self }
    let factor = share * Float((squaredNorm / norm).squareRoot())
    return Kernels.linearCombination(1, self, factor, other, threads: 1)
  }
}

extension Tensor {
  /// The images of a batch, followed by so many of zeros that there are `count`.
  fileprivate func paddedBatch(to count: Int) -> Tensor {
    .concatenated([self, Tensor(shape: [count - shape[0]] + shape.dropFirst(), repeating: 0)])
  }
}

extension Variable {
  /// Each image of a batch moved by up to an eighth of its size, which keeps a discriminator from learning images by
  /// heart.
  func shifted(_ stream: inout RandomStream) -> Variable {
    let reach = shape[1] / 8
    return augmented(
      by: (0..<shape[0]).map { _ in
        var change = Augmentation()
        change.shiftDown = stream.index(below: 2 * reach + 1) - reach
        change.shiftRight = stream.index(below: 2 * reach + 1) - reach
        return change
      })
  }
}
