/// A dense, row-major array of 32-bit floats with value semantics.
///
/// Activations are NHWC: `[batch, height, width, channels]`. Matrices are `[rows, columns]`, vectors `[count]`, and a
/// scalar has the empty shape. Copies share storage until one of them is changed; storage is recycled when the last
/// copy goes.
public struct Tensor: Sendable {
  /// The length of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  private(set) var storage: Storage

  /// How many elements there are: the product of the shape.
  public var count: Int { storage.count }

  /// Makes a tensor of `shape` that holds `elements` in row-major order.
  ///
  /// - Precondition: There are as many elements as the shape says.
  public init(shape: [Int], elements: some Collection<Float>) {
    let size = Self.size(of: shape)
    precondition(
      elements.count == size, "A tensor of shape \(shape) holds \(size) elements, not \(elements.count).")
    self.init(unsafeUninitialized: shape) { buffer in _ = buffer.initialize(fromContentsOf: elements) }
  }

  /// Makes a tensor of `shape` with every element equal to `value`.
  public init(shape: [Int], repeating value: Float) {
    self.init(unsafeUninitialized: shape) { buffer in buffer.initialize(repeating: value) }
  }

  /// Makes a tensor of `shape` whose elements `initializer` writes, all of them.
  package init(
    unsafeUninitialized shape: [Int],
    initializingWith initializer: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.shape = shape
    storage = Storage(count: Self.size(of: shape))
    try initializer(storage.elements)
  }

  private init(shape: [Int], storage: Storage) {
    self.shape = shape
    self.storage = storage
  }

  /// The elements in row-major order, copied.
  public var elements: [Float] { withElements { Array($0) } }

  /// The only element of a tensor that has one.
  ///
  /// - Precondition: The tensor has exactly one element.
  public var scalar: Float {
    precondition(count == 1, "A tensor of shape \(shape) is not a scalar.")
    return storage.elements[0]
  }

  /// The same elements under another shape of as many elements.
  ///
  /// Nothing is copied.
  ///
  /// - Precondition: Both shapes hold as many elements.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(
      Self.size(of: shape) == count, "A tensor of shape \(self.shape) cannot be reshaped to \(shape).")
    return Tensor(shape: shape, storage: storage)
  }

  /// Lends the elements to `body` for reading.
  package func withElements<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result
  {
    try withExtendedLifetime(storage) { try body(UnsafeBufferPointer(storage.elements)) }
  }

  /// Lends the elements to `body` for writing, after copying them if another tensor shares them.
  package mutating func withMutableElements<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if !isKnownUniquelyReferenced(&storage) {
      self = Tensor(shape: shape, elements: UnsafeBufferPointer(storage.elements))
    }
    storage.forgetPackedForms()
    return try withExtendedLifetime(storage) { try body(storage.elements) }
  }

  private static func size(of shape: [Int]) -> Int {
    shape.reduce(1) { product, length in
      precondition(length >= 0, "A dimension cannot be negative, as in \(shape).")
      return product * length
    }
  }
}

extension Tensor: Equatable {
  /// Whether shapes are equal and elements are equal as numbers.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && a.withElements { x in b.withElements { y in x.elementsEqual(y) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// The shape and the first few elements.
  public var description: String {
    let shown = withElements { $0.prefix(8).map { "\($0)" } }.joined(separator: ", ")
    return "Tensor\(shape)(\(shown)\(count > 8 ? ", …" : ""))"
  }
}
