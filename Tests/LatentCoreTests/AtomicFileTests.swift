import Foundation
import LatentCore
import Testing
import TestSupport

struct AtomicFileTests {
  private let old = Data("what was there before".utf8)

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
  }

  @Test func writesAndReplaces() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a file.bin")
      for size in [0, 1, 4097, 3_000_000] {
        let data = Data(
          formulaValues(name: "\(size)", count: size).map { UInt8(truncatingIfNeeded: Int($0 * 128)) })
        try AtomicFile.write(data, to: url)
        #expect(try Data(contentsOf: url) == data)
        #expect(try names(in: folder) == ["a file.bin"])
      }
    }
  }

  @Test func linksAndPermissionsStay() throws {
    try withTemporaryFolder { folder in
      let (file, link) = (folder.appendingPathComponent("model"), folder.appendingPathComponent("link"))
      try AtomicFile.write(Data([1]), to: file)
      let manager = FileManager.default
      for mode in [0o600, 0o644, 0o440] {
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        try? manager.removeItem(at: link)
        try manager.createSymbolicLink(atPath: link.path, withDestinationPath: "model")
        try AtomicFile.write(Data([2, UInt8(mode & 0xff)]), to: link)
        #expect(try Data(contentsOf: file) == Data([2, UInt8(mode & 0xff)]))
        #expect(try manager.destinationOfSymbolicLink(atPath: link.path) == "model")
        #expect(try manager.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == mode)
      }
    }
  }

  @Test func appendsInOrder() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("chunks")
      try AtomicFile.write(to: url) { output throws(FileError) in
        for part in ["one ", "", "two ", "three"] { try output.write(Data(part.utf8)) }
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == "one two three")
    }
  }

  @Test func failureKeepsTheOldFileAndLeavesNothing() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      try old.write(to: url)
      let failure = FileError.writeFailed(path: url.path, reason: "the test says so")
      #expect(throws: failure) {
        try AtomicFile.write(to: url) { output throws(FileError) in
          try output.write(Data("half of the new".utf8))
          // The name still leads to the old bytes while the new ones are being written.
          #expect((try? Data(contentsOf: url)) == old)
          throw failure
        }
      }
      #expect(try Data(contentsOf: url) == old)
      #expect(try names(in: folder) == ["model"])
    }
  }

  @Test func failureOfTheRenameLeavesNothing() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("taken")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      let failure = #expect(throws: FileError.self) { try AtomicFile.write(old, to: url) }
      guard case .writeFailed(path: url.path, _) = failure else {
        Issue.record("The error is \(String(describing: failure)).")
        return
      }
      #expect(try names(in: folder) == ["taken"])
    }
  }

  @Test func namesTheMissingFolder() throws {
    try withTemporaryFolder { folder in
      let missing = folder.appendingPathComponent("no such")
      #expect(throws: FileError.folderMissing(path: missing.path)) {
        try AtomicFile.write(old, to: missing.appendingPathComponent("model"))
      }
      #expect(
        FileError.folderMissing(path: "/x/y").localizedDescription == "The folder “/x/y” does not exist.")
    }
  }

  // A folder that is there is not told to be missing, whatever number the system gives.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "the system has no /proc"))
  func aFolderThatTakesNoFilesIsNotMissing() {
    let refusal = FileError.writeFailed(path: "/proc/model", reason: FileError.reason(ENOENT))
    #expect(throws: refusal) { try AtomicFile.write(old, to: URL(fileURLWithPath: "/proc/model")) }
  }

  // What a killed writer leaves is a file under the writer's kind of name that no process has locked.
  @Test func leftoversAreRemovedAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let leftover = ".latent-\(UUID().uuidString).temporary"
      let others = [".latent-", "latent.temporary", ".hidden.temporary", "model"].sorted()
      for name in others + [leftover] { try old.write(to: folder.appendingPathComponent(name)) }
      let url = folder.appendingPathComponent("model")
      var written: [String] = []
      try AtomicFile.write(to: url) { output throws(FileError) in
        try output.write(Data("new".utf8))
        AtomicFile.removeLeftovers(in: folder)
        written = (try? names(in: folder)) ?? []
      }
      #expect(!written.contains(leftover))
      #expect(Set(written).isSuperset(of: others) && written.count == others.count + 1)
      #expect(try Data(contentsOf: url) == Data("new".utf8))
      #expect(try names(in: folder).sorted() == others)
      AtomicFile.removeLeftovers(in: folder.appendingPathComponent("no such"))
    }
  }

  @Test func mappingTellsWhyItCannotRead() throws {
    try withTemporaryFolder { folder in
      let missing = folder.appendingPathComponent("no such")
      #expect(throws: FileError.notFound(path: missing.path)) { try MappedFile(contentsOf: missing) }
      #expect(throws: FileError.unreadable(path: folder.path, reason: "it is a folder")) {
        try MappedFile(contentsOf: folder)
      }
      let pipe = folder.appendingPathComponent("pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let reason = "it comes from a pipe or a device; save it as a file"
      #expect(throws: FileError.unreadable(path: pipe.path, reason: reason)) {
        try MappedFile(contentsOf: pipe)
      }
    }
  }

  // A link to itself is there, and has nothing behind it.
  @Test func readingTellsWhyItCannot() throws {
    try withTemporaryFolder { folder in
      let (missing, loop) = (
        folder.appendingPathComponent("no such"), folder.appendingPathComponent("loop")
      )
      try FileManager.default.createSymbolicLink(atPath: loop.path, withDestinationPath: "loop")
      #expect(throws: FileError.notFound(path: missing.path)) { try File.contents(of: missing) }
      #expect(throws: FileError.unreadable(path: loop.path, reason: FileError.reason(ELOOP))) {
        try File.contents(of: loop)
      }
      #expect(throws: FileError.unreadable(path: folder.path, reason: "it is a folder")) {
        try File.contents(of: folder)
      }
    }
  }

  @Test func mappingOutlivesReplacement() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      try AtomicFile.write(old, to: url)
      let mapped = try MappedFile(contentsOf: url)
      try AtomicFile.write(Data("short".utf8), to: url)
      #expect(mapped.withBytes { Data($0) } == old)
    }
  }
}
