import CKernels
import Dispatch
import Synchronization
import Testing

/// Buffers held, each filled with a number of its own; a buffer that aliases another shows another's number.
private struct Holder {
  private var held: [(words: UnsafeMutableBufferPointer<UInt64>, mark: UInt64)] = []
  private(set) var failures = 0

  mutating func allocate(bytes: Int, mark: UInt64) {
    guard let buffer = ck_buffer_allocate(bytes), Int(bitPattern: buffer) % 64 == 0 else {
      failures += 1
      return
    }
    let count = bytes / MemoryLayout<UInt64>.size
    let words = UnsafeMutableBufferPointer(
      start: buffer.bindMemory(to: UInt64.self, capacity: count), count: count)
    words.update(repeating: mark)
    held.append((words, mark))
  }

  mutating func free(at index: Int) {
    guard held.indices.contains(index) else { return }
    let (words, mark) = held.remove(at: index)
    if !words.allSatisfy({ $0 == mark }) { failures += 1 }
    ck_buffer_free(words.baseAddress)
  }

  /// Allocates and frees in an order that the seed decides, and returns the number of failures seen.
  static func churn(seed: UInt64) -> Int {
    var holder = Holder()
    var state = seed
    for step in 0..<300 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let sizes = [8, 72, 65_528, 65_536, 70_000, 200_000]
      if state >> 63 == 0 || holder.held.count > 12 {
        holder.free(at: Int(state >> 32) % max(holder.held.count, 1))
      } else {
        holder.allocate(bytes: sizes[Int(state >> 32) % sizes.count], mark: seed << 32 | UInt64(step))
      }
      if step % 100 == 99 { ck_buffer_trim() }
    }
    while !holder.held.isEmpty { holder.free(at: 0) }
    return holder.failures
  }
}

@Suite struct MemoryTests {
  // A live buffer keeps what was written to it whatever else is allocated, freed and trimmed.
  @Test func buffersAreAlignedAndDoNotAlias() { #expect(Holder.churn(seed: 1) == 0) }

  @Test func servesConcurrentCallers() {
    let failures = Mutex(0)
    let callers = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { n in
      let seen = Holder.churn(seed: UInt64(n) + 2)
      failures.withLock { $0 += seen }
      callers.withLock { $0 += 1 }
    }
    #expect(callers.withLock { $0 } == 4)
    #expect(failures.withLock { $0 } == 0)
  }

  // No other test uses this size, so the freed block is the next one handed out, with what was written to it; pages
  // fresh from the system are zero. Another test may trim in between, hence several attempts.
  @Test func reusesAFreedBuffer() {
    let bytes = 50_000_000
    var reused = 0
    for _ in 0..<20 {
      let first = ck_buffer_allocate(bytes)
      first?.storeBytes(of: 0x5EED, toByteOffset: bytes / 2, as: Int.self)
      ck_buffer_free(first)
      let second = ck_buffer_allocate(bytes)
      let third = ck_buffer_allocate(bytes)
      #expect(second != nil && third != nil && second != third)
      if second == first, second?.load(fromByteOffset: bytes / 2, as: Int.self) == 0x5EED { reused += 1 }
      ck_buffer_free(second)
      ck_buffer_free(third)
      ck_buffer_trim()
    }
    ck_buffer_free(nil)
    #expect(reused > 0)
  }

  @Test func emptyBufferIsABuffer() {
    let buffer = ck_buffer_allocate(0)
    #expect(buffer != nil)
    ck_buffer_free(buffer)
  }
}
