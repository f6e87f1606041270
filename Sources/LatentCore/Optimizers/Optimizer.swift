/// A method that moves parameters against their gradients: its numbers, and what one update does to one parameter.
///
/// What it remembers of each parameter, and how many updates were made, is kept by ``TrainedParameters``.
package protocol Optimizer: Codable, Equatable, Sendable {
  /// The step size, which a schedule may change between updates.
  var rate: Float { get set }

  /// Moves a parameter; `step` counts updates from 1.
  ///
  /// - Precondition: Parameter, moments and gradient have the same shape.
  func move(
    _ parameter: inout Tensor, _ moments: inout Moments, along gradient: Tensor, step: Int, threads: Int)
}

/// What an optimizer remembers of a parameter between updates.
package struct Moments: Sendable {
  /// The running mean of the gradients.
  var mean: Tensor
  /// The running mean of their squares.
  var square: Tensor
  /// The slow weights of an optimizer that looks ahead.
  var slow: Tensor?
}

extension Moments {
  /// Begins with nothing seen of a parameter of this shape.
  init(shape: [Int]) {
    let zero = Tensor(shape: shape, repeating: 0)
    self.init(mean: zero, square: zero)
  }
}
