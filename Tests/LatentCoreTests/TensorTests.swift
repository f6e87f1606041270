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
}
