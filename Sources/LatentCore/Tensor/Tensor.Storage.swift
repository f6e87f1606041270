import CKernels

extension Tensor {
  /// The memory of a tensor.
  ///
  /// It is written only while one tensor holds it (by the initialiser, or through the gate of `withMutableElements`),
  /// so tensors may be shared between threads although the compiler cannot see why.
  final class Storage: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Float>

    var count: Int { elements.count }

    init(count: Int) {
      guard let memory = ck_buffer_allocate(max(count, 1) * MemoryLayout<Float>.stride) else {
        fatalError("There is no memory for a tensor of \(count) elements.")
      }
      elements = UnsafeMutableBufferPointer(
        start: memory.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
    }

    deinit { ck_buffer_free(elements.baseAddress) }
  }
}
