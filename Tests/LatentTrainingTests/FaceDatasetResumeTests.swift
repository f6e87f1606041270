import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Synchronization
import TestSupport
import Testing

/// Face data sets whose making was stopped, or cannot go on.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct FaceDatasetResumeTests: FaceDatasetTesting {
  // stop(k) + resume = unbroken run, in every byte. Photos begun before the stop are finished, hence at least k.
  @Test func stoppedRunsContinue() async throws {
    try await withPhotos { photos, target in
      let whole = target.appendingPathExtension("whole")
      _ = try builder(photos, whole).build(resumes: false, threads: 1)
      let expected = try contents(of: whole)
      for count in 1...Self.photos.count {
        let folder = target.appendingPathExtension("\(count)")
        let seen = Mutex(0)
        let stopped = Task { [builder = try builder(photos, folder)] in
          try builder.build(resumes: false, threads: 1) { _ in
            seen.withLock { $0 += 1 }
            if seen.withLock({ $0 }) == count { cancelTask() }
          }
        }
        let result = await stopped.result
        let done = seen.withLock { $0 }
        #expect(done >= count)
        if done < Self.photos.count { #expect(throws: CancellationError.self) { try result.get() } }
        #expect(try entries(of: folder).map { $0[0] } == Self.photos.prefix(done).map(\.0))
        // Whoever trains on what is there already trains on faces that were cut out alike.
        #expect(try contents(of: folder)["crop.txt"] == expected["crop.txt"])

        var steps: [Int] = []
        let resumed = try builder(photos, folder)
          .build(resumes: true, threads: 1, report: { steps.append($0.step) })
        // A report tells what is done by then, which may be more than its photo.
        #expect(steps.count == Self.photos.count - done && steps == steps.sorted())
        #expect(steps.allSatisfy { (done + 1...Self.photos.count).contains($0) })
        #expect(resumed.kept == 3 && resumed.left == 3)
        #expect(try contents(of: folder) == expected, "stopped after \(done)")
      }
    }
  }

  // A crash may cut the journal anywhere in its last line, and before that the crop may be missing.
  @Test func aJournalCutOffAnywhereIsContinued() async throws {
    try await withPhotos { photos, target in
      _ = try builder(photos, target).build(resumes: false, threads: 1)
      let expected = try contents(of: target)
      let whole = try #require(expected["faces.tsv"])
      let text = try #require(String(data: whole, encoding: .utf8))
      let last = try #require(text.dropLast().components(separatedBy: "\n").last)
      let lengths = [0, 5] + Array((whole.count - last.utf8.count - 1)...whole.count)
      for length in lengths {
        try whole.prefix(length).write(to: journal(of: target))
        if length < whole.count {
          try FileManager.default.removeItem(at: target.appendingPathComponent("two-faces.png"))
        }
        var seen = 0
        let summary = try builder(photos, target).build(resumes: true, threads: 1, report: { _ in seen += 1 })
        #expect(seen == (length <= 5 ? Self.photos.count : length < whole.count ? 1 : 0), "\(length) bytes")
        #expect(summary.kept == 3 && summary.left == 3)
        #expect(try contents(of: target) == expected, "\(length) bytes")
      }
      #expect(lengths.count > 20)
    }
  }

  // Data sets of before `crop.txt` were begun with this line, and are resumed with it.
  @Test func anOlderDataSetIsResumed() async throws {
    try await withPhotos { photos, target in
      let wide = try builder(photos, target, alignment: .box(margin: 0.25))
      _ = try wide.build(threads: 1)
      let expected = try contents(of: target)
      let text = try #require(expected["faces.tsv"].map { String(decoding: $0, as: UTF8.self) })
      #expect(text.hasPrefix("# \(Self.size) pixels, box with a margin of 0.25, faces from 20.0 pixels"))
      try FileManager.default.removeItem(at: target.appendingPathComponent("crop.txt"))
      _ = try wide.build(resumes: true, threads: 1)
      #expect(try contents(of: target) == expected)
    }
  }

  @Test func otherSettingsAreRefused() async throws {
    try await withPhotos { photos, target in
      _ = try builder(photos, target).build(resumes: false, threads: 2)
      let before = try contents(of: target)
      var surer = try builder(photos, target)
      surer.options.outputThreshold = 0.9
      let others = try [
        builder(photos, target, size: 32), builder(photos, target, alignment: .box()),
        builder(photos, target, smallestFace: 12), surer,
      ]
      for other in others {
        #expect {
          try other.build(resumes: true, threads: 1)
        } throws: { error in
          guard case .otherSettings(journal(of: target).path, let expected, let got) = error as? DatasetError
          else { return false }
          return expected != got && got.contains("\(Self.size) pixels, celeba")
        }
      }
      #expect(throws: DatasetError.folderInUse(path: target.path)) {
        try builder(photos, target).build(resumes: false, threads: 1)
      }
      #expect(try contents(of: target) == before)
    }
  }

  // Images named like photos would take their place.
  @Test(arguments: [true, false]) func photosAreNeverOverwritten(resumes: Bool) async throws {
    try await withPhotos { photos, _ in
      try Image(contentsOf: photos.appendingPathComponent("ivan.jpg"))
        .write(to: photos.appendingPathComponent("a.png"))
      let before = try contents(of: photos)
      #expect(throws: DatasetError.folderInUse(path: photos.path)) {
        try builder(photos, photos).build(resumes: resumes, threads: 1)
      }
      #expect(try contents(of: photos) == before)
    }
  }

  // MARK: - Folders that cannot be written

  // An image that cannot be written stops the work, is in no journal, and leaves no part of it behind.
  @Test func aImageThatCannotBeWrittenStopsTheWork() async throws {
    try await withPhotos { photos, target in
      _ = try builder(photos, target).build(resumes: false, threads: 1)
      let expected = try contents(of: target)
      let whole = try #require(expected["faces.tsv"])
      let end = try #require(whole.range(of: Data("two-faces.jpg".utf8))).lowerBound
      try whole.prefix(end).write(to: journal(of: target))
      let obstacle = target.appendingPathComponent("two-faces.png")
      try FileManager.default.removeItem(at: obstacle)
      try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: true)
      for threads in [1, 3] {
        let error = #expect(throws: FileError.self) {
          try builder(photos, target).build(resumes: true, threads: threads)
        }
        guard case .writeFailed(obstacle.path, _) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        var rest = expected
        rest["faces.tsv"] = whole.prefix(end)
        rest["two-faces.png"] = nil
        #expect(try contents(of: target) == rest)
      }
      try FileManager.default.removeItem(at: obstacle)
      _ = try builder(photos, target).build(resumes: true, threads: 1)
      #expect(try contents(of: target) == expected)
    }
  }

  @Test func aFolderThatCannotBeMadeIsNamed() async throws {
    try await withPhotos { photos, target in
      try Data("a file\n".utf8).write(to: target)
      let inFile = target.appendingPathComponent("faces")
      for folder in [target, inFile, URL(fileURLWithPath: "/proc/faces")] {
        #expect(throws: FileError.writeFailed(path: folder.path, reason: "the folder cannot be made")) {
          try builder(photos, folder).build(resumes: false, threads: 1)
        }
      }
      #expect(try Data(contentsOf: target) == Data("a file\n".utf8))
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aReadOnlyFolderStaysEmpty() async throws {
    try await withPhotos { photos, target in
      try FileManager.default.createDirectory(
        at: target, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o555])
      #expect(throws: FileError.self) { try builder(photos, target).build(resumes: false, threads: 1) }
      #expect(try contents(of: target).isEmpty)
    }
  }
}
