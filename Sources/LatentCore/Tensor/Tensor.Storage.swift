import CKernels
import Foundation

extension Tensor {
  /// The memory of a tensor.
  ///
  /// It is written only while one tensor holds it (by the initializer, or through the gate of `withMutableElements`),
  /// so tensors may be shared between threads although the compiler cannot see why.
  final class Storage: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Float>
    /// The elements in the orders that kernels read them in; guarded by the lock, as readers on several threads add.
    private var packedForms: [PackedForm: Storage] = [:]
    /// One for all: it is held for a look into a dictionary, and a lock a tensor would be a hundred bytes each.
    private static let lock = NSLock()

    var count: Int { elements.count }

    init(count: Int) {
      guard let memory = ck_buffer_allocate(max(count, 1) * MemoryLayout<Float>.stride) else {
        fatalError("There is no memory for a tensor of \(count) elements.")
      }
      elements = UnsafeMutableBufferPointer(
        start: memory.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
    }

    deinit { ck_buffer_free(elements.baseAddress) }

    /// A packed form of the elements, made by `pack` the first time and kept until they change.
    func packed(_ form: PackedForm, count: Int, pack: (UnsafeMutablePointer<Float>?) -> Void) -> Storage {
      if let known = Self.lock.withLock({ packedForms[form] }) { return known }
      let made = Storage(count: count)
      pack(made.elements.baseAddress)
      return Self.lock.withLock {
        // Another thread may have been as fast; either is as good.
        packedForms[form] = made
        return made
      }
    }

    /// Forgets the packed forms; called before the elements change, while one tensor holds them.
    func forgetPackedForms() { packedForms.removeAll() }
  }

  /// What a packed filter depends on besides its elements and shape.
  struct PackedForm: Hashable {
    let pass: UInt32, algorithm: UInt32
    let stride: Int, top: Int, left: Int
  }
}
