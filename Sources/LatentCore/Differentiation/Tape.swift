/// A tensor on a tape: what operations take and return.
public struct Variable {
  /// The tensor.
  public let value: Tensor
  /// The tape that the operations on this variable are recorded on.
  public let tape: Tape
  /// Whether there is a row for each image of the batch, and not one value for all of them, as a parameter is.
  package let isPerImage: Bool
  /// The slot of the cotangent, or nil where no gradient is asked for.
  fileprivate let slot: Int?

  /// The lengths of the value's dimensions.
  public var shape: [Int] { value.shape }

  /// How the rows lie on ranks, and are summed.
  var share: BatchShare { isPerImage ? tape.share : .whole }

  /// How sums over the rows are made that are the cotangent of `other`.
  func share(with other: Variable?) -> BatchShare { other?.isPerImage == false ? share : .whole }
}

/// The record of one differentiable computation.
///
/// A tape is an object that the program makes and passes along; there is no current tape. Only what depends on a
/// watched tensor is recorded: a tape that watches nothing keeps nothing, and costs inference neither time nor memory.
/// Frozen networks are constants; cotangents still flow through them to what is watched.
///
/// Where ranks share a batch (`BatchShare`), what belongs to an image lies on one rank and what is common to all images on
/// each. The cotangent of what is common is a sum over the batch: an operation makes that of this rank's images, slice by
/// slice, and the tape adds those of all ranks while it goes on.
public final class Tape {
  /// Maps the cotangent of an operation's value to a cotangent for each input.
  ///
  /// The second argument tells which inputs need one. There is one place for each input; what is returned for the
  /// others is not looked at.
  public typealias Pullback = (_ cotangent: Tensor, _ needed: [Bool]) -> [Tensor?]

  private struct Node {
    let output: Int
    let inputs: [Int?]
    /// The inputs that are common to all images, of an output that is not; their cotangents are summed over the batch.
    let common: [Bool]
    let isPerImage: Bool
    let pullback: Pullback
  }

  /// The most threads that an operation on this tape may use; results do not depend on it.
  public let threads: Int
  /// How the batch lies on ranks, and is summed.
  package let share: BatchShare
  private var nodes: [Node] = []
  private var slots = 0
  private var watched: [String: Int] = [:]
  private var isUsedUp = false

  /// Makes an empty tape.
  public convenience init(threads: Int) { self.init(threads: threads, share: .whole) }

  /// Makes an empty tape for a batch that lies on ranks.
  package init(threads: Int, share: BatchShare) {
    precondition(threads > 0, "A computation needs at least one thread, not \(threads).")
    (self.threads, self.share) = (threads, share)
  }

  /// A variable that gets no gradient, with a row for each image of the batch.
  public func constant(_ tensor: Tensor) -> Variable {
    Variable(value: tensor, tape: self, isPerImage: true, slot: nil)
  }

  /// A variable that gets no gradient, one value for all images.
  package func common(_ tensor: Tensor) -> Variable {
    Variable(value: tensor, tape: self, isPerImage: false, slot: nil)
  }

  /// A variable whose gradient is returned under `path`, with a row for each image of the batch.
  ///
  /// - Precondition: No other variable of this tape is watched under the same path.
  public func watch(_ tensor: Tensor, path: String) -> Variable {
    watch(tensor, path: path, isPerImage: true)
  }

  /// A variable whose gradient is returned under `path`, one value for all images where it is not for each.
  ///
  /// - Precondition: No other variable of this tape is watched under the same path.
  package func watch(_ tensor: Tensor, path: String, isPerImage: Bool) -> Variable {
    let slot = newSlot()
    precondition(
      watched.updateValue(slot, forKey: path) == nil, "The path “\(path)” is watched on this tape already.")
    return Variable(value: tensor, tape: self, isPerImage: isPerImage, slot: slot)
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

  /// Records an operation that makes what is summed over the batch by `BatchShare.ownSum`.
  func recordSliced(_ inputs: Variable?..., value: Tensor, pullback: @escaping Pullback) -> Variable {
    record(inputs, value: value, isSliced: true, pullback: pullback)
  }

  /// Records an operation on a list of inputs; see ``record(_:value:pullback:)``.
  func record(
    _ inputs: [Variable?], value: Tensor, isSliced: Bool = false, pullback: @escaping Pullback
  ) -> Variable {
    precondition(
      inputs.allSatisfy { $0 == nil || $0?.tape === self }, "An operation's inputs must all be on one tape.")
    let isPerImage = inputs.contains { $0?.isPerImage == true }
    let slots = inputs.map { $0?.slot }
    guard slots.contains(where: { $0 != nil }) else {
      return Variable(value: value, tape: self, isPerImage: isPerImage, slot: nil)
    }
    let common = inputs.map { isPerImage && $0?.isPerImage == false }
    precondition(
      isSliced || share.slices == 1 || zip(common, slots).allSatisfy { !$0 || $1 == nil },
      "An operation that does not sum by slices has no gradient on a batch of \(share.slices) slices.")
    let output = newSlot()
    nodes.append(
      Node(output: output, inputs: slots, common: common, isPerImage: isPerImage, pullback: pullback))
    return Variable(value: value, tape: self, isPerImage: isPerImage, slot: output)
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
    var (sums, summed) = (GradientSums(over: share.ranks), [Int]())
    func add(_ part: Tensor, to slot: Int) {
      if var sum = cotangents[slot].take() {
        Kernels.add(part, to: &sum, threads: threads)
        cotangents[slot] = sum
      } else {
        cotangents[slot] = part
      }
    }
    func pull(_ node: Node) {
      guard let cotangent = cotangents[node.output] else { return }
      cotangents[node.output] = nil
      let parts = node.pullback(cotangent, node.inputs.map { $0 != nil })
      precondition(
        parts.count == node.inputs.count,
        "A pullback returned \(parts.count) cotangents for \(node.inputs.count) inputs.")
      for (index, part) in parts.enumerated() {
        guard let input = node.inputs[index], let part else { continue }
        if node.common[index] {
          sums.add(part)
          summed.append(input)
        } else {
          add(part, to: input)
        }
      }
    }
    // A node is recorded after its inputs, so the reverse of the record is a topological order. No image depends on what
    // is made of parameters alone in the way back, so that waits until the sums over all images are there.
    var common: [Node] = []
    while let node = nodes.popLast() {
      if node.isPerImage { pull(node) } else { common.append(node) }
    }
    for (slot, sum) in zip(summed, sums.finished()) { add(sum, to: slot) }
    for node in common { pull(node) }
    return watched.compactMapValues { cotangents[$0] }
  }

  private func newSlot() -> Int {
    slots += 1
    return slots - 1
  }
}
