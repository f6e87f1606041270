import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// Takes the disk away from what is being written: full, read-only, gone.
///
/// Each failure has to be one clear sentence, to leave nothing half-written, and to leave what was there before. A
/// training then goes on from its last good checkpoint to the bytes of an unbroken one. The disk is a small one in
/// memory, mounted in a name space of this program's own, which ends with it.
struct DiskRun {
  private let disk: SmallDisk

  init(mountPoint: String) throws { disk = try SmallDisk(at: URL(fileURLWithPath: mountPoint)) }

  /// Starts this program anew where it may mount a disk.
  static func start(allowsSkip: Bool) throws {
    guard try Process.status(of: "unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt") == 0 else {
      let sentence = "This system lets no program mount a disk of its own, so nothing was tested."
      if allowsSkip { return say("Skipped. \(sentence)") }
      throw Finding(sentence)
    }
    try withTemporaryFolder { folder in
      let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
      let status = try Process.status(of: "unshare", "-rm", program, "disk-inside", folder.path)
      try require(status == 0, "The disk's tests failed.")
    }
  }

  func run() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data", isDirectory: true)
      try DrawnData.write(to: data)
      let whole = training(in: folder.appendingPathComponent("whole", isDirectory: true), data)
      try whole.model.deletingLastPathComponent().makeFolder()
      try whole.run()
      let expected = try whole.products()
      let checkpointSize = try Data(contentsOf: whole.checkpoint).count

      for free in [0, checkpointSize / 2] {
        try fullDisk("a checkpoint, \(free) bytes free", leaving: free, data, expected)
      }
      try vanishingFolder(data, expected)
      try removedFolder(data)
      try fullDiskAtTheEnd(data, expected)
      try file("model", whole.model, leaving: 16384) {
        try Model(contentsOf: whole.model).write(to: $0, precision: .single)
      }
      try file("image.png", whole.model, leaving: 0) {
        try DrawnData.image([true, true, true], seed: 1).write(to: $0)
      }
      try dataset(in: folder)
    }
  }

  // MARK: - Trainings

  private func training(in folder: URL, _ data: URL) -> TinyTraining {
    TinyTraining(
      part: .gan, data: data, model: folder.appendingPathComponent("model.safetensors"),
      folder: folder.appendingPathComponent("training", isDirectory: true), steps: 8, interval: 2)
  }

  /// A training on the empty disk.
  private func begin(_ data: URL) throws -> TinyTraining {
    try disk.clear()
    return training(in: disk.folder, data)
  }

  /// Runs a training to its failure, which `event` brings about after the fifth step.
  private func fail(
    _ what: String, _ training: TinyTraining, after step: Int = 5, event: @escaping () throws -> Void
  ) throws {
    try failure(what) {
      try training.run { progress in
        guard progress.activity == "training", progress.step == step else { return }
        do { try event() } catch { fatalError("The disk cannot be taken away: \(error)") }
      }
    }
  }

  private func resume(_ training: TinyTraining, from step: Int, _ expected: [String: Data]) throws {
    var training = training
    let saved = try training.checkpointStep()
    try require(saved == step, "The last good checkpoint is of step \(saved ?? 0), not \(step).")
    try require(training.leftovers().isEmpty, "A temporary file is left.")
    training.resumes = true
    try training.run()
    try requireEqual(training.products(), expected, "The resumed training")
  }

  private func fullDisk(_ what: String, leaving free: Int, _ data: URL, _ expected: [String: Data]) throws {
    var training = try begin(data)
    try fail("full disk, \(what)", training) { try disk.fill(leaving: free) }
    try disk.empty()

    // The same training on a disk that became read-only.
    try disk.setReadOnly(true)
    training.resumes = true
    try failure("read-only folder, a training goes on") { try training.run() }
    var other = training
    (other.folder, other.resumes) = (disk.folder.appendingPathComponent("other"), false)
    try failure("read-only folder, a training begins") { try other.run() }
    try disk.setReadOnly(false)
    try resume(training, from: 4, expected)
  }

  private func vanishingFolder(_ data: URL, _ expected: [String: Data]) throws {
    let training = try begin(data)
    let elsewhere = disk.folder.appendingPathComponent("elsewhere")
    try fail("folder that vanishes", training) {
      try FileManager.default.moveItem(at: training.folder, to: elsewhere)
    }
    try FileManager.default.moveItem(at: elsewhere, to: training.folder)
    try resume(training, from: 4, expected)
  }

  private func removedFolder(_ data: URL) throws {
    let training = try begin(data)
    try fail("folder that is removed", training) { try FileManager.default.removeItem(at: training.folder) }
  }

  /// The training has its folder elsewhere; its model has no room.
  private func fullDiskAtTheEnd(_ data: URL, _ expected: [String: Data]) throws {
    try withTemporaryFolder { elsewhere in
      var training = try begin(data)
      training.folder = elsewhere.appendingPathComponent("training", isDirectory: true)
      try fail("full disk, the trained model", training, after: 8) { try disk.fill(leaving: 1000) }
      try require(!FileManager.default.fileExists(atPath: training.model.path), "Half a model is left.")
      try disk.empty()
      try resume(training, from: 8, expected)
    }
  }

  // MARK: - Single files

  /// Replaces a file on a full and on a read-only disk, which has to leave the old one.
  private func file(_ name: String, _ old: URL, leaving free: Int, _ write: (URL) throws -> Void) throws {
    try disk.clear()
    let url = disk.folder.appendingPathComponent(name)
    try FileManager.default.copyItem(at: old, to: url)
    let bytes = try Data(contentsOf: url)
    try disk.fill(leaving: free)
    try failure("full disk, \(name)") { try write(url) }
    try disk.empty()
    try disk.setReadOnly(true)
    try failure("read-only folder, \(name)") { try write(url) }
    try disk.setReadOnly(false)
    let names = try FileManager.default.contentsOfDirectory(atPath: disk.folder.path)
    try require(names == [name], "The disk holds \(names), not only “\(name)”.")
    try require(try Data(contentsOf: url) == bytes, "The old “\(name)” was changed.")
    try write(url)
  }

  // MARK: - Data sets

  /// Cuts faces out on a disk that fills up, and goes on when there is room.
  private func dataset(in folder: URL) throws {
    let shared = ProcessInfo.processInfo.environment["LATENT_SHARED"] ?? ""
    let photo = URL(fileURLWithPath: shared).appendingPathComponent("data/photos/ivan.jpg")
    guard FileManager.default.fileExists(atPath: photo.path), let detector = try? FaceDetector(threads: 1)
    else {
      return say("full disk, a data set: skipped; it takes LATENT_SHARED and the detector's networks")
    }
    let photos = folder.appendingPathComponent("photos", isDirectory: true)
    try photos.makeFolder()
    for index in 0..<8 {
      try FileManager.default.copyItem(at: photo, to: photos.appendingPathComponent("\(index).jpg"))
    }
    func build(_ folder: URL, resumes: Bool, report: (StepProgress) -> Void = { _ in }) throws {
      let builder = FaceDatasetBuilder(
        try ImageDataset(contentsOf: photos), to: folder, size: 80, alignment: .celeba, detector: detector,
        smallestFace: 60)
      let summary = try builder.build(resumes: resumes, threads: 2, report: report)
      try require(summary.kept == 8, "\(summary.kept) of 8 faces were cut out.")
    }
    func images(_ folder: URL) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0 != "faces.tsv"
      }
      return try Dictionary(
        uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) })
    }
    let whole = folder.appendingPathComponent("set", isDirectory: true)
    try build(whole, resumes: false)
    try disk.clear()
    let set = disk.folder.appendingPathComponent("set", isDirectory: true)
    try failure("full disk, a data set") {
      try build(set, resumes: false) { progress in
        guard progress.step == 2 else { return }
        do { try disk.fill(leaving: 4096) } catch { fatalError("The disk cannot be filled: \(error)") }
      }
    }
    try require(set.temporaries.isEmpty, "A temporary file is left.")
    let expected = try images(whole)
    for (name, bytes) in try images(set) {
      try require(bytes == expected[name], "Half of “\(name)” is left.")
    }
    try disk.empty()
    try build(set, resumes: true)
    try requireEqual(try images(set), expected, "The resumed data set")
  }

  // MARK: - Sentences

  /// Makes sure that work fails with one sentence for a person, and prints it.
  private func failure(_ what: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as FileError {
      let sentence = error.description
      let isOne = sentence.hasSuffix(".") && !sentence.dropLast().contains(". ") && !sentence.contains("\n")
      try require(isOne, "\(what): this is not one sentence: \(sentence)")
      return say("\(what): \(sentence)")
    }
    throw Finding("\(what): nothing failed.")
  }
}
