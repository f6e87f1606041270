/// The parameters of one network in training, with the optimizer that moves them and what it remembers of each.
package struct TrainedParameters: Sendable {
  /// The parameters as they are now.
  package private(set) var values: Parameters
  /// What moves them; a schedule may change its rate between updates.
  package var optimizer: any Optimizer
  /// How many updates were made.
  package private(set) var step = 0
  private let prefix: String
  private var moments: [String: Moments] = [:]

  /// Begins to train parameters.
  ///
  /// - Parameters:
  ///   - values: The parameters.
  ///   - prefix: What their paths begin with, `generator.`, where a checkpoint holds those of several networks.
  ///   - optimizer: What moves them.
  package init(_ values: Parameters, prefix: String = "", by optimizer: any Optimizer) {
    (self.values, self.prefix, self.optimizer) = (values, prefix, optimizer)
  }

  /// Takes over what an evaluation made of the parameters that no gradient trains: running statistics.
  package mutating func merge(_ updates: Parameters) { values.merge(updates) }

  /// Moves each parameter that has a gradient.
  ///
  /// - Precondition: Each gradient has the path and shape of a parameter.
  package mutating func update(gradients: [String: Tensor], threads: Int) {
    step += 1
    for (path, gradient) in gradients {
      // Taken out of their collections, the tensors are changed where they are; left in, they would be copied.
      guard var parameter = values[path].take() else {
        preconditionFailure("There is a gradient for “\(path)” but no such parameter.")
      }
      var remembered = moments.removeValue(forKey: path) ?? Moments(shape: gradient.shape)
      optimizer.move(&parameter, &remembered, along: gradient, step: step, threads: threads)
      values[path] = parameter
      moments[path] = remembered
    }
  }
}

// MARK: - Checkpoints

extension TrainedParameters {
  /// All tensors that a continued training needs: the parameters under their paths, and of the one at `path` what the
  /// optimizer remembers, under `moments.PREFIXmean.path`, `moments.PREFIXsquare.path` and `moments.PREFIXslow.path`.
  package var state: Parameters {
    var state = values
    for (path, moments) in moments {
      state[place("mean", path)] = moments.mean
      state[place("square", path)] = moments.square
      state[place("slow", path)] = moments.slow
    }
    return state
  }

  /// Continues from a checkpoint, which may hold other networks, too.
  ///
  /// - Precondition: The checkpoint holds these parameters.
  package mutating func restore(_ state: Parameters, step: Int) {
    self.step = step
    moments = [:]
    for path in values.paths {
      values[path] = state[path]
      guard let mean = state[place("mean", path)], let square = state[place("square", path)] else { continue }
      moments[path] = Moments(mean: mean, square: square, slow: state[place("slow", path)])
    }
  }

  private func place(_ part: String, _ path: String) -> String { "moments.\(prefix)\(part).\(path)" }
}
