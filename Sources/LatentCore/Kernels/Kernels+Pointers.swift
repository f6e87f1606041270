/// The elements of several tensors at once, for the length of a kernel's call.
///
/// An absent tensor is nil, as the kernels expect it. Overloads and not a parameter pack, which costs 50 ns a call where
/// these cost nothing.
extension Kernels {
  /// What a kernel reads.
  typealias Input = UnsafePointer<Float>?
  /// What a kernel writes.
  typealias Output = UnsafeMutablePointer<Float>?

  /// A tensor that a kernel is going to write, all of it.
  static func unwritten(_ shape: [Int]) -> Tensor { Tensor(unsafeUninitialized: shape) { _ in } }

  // MARK: - For reading

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ body: (Input) -> Result
  ) -> Result {
    withExtendedLifetime(a) { body(a?.pointer) }
  }

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ b: Tensor?, _ body: (Input, Input) -> Result
  ) -> Result {
    withExtendedLifetime((a, b)) { body(a?.pointer, b?.pointer) }
  }

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ b: Tensor?, _ c: Tensor?, _ body: (Input, Input, Input) -> Result
  ) -> Result {
    withExtendedLifetime((a, b, c)) { body(a?.pointer, b?.pointer, c?.pointer) }
  }

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ b: Tensor?, _ c: Tensor?, _ d: Tensor?, _ body: (Input, Input, Input, Input) -> Result
  ) -> Result {
    withExtendedLifetime((a, b, c, d)) { body(a?.pointer, b?.pointer, c?.pointer, d?.pointer) }
  }

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ b: Tensor?, _ c: Tensor?, _ d: Tensor?, _ e: Tensor?,
    _ body: (Input, Input, Input, Input, Input) -> Result
  ) -> Result {
    withExtendedLifetime((a, b, c, d, e)) { body(a?.pointer, b?.pointer, c?.pointer, d?.pointer, e?.pointer) }
  }

  @inline(__always)
  static func withPointers<Result>(
    to a: Tensor?, _ b: Tensor?, _ c: Tensor?, _ d: Tensor?, _ e: Tensor?, _ f: Tensor?,
    _ body: (Input, Input, Input, Input, Input, Input) -> Result
  ) -> Result {
    withExtendedLifetime((a, b, c, d, e, f)) {
      body(a?.pointer, b?.pointer, c?.pointer, d?.pointer, e?.pointer, f?.pointer)
    }
  }

  // MARK: - For writing

  @inline(__always)
  static func withMutablePointers(
    to a: inout some Writable, _ body: (Output) -> Void
  ) {
    body(a.mutablePointer)
    withExtendedLifetime(a) {}
  }

  @inline(__always)
  static func withMutablePointers(
    to a: inout some Writable, _ b: inout some Writable, _ body: (Output, Output) -> Void
  ) {
    body(a.mutablePointer, b.mutablePointer)
    withExtendedLifetime((a, b)) {}
  }

  @inline(__always)
  static func withMutablePointers(
    to a: inout some Writable, _ b: inout some Writable, _ c: inout some Writable,
    _ body: (Output, Output, Output) -> Void
  ) {
    body(a.mutablePointer, b.mutablePointer, c.mutablePointer)
    withExtendedLifetime((a, b, c)) {}
  }
}

extension Kernels {
  /// A tensor, or nil where a kernel may leave out what it would write.
  protocol Writable {
    /// The elements, which from now on belong to this tensor alone.
    var mutablePointer: Output { mutating get }
  }
}

extension Tensor: Kernels.Writable {
  fileprivate var pointer: Kernels.Input { UnsafePointer(storage.elements.baseAddress) }
  var mutablePointer: Kernels.Output {
    mutating get { withMutableElements { $0.baseAddress } }
  }
}

extension Tensor?: Kernels.Writable {
  var mutablePointer: Kernels.Output {
    mutating get { self?.mutablePointer }
  }
}
