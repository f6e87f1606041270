import Foundation
import LatentArithmetic
import LatentCore
import Synchronization

/// Cuts the faces out of a folder of photos, for training on them.
///
/// Photos are read, searched and written one by one on several threads, so that memory does not grow with their number.
/// What became of each goes to a journal, `faces.tsv` in the new folder, from which a stopped run continues. A photo
/// without a face, or one that cannot be read, is noted there and left out. Of several faces the largest is taken.
/// `crop.txt` says how they were cut out, so that trainings record it in their models.
///
/// A folder with labels becomes another one: its lists are written anew in their form, with the images that are there.
public struct FaceDatasetBuilder: Sendable {
  private let source: ImageDataset
  private let folder: URL
  private let size: Int
  private let alignment: FaceAlignment
  private let detector: FaceDetector
  package var options = FaceDetector.Options()

  /// Describes the work; nothing is written yet.
  ///
  /// - Parameters:
  ///   - source: The photos.
  ///   - folder: Where the data set goes; it is made if need be.
  ///   - size: The side of the crops in pixels.
  ///   - alignment: How faces are cut out.
  ///   - detector: What finds them; it should use one thread, as several photos are worked on at a time.
  ///   - smallestFace: The side of the smallest face in pixels, at least 12.
  /// - Precondition: The size is positive, and the margin of a box from 0 to 1.
  public init(
    _ source: ImageDataset, to folder: URL, size: Int, alignment: FaceAlignment,
    detector: FaceDetector, smallestFace: Double = 20
  ) {
    precondition(size > 0, "A crop cannot be \(size) pixels wide.")
    precondition(alignment.isSensible, "A margin is from 0 to 1, not that of “\(alignment.rawValue)”.")
    (self.source, self.folder, self.size) = (source, folder, size)
    (self.alignment, self.detector) = (alignment, detector)
    options.smallestFace = smallestFace
    options.onlyLargest = true
  }

  /// How many photos have become an image of the data set, and how many have not.
  public struct Summary: Sendable, Hashable {
    /// Photos with a face, and those without or unreadable; both count earlier runs.
    public var kept = 0, left = 0
  }

  /// Works until all photos are done.
  ///
  /// When the task is cancelled, no further photo is begun, and those that are being searched are finished first.
  ///
  /// - Parameters:
  ///   - resumes: Whether to continue what an earlier run began.
  ///   - threads: How many photos are worked on at a time.
  ///   - ranks: Who works together, each rank on a share of the photos, with the folder under one path on all machines.
  ///   - report: Called after each photo.
  /// - Returns: What became of the photos of this run and earlier ones.
  /// - Throws: ``DatasetError/folderInUse(path:)``, ``DatasetError/otherSettings(path:expected:got:)``, `FileError`, `RankError`;
  ///   `CancellationError` when the task is cancelled, after which the work can be resumed.
  public func build(
    resumes: Bool = false, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    ranks: RankGroup = .alone, report: (StepProgress) -> Void = { _ in }
  ) throws -> Summary {
    try Task.checkCancellation()
    precondition(threads > 0, "\(threads) threads do no work.")
    try ranks.agree(on: "images", source.images.map(\.fileName).joined(separator: "\n"))
    var journal: FaceJournal?
    try ranks.together { if ranks.isFirst { journal = try begin(resumes: resumes) } }
    let names = outputNames()
    var outcomes: [String: Bool] = [:]
    try ranks.together {
      outcomes = try work(
        noting: journal ?? FaceJournal(ofRank: ranks.rank, beside: journalFile, settings: settings),
        share: stride(from: ranks.rank, to: source.images.count, by: ranks.count).map { $0 },
        as: names, threads: threads, report: report)
    }
    let isKept = try ranks.sharing(source.images.count) { outcomes[source.images[$0].fileName] == true }
    try ranks.together {
      if ranks.count > 1, ranks.isFirst {
        _ = try FaceJournal(journalFile, settings: settings, resumes: true)  // takes the other ranks' in
      }
      if ranks.isFirst { try writeLists(of: zip(names, isKept)) }
    }
    let kept = isKept.count { $0 }
    return Summary(kept: kept, left: isKept.count - kept)
  }

  private var journalFile: URL { folder.appendingPathComponent("faces.tsv") }
  private var imageFolder: URL { source.lists?.imageFolder(in: folder) ?? folder }

  /// Makes the folder, or opens that of an earlier run.
  private func begin(resumes: Bool) throws -> FaceJournal {
    // Without a journal, files there are not of this work: the photos themselves, where both folders are the same.
    guard exists(journalFile) || !holdsFiles(imageFolder) else {
      throw DatasetError.folderInUse(path: folder.path)
    }
    try makeFolder(imageFolder)
    let journal = try FaceJournal(journalFile, settings: settings, resumes: resumes)
    // Before the first image, so that those of a stopped run are not without it.
    try CropFile.write(alignment, to: folder)
    for folder in Set([folder, imageFolder]) { AtomicFile.removeLeftovers(in: folder) }
    return journal
  }

  /// Works on some of the photos until all are done, and tells which were kept, by name.
  private func work(
    noting journal: sending FaceJournal, share: [Int], as names: [String], threads: Int,
    report: (StepProgress) -> Void
  ) throws -> [String: Bool] {
    let work = FaceWork(journal: journal, names: share.map { source.images[$0].fileName }, threads: threads)
    for _ in 0..<threads {
      // The program's dispatch queues stay free for what it does meanwhile.
      Thread.detachNewThread {
        while let place = work.next() {
          let image = source.images[share[place]]
          let output = imageFolder.appendingPathComponent(names[share[place]])
          work.finish(image.fileName, Result { try outcome(of: image, output: output, in: work) })
        }
        work.endThread()
      }
    }
    while let isPhotoDone = work.wait() {
      if isPhotoDone { report(work.progress()) }
      if Task.isCancelled { work.stop() }
    }
    return try work.outcomes()
  }

  private func writeLists(of photos: Zip2Sequence<[String], [Bool]>) throws {
    let kept = zip(source.images, photos).filter(\.1.1).map { ($0.0, $0.1.0) }
    try source.lists?.write(to: folder, attributeNames: source.attributeNames, images: kept)
  }

  /// Writes the crop of a photo, or says why there is none; only what stops all work is thrown.
  private func outcome(
    of image: ImageDataset.Entry, output: URL, in work: FaceWork
  ) throws -> FaceJournal.Outcome {
    let photo: Image
    do {
      photo = try Image(contentsOf: source.url(of: image))
    } catch {
      return .left(reason: error.localizedDescription)
    }
    if work.isStopped { throw CancellationError() }
    guard let face = detector.detect(photo, options: options).first else {
      return .left(reason: FaceError.noFace.description)
    }
    if image.fileName.contains("/") { try makeFolder(output.deletingLastPathComponent()) }
    try photo.cropped(to: alignment.frame(of: face, in: photo), size: size).write(to: output)
    return .kept(box: face.box)
  }

  /// The stem of each photo with .png after it, or all of its name where another photo has the stem or is named so.
  private func outputNames() -> [String] {
    let names = source.images.map(\.fileName)
    let stems = names.map { ($0 as NSString).deletingPathExtension }
    let counts = Dictionary((stems + names).map { ($0, 1) }, uniquingKeysWith: +)
    return zip(names, stems).map { name, stem in (counts[stem] == 1 ? stem : name) + ".png" }
  }

  /// What the images of one data set have in common.
  private var settings: String {
    let thresholds = [options.proposalThreshold, options.refinementThreshold, options.outputThreshold]
    // As data sets were begun with before the margin was a part of the alignment.
    let crop =
      if case .box(let margin) = alignment { "box with a margin of \(margin)" } else { alignment.rawValue }
    return
      "\(size) pixels, \(crop), faces from \(options.smallestFace) pixels by \(options.factor), "
      + "probabilities \(thresholds.map { "\($0)" }.joined(separator: " "))"
  }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  private func holdsFiles(_ folder: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.contains { !$0.hasPrefix(".") }
  }

  private func makeFolder(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FileError.writeFailed(path: url.path, reason: "the folder cannot be made")
    }
  }
}

/// What the threads of a builder share.
private final class FaceWork: Sendable {
  private struct State {
    var journal: FaceJournal
    var next = 0
    /// Photos done by this run, and those met that an earlier one did.
    var done = 0
    /// Photos done that the caller was not told of.
    var unseen = 0
    var isStopped = false
    var threads: Int
    var failure: (any Error)?
    var clock = StepClock()
  }

  private let state: Mutex<State>
  /// Signalled for each photo, and once all threads have ended.
  private let changes = DispatchSemaphore(value: 0)
  private let names: [String]

  init(journal: sending FaceJournal, names: [String], threads: Int) {
    state = Mutex(State(journal: journal, threads: threads))
    self.names = names
  }

  /// The next photo that no run has looked at, nil when there is none or the work is over.
  func next() -> Int? {
    state.withLock { state in
      while state.next < names.count, state.journal.outcomes[names[state.next]] != nil {
        state.next += 1
        state.done += 1
      }
      guard state.next < names.count, state.failure == nil, !state.isStopped else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  /// Notes what became of a photo.
  func finish(_ name: String, _ outcome: Result<FaceJournal.Outcome, any Error>) {
    let isDone = state.withLock { state in
      // A line after one that was cut off would be read as its end.
      guard state.failure == nil else { return false }
      do {
        try state.journal.append(name, outcome.get())
      } catch {
        state.failure = error
        return false
      }
      state.done += 1
      state.unseen += 1
      return true
    }
    if isDone { changes.signal() }
  }

  func endThread() {
    let isLast = state.withLock { state in
      state.threads -= 1
      return state.threads == 0
    }
    if isLast { changes.signal() }
  }

  func stop() { state.withLock { $0.isStopped = true } }

  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Waits a tenth of a second for the next photo and tells whether it is done; nil once all threads have ended and
  /// every photo was waited for.
  func wait() -> Bool? {
    guard changes.wait(timeout: .now() + 0.1) == .success else { return false }
    return state.withLock { state in
      if state.unseen == 0, state.threads == 0 { return nil }
      state.unseen -= 1
      return true
    }
  }

  func progress() -> StepProgress {
    state.withLock { state in
      StepProgress(
        activity: "finding faces", step: state.done, steps: names.count, losses: [], rate: state.clock.tick())
    }
  }

  /// What became of all photos; throws what ended the work before they were done.
  func outcomes() throws -> [String: Bool] {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      guard names.allSatisfy({ state.journal.outcomes[$0] != nil }) else { throw CancellationError() }
      return state.journal.outcomes
    }
  }
}
