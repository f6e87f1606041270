/// A tensor on a tape: what operations take and return.
public struct Variable {
  /// The tensor.
  public let value: Tensor
  /// The tape that the operations on this variable are recorded on.
  public let tape: Tape
  /// The slot of the cotangent, or nil where no gradient is asked for.
  fileprivate let slot: Int?

  /// The lengths of the value's dimensions.
  public var shape: [Int] { value.shape }
}

/// The record of one differentiable computation.
///
/// A tape is an object that the program makes and passes along; there is no current tape. Only what depends on a
/// watched tensor is recorded: a tape that watches nothing keeps nothing, and costs inference neither time nor memory.
/// Frozen networks are constants; cotangents still flow through them to what is watched.
public final class Tape {
  /// Maps the cotangent of an operation's value to a cotangent for each input.
  ///
  /// The second argument tells which inputs need one. There is one place for each input; what is returned for the
  /// others is not looked at.
  public typealias Pullback = (_ cotangent: Tensor, _ needed: [Bool]) -> [Tensor?]

  private struct Node {
    let output: Int
    let inputs: [Int?]
    let pullback: Pullback
  }

  /// The most threads that an operation on this tape may use; results do not depend on it.
  public let threads: Int
  private var nodes: [Node] = []
  private var slots = 0
  private var watched: [String: Int] = [:]
  private var isUsedUp = false

  /// Makes an empty tape.
  public init(threads: Int) {
    precondition(threads > 0, "A computation needs at least one thread, not \(threads).")
    self.threads = threads
  }

  /// A variable that gets no gradient.
  public func constant(_ tensor: Tensor) -> Variable {
    Variable(value: tensor, tape: self, slot: nil)
  }

  /// A variable whose gradient is returned under `path`.
  ///
  /// - Precondition: No other variable of this tape is watched under the same path.
  public func watch(_ tensor: Tensor, path: String) -> Variable {
    let slot = newSlot()
    precondition(
      watched.updateValue(slot, forKey: path) == nil, "The path “\(path)” is watched on this tape already.")
    return Variable(value: tensor, tape: self, slot: slot)
  }

  /// Records an operation on `inputs` that was carried out, and returns its value as a variable.
  ///
  /// Value and pullback are written together, so no operation can exist without its derivative. One with an optional input
  /// passes nil where it is absent, which no cotangent is needed for.
  ///
  /// - Parameters:
  ///   - inputs: What the value was computed from.
  ///   - value: What the operation computed.
  ///   - pullback: How to pull the value's cotangent back to the inputs.
  /// - Returns: The value on this tape.
  /// - Precondition: All inputs are on this tape.
  public func record(_ inputs: Variable?..., value: Tensor, pullback: @escaping Pullback) -> Variable {
    record(inputs, value: value, pullback: pullback)
  }

  /// Records an operation on a list of inputs; see ``record(_:value:pullback:)``.
  func record(_ inputs: [Variable?], value: Tensor, pullback: @escaping Pullback) -> Variable {
    precondition(
      inputs.allSatisfy { $0 == nil || $0?.tape === self }, "An operation's inputs must all be on one tape.")
    let slots = inputs.map { $0?.slot }
    guard slots.contains(where: { $0 != nil }) else { return constant(value) }
    let output = newSlot()
    nodes.append(Node(output: output, inputs: slots, pullback: pullback))
    return Variable(value: value, tape: self, slot: output)
  }

  /// The gradient of a scalar with respect to everything watched, by path; what it does not depend on is absent.
  ///
  /// The tape is used up: each recorded operation is released as soon as its pullback has run.
  ///
  /// - Precondition: `loss` is a scalar on this tape, which has not given gradients before; each pullback returns a
  ///   cotangent, or nil, for each input.
  public func gradients(of loss: Variable) -> [String: Tensor] {
    precondition(loss.shape.isEmpty, "A gradient is taken of a scalar, not of shape \(loss.shape).")
    return gradients(of: loss, cotangent: Tensor(shape: [], repeating: 1))
  }

  /// The gradient of ⟨output, cotangent⟩ with respect to everything watched, by path; see ``gradients(of:)``.
  ///
  /// - Precondition: `output` is on this tape, which has not given gradients before, and the cotangent has its shape;
  ///   each pullback returns a cotangent, or nil, for each input.
  public func gradients(of output: Variable, cotangent: Tensor) -> [String: Tensor] {
    precondition(output.tape === self, "The gradient of a variable is asked of its own tape.")
    precondition(
      output.shape == cotangent.shape,
      "An output of shape \(output.shape) has no cotangent of shape \(cotangent.shape).")
    precondition(!isUsedUp, "A tape gives gradients once; this one is used up.")
    isUsedUp = true
    defer { nodes.removeAll() }
    guard let slot = output.slot else { return [:] }
    var cotangents = [Tensor?](repeating: nil, count: slots)
    cotangents[slot] = cotangent
    // A node is recorded after its inputs, so the reverse of the record is a topological order.
    while let node = nodes.popLast() {
      guard let cotangent = cotangents[node.output] else { continue }
      cotangents[node.output] = nil
      let parts = node.pullback(cotangent, node.inputs.map { $0 != nil })
      precondition(
        parts.count == node.inputs.count,
        "A pullback returned \(parts.count) cotangents for \(node.inputs.count) inputs.")
      for case (let input?, let part?) in zip(node.inputs, parts) {
        if var sum = cotangents[input].take() {
          Kernels.add(part, to: &sum, threads: threads)
          cotangents[input] = sum
        } else {
          cotangents[input] = part
        }
      }
    }
    return watched.compactMapValues { cotangents[$0] }
  }

  private func newSlot() -> Int {
    slots += 1
    return slots - 1
  }
}
