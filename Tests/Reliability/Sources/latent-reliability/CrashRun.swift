import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// Kills trainings at random moments and resumes them.
///
/// Goals in order: (1) a killed training goes on from a checkpoint that is at most one interval old, and in the end has
/// made the bytes of an unbroken one; (2) many kills hit the writing of a checkpoint, which is what could lose it;
/// (3) nothing that a killed writer leaves piles up. Half of the kills wait for a checkpoint's temporary file to be there,
/// since writing takes a small share of the time; what is left after the process is gone tells what it was writing.
struct CrashRun {
  let kills: Int
  let seed: UInt64

  /// A step of the projector, which sees no images, is much shorter.
  private static func steps(of part: TinyTraining.Part) -> Int { part == .projector ? 200 : 30 }
  private static let interval = 2
  fileprivate static let trainingFolder = "training"

  func run() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data", isDirectory: true)
      try DrawnData.write(to: data)
      say("part         kills  in a checkpoint  in another file  finished  most steps lost  most leftovers")
      var total = Tally()
      for (index, part) in TinyTraining.Part.allCases.enumerated() {
        let share =
          kills * (index + 1) / TinyTraining.Part.allCases.count
          - kills * index / TinyTraining.Part.allCases.count
        let place = folder.appendingPathComponent(part.rawValue, isDirectory: true)
        try place.makeFolder()
        var random = SeededGenerator(seed: seed &+ UInt64(index))
        let tally = try kill(part, times: share, in: place, data: data, &random)
        say(tally.row(part.rawValue))
        total.add(tally)
      }
      say(total.row("all"))
    }
  }

  /// Kills trainings of one part, each until it is finished.
  private func kill(
    _ part: TinyTraining.Part, times: Int, in folder: URL, data: URL, _ random: inout SeededGenerator
  ) throws -> Tally {
    func training(_ name: String) -> TinyTraining {
      let own = folder.appendingPathComponent(name, isDirectory: true)
      return TinyTraining(
        part: part, data: data, model: own.appendingPathComponent("model.safetensors"),
        folder: own.appendingPathComponent(Self.trainingFolder, isDirectory: true),
        steps: Self.steps(of: part),
        interval: Self.interval)
    }
    let foundation = try part.foundation.map { try self.foundation($0, in: folder, data: data) }
    let whole = training("whole")
    try begin(whole, on: foundation)
    let start = Date()
    let process = try whole.startProcess()
    process.waitUntilExit()
    let duration = Date().timeIntervalSince(start)
    try require(process.terminationStatus == 0, "The unbroken training of the \(part) failed.")
    let expected = try whole.products()

    var tally = Tally()
    while tally.kills < times || tally.finished == 0 {
      let broken = training("broken")
      try begin(broken, on: foundation)
      try finish(broken, duration, killsLeft: times - tally.kills, expected, &tally, &random)
    }
    return tally
  }

  /// Makes the model that a part is added to, from its first part on.
  private func foundation(_ part: TinyTraining.Part, in folder: URL, data: URL) throws -> URL {
    let own = folder.appendingPathComponent("foundation", isDirectory: true)
    if let before = part.foundation {
      _ = try foundation(before, in: folder, data: data)
    } else {
      try own.makeFolder()
    }
    let model = own.appendingPathComponent("model.safetensors")
    try TinyTraining(
      part: part, data: data, model: model,
      folder: own.appendingPathComponent(part.rawValue, isDirectory: true), steps: 2, interval: 2
    ).run()
    return model
  }

  private func begin(_ training: TinyTraining, on foundation: URL?) throws {
    let folder = training.model.deletingLastPathComponent()
    try folder.removeIfThere()
    try folder.makeFolder()
    if let foundation { try FileManager.default.copyItem(at: foundation, to: training.model) }
  }

  /// Runs a training, killed again and again, until it ends by itself.
  private func finish(
    _ training: TinyTraining, _ duration: TimeInterval, killsLeft: Int, _ expected: [String: Data],
    _ tally: inout Tally, _ random: inout SeededGenerator
  ) throws {
    var training = training
    let before = try? Data(contentsOf: training.model)
    var savedStep = 0
    for attempt in 0... {
      training.resumes = try training.checkpointStep() != nil
      let process = try training.startProcess()
      if attempt < killsLeft {
        let waitsForFile = Bool.random(using: &random)
        let delay = Double.random(in: 0..<duration * (waitsForFile ? 0.5 : 1), using: &random)
        process.kill(after: delay, onceWriting: waitsForFile ? training : nil)
      }
      process.waitUntilExit()
      if process.terminationReason == .exit {
        try require(process.terminationStatus == 0, "A resumed training of the \(training.part) failed.")
        break
      }
      let (saved, logged) = (try training.checkpointStep() ?? 0, training.loggedStep())
      try require(
        saved >= savedStep && (0...Self.interval).contains(logged - saved),
        "After a kill the \(training.part) has a checkpoint of step \(saved); "
          + "the one before was of step \(savedStep), and \(logged) steps were made.")
      savedStep = saved
      let model = try? Data(contentsOf: training.model)
      try require(
        model == before || model == expected["model"],
        "The kill left half of a model of the \(training.part).")
      tally.count(training.leftovers(), lost: logged - saved)
    }
    try requireEqual(training.products(), expected, "The broken training of the \(training.part)")
    let leftovers = training.leftovers()
    try require(leftovers.isEmpty, "\(leftovers.count) temporary files are left of the \(training.part).")
    tally.finished += 1
  }
}

/// What became of the kills.
private struct Tally {
  var kills = 0, inCheckpoint = 0, inOther = 0, finished = 0, mostLost = 0, mostLeftovers = 0
  private var known: Set<String> = []

  mutating func count(_ leftovers: [URL], lost: Int) {
    kills += 1
    mostLost = max(mostLost, lost)
    mostLeftovers = max(mostLeftovers, leftovers.count)
    for url in leftovers where known.insert(url.lastPathComponent).inserted {
      if url.holdsCheckpoint { inCheckpoint += 1 } else { inOther += 1 }
    }
  }

  mutating func add(_ other: Tally) {
    kills += other.kills
    inCheckpoint += other.inCheckpoint
    inOther += other.inOther
    finished += other.finished
    mostLost = max(mostLost, other.mostLost)
    mostLeftovers = max(mostLeftovers, other.mostLeftovers)
  }

  func row(_ name: String) -> String {
    let widths = [5, 15, 15, 8, 15, 14]
    let numbers = zip(widths, [kills, inCheckpoint, inOther, finished, mostLost, mostLeftovers]).map {
      width, number in String(repeating: " ", count: max(0, width - "\(number)".count)) + "\(number)"
    }
    return name.padding(toLength: 11, withPad: " ", startingAt: 0) + "  " + numbers.joined(separator: "  ")
  }
}

/// Random numbers that a seed decides (SplitMix64), so that a run can be made again, as far as time can.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

extension TinyTraining {
  /// Starts the training as a process of its own.
  fileprivate func startProcess() throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = childArguments
    try process.run()
    return process
  }
}

extension Process {
  /// Kills the process after a delay and, where a training is given, once that writes a checkpoint.
  ///
  /// It may end by itself in the meantime.
  fileprivate func kill(after seconds: Double, onceWriting training: TinyTraining?) {
    let moment = Date(timeIntervalSinceNow: seconds)
    while isRunning, Date() < moment { usleep(200) }
    if let training {
      // What earlier kills left does not count.
      let old = Set(training.folder.temporaries)
      while isRunning,
        !training.folder.temporaries.contains(where: { !old.contains($0) && $0.holdsCheckpoint })
      { usleep(50) }
    }
    if isRunning { Foundation.kill(processIdentifier, SIGKILL) }
  }
}

extension URL {
  /// Whether a file in a training's folder is a checkpoint or the beginning of one.
  ///
  /// It begins with the length of its header, eight bytes, and a brace; losses and images do not.
  fileprivate var holdsCheckpoint: Bool {
    guard deletingLastPathComponent().lastPathComponent == CrashRun.trainingFolder,
      let file = try? FileHandle(forReadingFrom: self), let start = try? file.read(upToCount: 9)
    else { return false }
    return start.count == 9 && start.last == UInt8(ascii: "{")
  }
}
