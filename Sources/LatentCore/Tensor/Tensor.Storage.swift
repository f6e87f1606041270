import CKernels

extension Tensor {
  /// The memory of a tensor: written once by whoever makes the tensor, only read after that.
  ///
  /// That is why it may be shared between threads although the compiler cannot see it.
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
