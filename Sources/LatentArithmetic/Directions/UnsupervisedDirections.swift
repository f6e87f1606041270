import Foundation
import LatentCore

// Directions that a generator has by itself. They have no words; `LabeledLatents.direction(of:among:)` finds the one
// that a word fits best.

extension Generator {
  /// The directions in which what the generator draws of some codes varies most.
  ///
  /// The images of codes z_j are drawn and their principal components found, with the coordinates x_jk. Each component
  /// is carried back to codes by least squares,
  ///
  ///     u_k = argmin Σ_j ‖x_jk·u − z_j‖² = Σ_j x_jk·z_j / Σ_j x_jk²
  ///
  /// and scaled so that a step of 1 is one standard deviation of x_k. The codes need not be centered: the coordinates
  /// are, so that the mean of the codes cancels. The components are those of the pixels, averaged to 128×128
  /// where there are more, and the paper's those of a layer's activations. The sign of each is arbitrary.
  ///
  /// Source: "GANSpace: Discovering Interpretable GAN Controls", Härkönen and others 2020, section 3.2.
  ///
  /// - Parameters:
  ///   - count: How many directions there may be; there are fewer where the drawings vary in fewer dimensions.
  ///   - codes: What is drawn; a direction's noise is some √(d/codes) of its length at most.
  ///   - threads: The most threads to use beside the generator's own.
  /// - Returns: Directions, that of the largest variance of the drawings first.
  /// - Precondition: There are at least two codes, and `count` is not negative.
  package func principalDirections(
    count: Int, codes: [Latent<Space>], threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> [Direction<Space>] {
    precondition(codes.count > 1, "Principal directions take two samples or more, not \(codes.count).")
    let images = Tensor.concatenated(
      stride(from: 0, to: codes.count, by: 64).map { start in
        let drawings = Tensor(generate(Array(codes[start..<min(start + 64, codes.count)])))
        let batch = drawings.averaged(toAtMost: 128, threads: threads)
        return batch.reshaped(to: [batch.shape[0], batch.count / batch.shape[0]])
      })
    let components = PrincipalComponents(of: images, count: count, threads: threads)
    let coordinates = components.coordinates(of: images, threads: threads)
    let rows = Tensor(shape: [codes.count, latentSize], elements: codes.flatMap(\.values))
    let sums = Kernels.matrixProduct(coordinates, rows, transposingFirst: true, threads: threads)
    return components.variances.enumerated().map { component, variance in
      // Σ_j x_jk² = (n − 1)·variance, and the deviation is the root of the variance.
      let scale = Float(1 / (Double(codes.count - 1) * variance.squareRoot()))
      return scale * Direction(sums.row(component))
    }
  }

  /// The directions in which what the generator draws varies most: those of random codes.
  ///
  /// - Parameters:
  ///   - count: How many directions there may be.
  ///   - samples: How many images are drawn.
  ///   - seed: Decides the codes, as in ``randomCodes(_:seed:)``.
  ///   - threads: The most threads to use beside the generator's own.
  /// - Returns: Directions, that of the largest variance of the drawings first.
  /// - Precondition: There are at least two samples, and `count` is not negative.
  public func principalDirections(
    count: Int, samples: Int = 1000, seed: UInt64,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> [Direction<Space>] {
    principalDirections(count: count, codes: randomCodes(samples, seed: seed), threads: threads)
  }
}

extension Tensor {
  /// Images averaged to a size, if they are larger: what varies most is coarse, and thousands of images have to fit.
  fileprivate func averaged(toAtMost size: Int, threads: Int) -> Tensor {
    guard shape[1] > size else { return self }
    let taps = ResamplingTaps.windowMeans(from: shape[1], to: size)
    return Tape(threads: threads).constant(self).resampled(rows: taps, columns: taps).value
  }
}

extension Model {
  /// The unit directions that the generator's first layer stretches most.
  ///
  /// A step n of the code changes what the first dense layer z·A gives by n·A, whatever the code. The directions
  /// are the eigenvectors of A·Aᵀ, the largest ‖n·A‖ first. Where batch normalization follows the layer, A is the
  /// product of the two: the columns' lengths that it undoes mean nothing. The sign of each direction is arbitrary.
  ///
  /// Source: "Closed-Form Factorization of Latent Semantics in GANs", Shen and Zhou 2021, section 3.2.
  ///
  /// - Parameter count: How many directions.
  /// - Returns: `count` directions of length 1, orthogonal to each other.
  /// - Throws: ``ModelError/partMissing(part:name:)`` when the model has no generator,
  ///   `WeightSourceError` when its numbers are too large.
  /// - Precondition: A code has at least `count` numbers, and `count` is not negative.
  public func factorizedDirections(count: Int) throws -> [Direction<ZSpace>] {
    let d = network.latentSize
    precondition(
      (0...d).contains(count), "Codes of \(d) numbers have no \(count) orthogonal directions.")
    let path = "generator.input.weight"
    let generator = InferenceNetwork(network.generator, try parameters(of: .generator))
    guard let weight = generator.parameters[path] else {
      preconditionFailure("A generator begins with “\(path)”.")
    }
    guard let directions = weight.leftSingularDirections(count, in: ZSpace.self) else {
      throw WeightSourceError(file: "the model", faults: [.notFinite("\(path) is too large")])
    }
    return directions
  }
}

extension Tensor {
  /// The eigenvectors of A·Aᵀ for a matrix A, that of the largest value first; nil where A·Aᵀ is not finite.
  package func leftSingularDirections<Space: LatentSpace>(_ count: Int, in space: Space.Type) -> [Direction<
    Space
  >]? {
    let d = shape[0]
    let products = Kernels.matrixProduct(self, self, transposingSecond: true, threads: 1)
    return Kernels.symmetricEigen(products.elements.map(Double.init), order: d).map { eigen in
      (0..<count).map { index in
        Direction(eigen.vectors[index * d..<(index + 1) * d].map { Float($0) })
      }
    }
  }
}
