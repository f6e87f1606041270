import LatentCore
import TestSupport
import Testing

/// Tensors are values.
struct TensorTests {
  private let numbers = randomFloats(count: 24, seed: 1)

  @Test func aCopyIsNotChanged() {
    let original = Tensor(shape: [2, 3, 4], elements: numbers)
    var copy = original
    let view = original.reshaped(to: [24])
    copy.withMutableElements { $0[5] = 7 }
    #expect(original.elements == numbers && view.elements == numbers)
    #expect(copy.elements[5] == 7)
    #expect(zip(copy.elements, numbers).enumerated().allSatisfy { $0 == 5 || $1.0 == $1.1 })
    #expect(copy != original)
  }

  // A tensor that nobody shares is changed where it is.
  @Test func theOnlyCopyStaysInPlace() {
    var tensor = Tensor(shape: [24], elements: numbers)
    let before = tensor.withElements { UInt(bitPattern: $0.baseAddress) }
    tensor.withMutableElements { $0[0] = 3 }
    #expect(tensor.withElements { UInt(bitPattern: $0.baseAddress) } == before)
    #expect(tensor.elements == [3] + numbers.dropFirst())
  }

  @Test func reshapingKeepsTheElements() {
    let tensor = Tensor(shape: [2, 3, 4], elements: numbers)
    let reshaped = tensor.reshaped(to: [4, 6])
    #expect(reshaped.shape == [4, 6] && reshaped.count == 24 && reshaped.elements == numbers)
    #expect(reshaped != tensor && reshaped.reshaped(to: [2, 3, 4]) == tensor)
  }

  // Equality is of numbers: −0 equals 0, and what is not a number equals nothing.
  @Test func equalityIsOfNumbers() {
    #expect(Tensor(shape: [2], elements: [0, 1]) == Tensor(shape: [2], elements: [-0.0, 1]))
    #expect(Tensor(shape: [1], elements: [.nan]) != Tensor(shape: [1], elements: [.nan]))
    #expect(Tensor(shape: [1, 2], elements: [0, 1]) != Tensor(shape: [2, 1], elements: [0, 1]))
    #expect(Tensor(shape: [0, 3], repeating: 1) == Tensor(shape: [0, 3], elements: []))
  }

  @Test func scalarHasTheEmptyShape() {
    let scalar = Tensor(shape: [], repeating: 2.5)
    #expect(scalar.count == 1 && scalar.scalar == 2.5 && scalar.elements == [2.5])
  }

  @Test func rowsAndConcatenationAreInverse() {
    let tensor = Tensor(shape: [6, 4], elements: numbers)
    let order = [3, 0, 5, 1, 4, 2]
    let parts = order.map { tensor.rows([$0]) }
    #expect(Tensor.concatenated(parts) == tensor.rows(order))
    #expect(tensor.row(5) == Array(numbers.suffix(4)))
    #expect(tensor.rows(order).rows([1, 3, 5, 0, 4, 2]) == tensor)
    #expect(tensor.subtracting(tensor.rows(Array(0..<6))) == Tensor(shape: [6, 4], repeating: 0))
  }

  // result[i₀, i₁, …] = tensor[j₀, j₁, …] where j of dimension order[k] is i_k.
  @Test(arguments: [
    ([2, 3, 4, 5], [2, 3, 1, 0]), ([2, 3, 4, 5], [0, 1, 2, 3]), ([3, 4, 2, 5], [2, 1, 3, 0]),
    ([5, 2, 3], [1, 2, 0]), ([7, 3], [1, 0]), ([6], [0]), ([], []), ([1, 4, 1], [2, 1, 0]),
    ([3, 0, 2], [1, 2, 0]),
  ]) func permutedDimensionsHoldTheSameElements(shape: [Int], order: [Int]) {
    let count = shape.reduce(1, *)
    let tensor = Tensor(shape: shape, elements: randomFloats(count: count, seed: 2))
    let permuted = tensor.permuted(order)
    #expect(permuted.shape == order.map { shape[$0] })
    var expected: [Float] = []
    for place in 0..<count {
      var (rest, index) = (place, [Int](repeating: 0, count: shape.count))
      for dimension in order.reversed() {
        index[dimension] = rest % shape[dimension]
        rest /= shape[dimension]
      }
      expected.append(tensor.elements[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }])
    }
    #expect(permuted.elements == expected)
    let back = order.indices.map { dimension in order.firstIndex(of: dimension) ?? -1 }
    #expect(permuted.permuted(back) == tensor)
  }
}
