import LatentArithmetic
import LatentCore

/// The losses of generated images, each with its pull at them.
extension AutoencoderTraining {
  /// The pull of discriminator and attributes at generated images.
  func judge(
    _ drawn: Tensor, targets: Tensor, _ stream: inout RandomStream, threads: Int
  ) -> (attributes: Float, gradient: Tensor) {
    var attributes: Float = 0
    let gradient = pull(at: drawn, threads: threads) { images in
      let output = discriminator(images.shifted(&stream), judgeBinding(on: images.tape))
      let loss = output.attributes.binaryCrossEntropy(targets: targets)
      attributes = loss.value.scalar
      return output.score.generatorLoss(.hinge).adding(loss.scaled(by: summed))
    }.gradient
    return (attributes, gradient)
  }

  /// How far the discriminator's features of reconstructions are from those of the images, and their pull at all that was
  /// generated: the mean over the layers of ‖f − f̂‖²/‖f‖².
  package func featureLoss(
    _ drawn: Tensor, _ real: Tensor, threads: Int
  ) -> (loss: Float, gradient: Tensor) {
    reconstructionLoss(drawn, real, threads: threads) { images in
      let binding = judgeBinding(on: images.tape)
      var (wanted, shown) = (images.tape.constant(real), images)
      var losses: [Variable] = []
      for layer in discriminator.trunk.layers {
        (wanted, shown) = (layer(wanted, binding), layer(shown, binding))
        let meanSquare = Float(
          wanted.value.squaredNorm(over: share) / Double(share.whole(wanted.value.count)))
        losses.append(shown.meanSquaredError(to: wanted.value).scaled(by: 1 / max(meanSquare, 1e-12)))
      }
      return losses.dropFirst().reduce(losses[0]) { $0.adding($1) }.scaled(by: 1 / Float(losses.count))
    }
  }

  /// The mean squared error of the first generated images, which are of the images, and its pull at all of them.
  func pixelLoss(_ drawn: Tensor, _ real: Tensor, threads: Int) -> (loss: Float, gradient: Tensor) {
    reconstructionLoss(drawn, real, threads: threads) { $0.meanSquaredError(to: real) }
  }

  private func judgeBinding(on tape: Tape) -> Binding {
    Binding(trainedDiscriminator.values, on: tape, isTrained: false, phase: .training)
  }

  /// A loss of the first generated images, which are of the images, and its pull at all of them.
  private func reconstructionLoss(
    _ drawn: Tensor, _ real: Tensor, threads: Int, _ loss: (Variable) -> Variable
  ) -> (loss: Float, gradient: Tensor) {
    let count = drawn.shape[0]
    let first = drawn.images(share.places(ofFirst: real.shape[0], in: count))
    let pull = pull(at: first, threads: threads, loss)
    return (pull.loss, share.padded(pull.gradient, to: count))
  }

  /// A loss of images and its pull at them.
  private func pull(
    at images: Tensor, threads: Int, _ loss: (Variable) -> Variable
  ) -> (loss: Float, gradient: Tensor) {
    let tape = Tape(threads: threads, share: share)
    let path = "images"
    let value = loss(tape.watch(images, path: path))
    guard let gradient = tape.gradients(of: value)[path] else {
      preconditionFailure("A loss of images depends on them.")
    }
    return (value.value.scalar, gradient)
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
    return augmented {
      var change = Augmentation()
      change.shiftDown = stream.index(below: 2 * reach + 1) - reach
      change.shiftRight = stream.index(below: 2 * reach + 1) - reach
      return change
    }
  }
}
