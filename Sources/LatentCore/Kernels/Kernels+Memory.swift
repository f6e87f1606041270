import CKernels

extension Kernels {
  /// Gives the memory of freed tensors back to the system, which is kept for the next of their size otherwise.
  ///
  /// For the end of work after which other sizes are asked for, as of reading a model.
  package static func returnFreedMemory() { ck_buffer_trim() }
}
