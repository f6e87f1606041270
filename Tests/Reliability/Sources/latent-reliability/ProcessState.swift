import Foundation

/// What the system says of this process.
struct ProcessState {
  /// Resident memory in bytes.
  let resident: Int
  /// Open descriptors, and mappings of memory.
  let descriptors: Int, mappings: Int

  static func now() throws -> ProcessState {
    let pages = try text("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) }
    guard let pages else { throw Finding("/proc/self/statm is not understood.") }
    return ProcessState(
      resident: pages * Int(sysconf(Int32(_SC_PAGESIZE))),
      descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count,
      mappings: try text("/proc/self/maps").split(separator: "\n").count)
  }

  // Foundation's own reading maps a file, and these have no length.
  private static func text(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw Finding("\(path) cannot be read.") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
