import Foundation

/// A disk of a few megabytes in memory, which can be filled and made read-only.
struct SmallDisk {
  private static let size = 8 << 20

  let folder: URL
  private var ballast: URL { folder.appendingPathComponent(".ballast") }

  /// Mounts an empty disk.
  init(at folder: URL) throws {
    self.folder = folder
    let status = try Process.status(
      of: "mount", "-t", "tmpfs", "-o", "size=\(Self.size)", "tmpfs", folder.path)
    try require(status == 0, "The disk cannot be mounted.")
  }

  /// Takes all space but some bytes.
  func fill(leaving free: Int) throws {
    let file = open(ballast.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try require(file >= 0, "The disk cannot be filled.")
    defer { close(file) }
    let block = [UInt8](repeating: 0, count: 4096)
    var size = 0
    while case let written = write(file, block, block.count), written > 0 { size += written }
    try require(errno == ENOSPC, "The disk was not full in the end.")
    try require(ftruncate(file, max(0, size - free)) == 0, "The disk cannot be made less full.")
  }

  /// Gives back what ``fill(leaving:)`` took.
  func empty() throws { try ballast.removeIfThere() }

  /// Removes everything.
  func clear() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try folder.appendingPathComponent(name).removeIfThere()
    }
  }

  /// Allows or forbids all writing.
  func setReadOnly(_ isReadOnly: Bool) throws {
    let status = try Process.status(of: "mount", "-o", "remount,\(isReadOnly ? "ro" : "rw")", folder.path)
    try require(status == 0, "The disk cannot be mounted anew.")
  }
}

extension Process {
  /// Runs a program with this program's output, and returns its exit status.
  static func status(of words: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
