/// Parameters put on a tape for one evaluation of the networks that use them.
///
/// A binding says what else an evaluation depends on: whether the parameters are watched (trained) or constant
/// (frozen), the phase, and the seed of dropout. It gathers what the evaluation changes besides: running statistics.
package final class Binding {
  /// Whether batch normalization and dropout act as in training.
  package let phase: Phase
  /// The tape of the evaluation.
  package let tape: Tape
  /// The new values of the parameters that no gradient trains: running statistics and singular vectors.
  package private(set) var updates = Parameters()
  private let parameters: Parameters
  private let isTrained: Bool
  private let seed: UInt64
  private var variables: [String: Variable] = [:]
  private var dropouts = 0

  /// Binds parameters to a tape.
  ///
  /// - Parameters:
  ///   - parameters: What the networks read.
  ///   - tape: Where they are recorded.
  ///   - isTrained: Whether gradients of the trainable ones are asked for.
  ///   - phase: What batch normalization and dropout do.
  ///   - seed: Decides which elements dropout drops.
  package init(_ parameters: Parameters, on tape: Tape, isTrained: Bool, phase: Phase, seed: UInt64 = 0) {
    self.parameters = parameters
    self.tape = tape
    self.isTrained = isTrained
    self.phase = phase
    self.seed = seed
  }

  /// The trainable parameter at a path, one variable however often it is asked for.
  ///
  /// - Precondition: There is such a parameter.
  package func variable(_ path: String) -> Variable {
    if let known = variables[path] { return known }
    let made =
      isTrained ? tape.watch(value(path), path: path, isPerImage: false) : tape.common(value(path))
    variables[path] = made
    return made
  }

  /// The weight at a path divided by its largest singular value; the power iteration moves once a binding.
  func spectrallyNormalized(_ path: String, state: String) -> Variable {
    if let known = variables[state] { return known }
    let result = variable(path).spectrallyNormalized(from: value(state))
    if phase == .training { updates[state] = result.singularVector }
    variables[state] = result.weight
    return result.weight
  }

  /// The latest value of a parameter: what this evaluation made of it, or else what was bound.
  func value(_ path: String) -> Tensor {
    guard let value = updates[path] ?? parameters[path] else {
      preconditionFailure("There is no parameter “\(path)”.")
    }
    return value
  }

  /// Keeps the new value of a parameter that no gradient trains.
  func update(_ path: String, to value: Tensor) { updates[path] = value }

  /// A seed for the dropout at a path, another one each time it is asked for.
  func dropoutSeed(_ path: String) -> UInt64 {
    var stream = RandomStream(seed: seed, name: "\(path) \(dropouts)")
    dropouts += 1
    return stream.next()
  }
}
