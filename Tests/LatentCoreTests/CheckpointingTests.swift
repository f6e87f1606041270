import LatentCore
import Synchronization
import TestSupport
import Testing

/// Parts of a computation that are computed twice instead of kept.
struct CheckpointingTests {
  private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  /// A segment of two layers, and behind it its first input once more, whose gradient so has two parts.
  private func compute(_ x: Variable, _ a: Variable, _ b: Variable, checkpointed: Bool) -> Variable {
    func segment(_ inputs: [Variable]) -> Variable {
      let hidden = inputs[0].matrixProduct(inputs[1]).activated(by: .elu)
      return hidden.matrixProduct(inputs[2]).activated(by: .tanh)
    }
    let y = checkpointed ? x.tape.checkpointed([x, a, b], segment: segment) : segment([x, a, b])
    return y.adding(x).activated(by: .sigmoid)
  }

  // The same operations on the same numbers: value and gradients are equal bit by bit.
  @Test(arguments: [[true, true, true], [true, false, true], [false, true, false]])
  func gradientsAreThoseWithout(_ watched: [Bool]) {
    let tensors = [([6, 9], 1), ([9, 7], 2), ([7, 9], 3)].map { Self.random($0.0, seed: UInt64($0.1)) }
    let cotangent = Self.random([6, 9], seed: 4)
    let results = [false, true].map { checkpointed in
      let tape = Tape(threads: 2)
      let inputs = tensors.enumerated().map { index, tensor in
        watched[index] ? tape.watch(tensor, path: "\(index)") : tape.constant(tensor)
      }
      let y = compute(inputs[0], inputs[1], inputs[2], checkpointed: checkpointed)
      return (value: y.value, gradients: tape.gradients(of: y, cotangent: cotangent))
    }
    #expect(results[0].value == results[1].value)
    #expect(results[0].gradients == results[1].gradients)
    #expect(results[1].gradients.count == watched.filter { $0 }.count)
  }

  // What the segment records is let go at once, and the segment runs again only for a gradient.
  @Test func nothingInsideIsKept() {
    let tape = Tape(threads: 1)
    let x = tape.watch(Self.random([3], seed: 5), path: "x")
    let calls = Mutex(0)
    weak var inner: Tape?
    let y = tape.checkpointed([x]) { inputs in
      calls.withLock { $0 += 1 }
      inner = inputs[0].tape
      return inputs[0].scaled(by: 2)
    }
    #expect(calls.withLock { $0 } == 1)
    #expect(inner === tape)
    let cotangent = Self.random([3], seed: 6)
    let gradients = tape.gradients(of: y, cotangent: cotangent)
    #expect(gradients["x"]?.elements == cotangent.elements.map { 2 * $0 })
    #expect(calls.withLock { $0 } == 2)
    #expect(inner == nil)
  }

  @Test func constantsAreComputedOnce() {
    let tape = Tape(threads: 1)
    let calls = Mutex(0)
    let y = tape.checkpointed([tape.constant(Self.random([3], seed: 7))]) { inputs in
      calls.withLock { $0 += 1 }
      return inputs[0].scaled(by: 2)
    }
    #expect(tape.gradients(of: y, cotangent: y.value).isEmpty)
    #expect(calls.withLock { $0 } == 1)
  }
}
