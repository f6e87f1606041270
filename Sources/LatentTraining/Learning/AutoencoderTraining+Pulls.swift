import LatentArithmetic
import LatentCore

/// The losses of generated images, each with its pull at them.
extension AutoencoderTraining {
  /// The pull of discriminator and attributes at generated images.
  func judge(
    _ drawn: Tensor, targets: Tensor, _ stream: inout RandomStream, threads: Int
  ) -> (attributes: Float, gradient: Tensor) {
    let tape = Tape(threads: threads, share: share)
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
    let tape = Tape(threads: threads, share: share)
    let binding = Binding(trainedDiscriminator.values, on: tape, isTrained: false, phase: .training)
    let path = "drawings"
    var wanted = tape.constant(real)
    var shown = tape.watch(drawn.images(share.places(ofFirst: real.shape[0], in: drawn.shape[0])), path: path)
    var losses: [Variable] = []
    for layer in discriminator.trunk.layers {
      (wanted, shown) = (layer(wanted, binding), layer(shown, binding))
      let meanSquare = Float(
        wanted.value.squaredNorm(over: share) / Double(share.whole(wanted.value.count)))
      losses.append(shown.meanSquaredError(to: wanted.value).scaled(by: 1 / max(meanSquare, 1e-12)))
    }
    let loss = losses.dropFirst().reduce(losses[0]) { $0.adding($1) }.scaled(by: 1 / Float(losses.count))
    guard let gradient = tape.gradients(of: loss)[path] else {
      preconditionFailure("Features depend on the generated image.")
    }
    return (loss.value.scalar, share.padded(gradient, to: drawn.shape[0]))
  }

  /// The mean squared error of the first generated images, which are of the images, and its pull at all of them.
  func pixelLoss(
    _ drawn: Tensor, _ real: Tensor, threads: Int
  ) -> (loss: Float, gradient: Tensor) {
    let tape = Tape(threads: threads, share: share)
    let path = "drawings"
    let images = drawn.images(share.places(ofFirst: real.shape[0], in: drawn.shape[0]))
    let loss = tape.watch(images, path: path).meanSquaredError(to: real)
    guard let gradient = tape.gradients(of: loss)[path] else {
      preconditionFailure("Pixels depend on the generated image.")
    }
    return (loss.value.scalar, share.padded(gradient, to: drawn.shape[0]))
  }
}

extension Tensor {
  /// self + share·(‖self‖/‖other‖)·other, the norms being those of a whole batch.
  package func adding(_ other: Tensor, asShare share: Float, of batch: BatchShare = .whole) -> Tensor {
    let norm = other.squaredNorm(over: batch)
    guard norm > 0 else { return self }
    let factor = share * Float((squaredNorm(over: batch) / norm).squareRoot())
    return Kernels.linearCombination(1, self, factor, other, threads: 1)
  }

  /// The sum of all squares of a whole batch.
  fileprivate func squaredNorm(over batch: BatchShare) -> Double {
    batch.sum(rows: shape[0]) { [part($0).squaredNorm] }[0]
  }
}

extension BatchShare {
  /// The images of a batch, joined with so many of zeros that there are `count`.
  fileprivate func padded(_ images: Tensor, to count: Int) -> Tensor {
    joined([images, Tensor(shape: [count - images.shape[0]] + images.shape.dropFirst(), repeating: 0)])
  }
}

extension Variable {
  /// Each image of a batch moved by up to an eighth of its size, which keeps a discriminator from learning images by
  /// heart.
  func shifted(_ stream: inout RandomStream) -> Variable {
    let reach = shape[1] / 8
    let changes = (0..<tape.share.whole(shape[0])).map { _ in
      var change = Augmentation()
      change.shiftDown = stream.index(below: 2 * reach + 1) - reach
      change.shiftRight = stream.index(below: 2 * reach + 1) - reach
      return change
    }
    return augmented(by: Array(changes[tape.share.own(of: changes.count)]))
  }
}
