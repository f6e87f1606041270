import Dispatch
import Foundation

#if MPI
  import CMessagePassing
#endif

/// The processes that train together, each on its share of every batch: the ranks of MPI, or a process alone.
///
/// With the package's trait `MPI`, a program that `mpirun` starts has as many ranks as that was told; without it, and in
/// ``alone``, there is one. Every rank calls what sends in the same order.
public struct RankGroup: Sendable {
  /// Which of the ranks this is, counted from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  /// The process of each, and a number that stands for its machine.
  private var processes: [(id: Int32, machine: Int)] = []

  /// A process by itself.
  public static let alone = RankGroup(rank: 0, count: 1)

  package init(rank: Int, count: Int) { (self.rank, self.count) = (rank, count) }

  /// The ranks that `mpirun` started, this process among them; ``alone`` without the trait `MPI`.
  ///
  /// - Throws: ``RankError/notStarted`` when MPI cannot be started.
  public static func started() throws(RankError) -> RankGroup {
    #if MPI
      var (rank, count): (Int32, Int32) = (0, 0)
      guard mp_start(&rank, &count) else { throw .notStarted }
      var group = RankGroup(rank: Int(rank), count: Int(count))
      let own = [Int(getpid()), ProcessInfo.processInfo.hostName.hashed]
      group.processes = group.gather(own.withUnsafeBytes(Array.init)).map { bytes in
        bytes.withUnsafeBytes { (Int32($0.load(as: Int.self)), $0.load(fromByteOffset: 8, as: Int.self)) }
      }
      return group
    #else
      return .alone
    #endif
  }

  /// Whether this rank is the one that writes files and tells of progress.
  public var isFirst: Bool { rank == 0 }

  /// Whether no rank before this one is alive, as far as this machine can tell.
  public var isFirstAlive: Bool {
    guard rank > 0, processes.count == count else { return rank == 0 }
    return processes[..<rank].allSatisfy { process in
      process.machine == processes[rank].machine && kill(process.id, 0) != 0
    }
  }

  /// Leaves the group when all work is done; waits for the other ranks.
  public func finish() {
    #if MPI
      if count > 1 { mp_finish() }
    #endif
  }

  /// Ends this process and, through `mpirun`, all others.
  public func abort(status: Int32) -> Never {
    #if MPI
      if count > 1 { mp_abort(status) }
    #endif
    exit(status)
  }

  // MARK: - Messages

  /// What sends gradients while the backward pass goes on.
  static let sending = DispatchQueue(label: "gradients")

  /// The sums over all ranks, in the tree that ``BatchShare`` describes.
  func sum(_ values: [Double]) -> [Double] {
    #if MPI
      guard count > 1 else { return values }
      var sums = values
      mp_sum_doubles(&sums, sums.count)
      return sums
    #else
      return values
    #endif
  }

  /// The sums over all ranks of many numbers, in the same tree.
  func sum(_ values: inout [Float]) {
    #if MPI
      if count > 1 { mp_sum_floats(&values, values.count) }
    #endif
  }

  /// The numbers that all ranks found, in their order, `count` each.
  ///
  /// - Throws: The error that this rank found instead; ``RankError/otherFailed(rank:)`` when another found one.
  package func gathered<Number: BitwiseCopyable>(
    _ found: Result<[Number], any Error>, count: Int
  ) throws -> [Number] {
    let size = count * MemoryLayout<Number>.stride
    var message = [UInt8](repeating: 0, count: 1 + size)
    if let numbers = try? found.get() {
      precondition(numbers.count == count, "A rank hands in \(count) numbers, not \(numbers.count).")
      message = [1] + numbers.withUnsafeBytes(Array.init)
    }
    let all = gather(message)
    _ = try found.get()
    if let rank = all.firstIndex(where: { $0[0] == 0 }) { throw RankError.otherFailed(rank: rank) }
    return all.flatMap { message in
      [Number](unsafeUninitializedCapacity: count) { numbers, filled in
        message.dropFirst().withUnsafeBytes { UnsafeMutableRawBufferPointer(numbers).copyBytes(from: $0) }
        filled = count
      }
    }
  }

  /// Does what all ranks have to have done before any goes on.
  ///
  /// - Throws: The error of this rank; ``RankError/otherFailed(rank:)`` when another had one.
  package func together(_ work: () throws -> Void) throws {
    let _: [UInt8] = try gathered(
      Result {
        try work()
        return []
      }, count: 0)
  }

  /// What is found for each of some items, which the ranks share: each finds every so manieth, and all get all of it.
  ///
  /// - Throws: The error that this rank found instead; ``RankError/otherFailed(rank:)`` when another found one.
  package func sharing<Found: Codable>(_ items: Int, _ find: (Int) throws -> Found) throws -> [Found] {
    if count == 1 { return try (0..<items).map(find) }
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let own = Result { try encoder.encode(stride(from: rank, to: items, by: count).map(find)) }
    let sizes: [Int] = try gathered(own.map { [$0.count] }, count: 1)
    let size = sizes.max() ?? 0
    let all: [UInt8] = try gathered(
      own.map { $0 + [UInt8](repeating: 0, count: size - $0.count) }, count: size)
    let found = try sizes.indices.map { rank in
      try PropertyListDecoder().decode(
        [Found].self, from: Data(all[rank * size..<rank * size + sizes[rank]]))
    }
    return (0..<items).map { found[$0 % count][$0 / count] }
  }

  /// Makes sure that what all ranks go by is the same.
  ///
  /// - Throws: ``RankError/different(rank:what:)``, on all ranks.
  package func agree(on what: String, _ text: String) throws(RankError) {
    let all = gather(withUnsafeBytes(of: text.hashed, Array.init))
    if let rank = all.firstIndex(where: { $0 != all[0] }) { throw .different(rank: rank, what: what) }
  }

  /// What every rank hands in, in their order.
  ///
  /// - Precondition: All hand in as many bytes.
  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    #if MPI
      guard count > 1 else { return [bytes] }
      var all = [UInt8](repeating: 0, count: count * bytes.count)
      mp_gather(bytes, bytes.count, &all)
      return (0..<count).map { Array(all[$0 * bytes.count..<($0 + 1) * bytes.count]) }
    #else
      return [bytes]
    #endif
  }
}

extension String {
  /// The hash of Fowler, Noll and Vo, the same in all processes.
  fileprivate var hashed: Int {
    let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return Int(bitPattern: UInt(hash))
  }
}
