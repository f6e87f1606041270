import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import LatentFaces

/// Does the same thousands of times and looks whether memory, descriptors or mappings have grown.
struct EnduranceRun {
  let edits: Int
  let openings: Int

  /// How many bytes memory may grow.
  ///
  /// The heap gives back pages, not bytes, and what one round frees the next may not quite fill; that comes to less than
  /// this and does not grow with the rounds. Over 100,000 rounds a leak of 42 bytes in each shows.
  private static let allowedBytes = 4 << 20
  /// How many more mappings there may be.
  ///
  /// Large blocks of the heap are mappings that come and go. A round that kept one would add thousands.
  private static let allowedMappings = 16

  func run() throws {
    try withTemporaryFolder { folder in
      say("                             rounds  ms each  resident MB  growth KB  descriptors  mappings")
      try endure("edits", edits, Self.editing())
      try endure("word lookups", edits, Self.lookups())
      try endure("images in and out", openings, Self.images(in: folder))
      try endure("openings that fail", openings, Self.failingOpenings(in: folder))
      try endure("openings of models", openings, Self.openings(in: folder))
      if let detector = try Self.detectorOpenings() {
        try endure("openings of the detector", openings, detector)
      } else {
        say("openings of the detector     skipped: its networks are not installed")
      }
    }
  }

  /// Runs a workload for some rounds after as many as it takes to fill what is kept: caches, pools, packed filters.
  private func endure(_ name: String, _ rounds: Int, _ work: (Int) throws -> Void) throws {
    for round in 0..<max(rounds / 20, 100) { try work(round) }
    let before = try ProcessState.now()
    let start = Date()
    var shown = start
    for round in 0..<rounds {
      try work(round)
      if Date().timeIntervalSince(shown) > 30 {
        shown = Date()
        say("  \(name): \(round + 1) of \(rounds), \(try ProcessState.now().resident >> 10) KB")
      }
    }
    let seconds = Date().timeIntervalSince(start)
    let after = try ProcessState.now()
    let growth = after.resident - before.resident
    say(
      name.padding(toLength: 27, withPad: " ", startingAt: 0)
        + String(
          format: "%8d %8.3f %12.1f %10d %5d → %-5d %4d → %d", rounds, seconds * 1000 / Double(rounds),
          Double(after.resident) / 1e6, growth / 1024, before.descriptors, after.descriptors, before.mappings,
          after.mappings))
    try require(
      growth <= Self.allowedBytes, "Memory grew by \(growth) bytes, and \(Self.allowedBytes) are allowed.")
    try require(
      after.descriptors <= before.descriptors,
      "\(after.descriptors) descriptors are open, and \(before.descriptors) were.")
    try require(
      after.mappings <= before.mappings + Self.allowedMappings,
      "There are \(after.mappings) mappings, and there were \(before.mappings).")
  }

  // MARK: - Workloads

  private static func editing() throws -> (Int) throws -> Void {
    let editor = try Editor.faces()
    let photo = DrawnData.image([true, false, true], seed: 3)
    let words = ["smiling", "eyeglasses", "blond", "lipstick", "male"]
    return { round in
      let theta = Float(round % 41) / 20 - 1
      if round % 10 == 0 {
        var face = try editor.faces(in: photo, framed: .whole)[0]
        face[words[round % words.count]] = theta
        _ = try face.rendered("pale", at: [-1, 1])
      } else {
        _ = try editor.edit(
          photo, adding: [words[round % words.count]: theta, "young": -theta],
          keeping: round % 3 == 0 ? ["bald"] : [], framed: .whole)
      }
    }
  }

  private static func lookups() throws -> (Int) throws -> Void {
    let projector = try Editor.faces().projector
    let words = projector.words
    return { round in
      let word = words[round % words.count]
      _ = try projector.direction(for: word)
      if round % 100 == 0 { _ = try projector.nearest(to: word, count: 5) }
      if round % 100 == 50 {
        _ = try projector.direction(for: "without a \(words[round / 100 % 10])")
        try requireFailure("an empty word") { _ = try projector.direction(for: "") }
      }
    }
  }

  private static func images(in folder: URL) throws -> (Int) throws -> Void {
    let image = DrawnData.image([false, true, false], seed: 4)
    let file = folder.appendingPathComponent("image.png")
    return { round in
      let data = round % 2 == 0 ? try image.pngData() : try image.jpegData(quality: 50 + round % 50)
      let again = try Image(data: data)
      try require(again.width == image.width, "An image came back with \(again.width) pixels a row.")
      // Writing waits for the disk.
      if round % 50 == 0 {
        try image.write(to: file)
        _ = try Image(contentsOf: file)
      }
      try requireFailure("half an image") { _ = try Image(data: data.prefix(data.count / 2)) }
    }
  }

  private static func openings(in folder: URL) throws -> (Int) throws -> Void {
    let model = folder.appendingPathComponent("model.safetensors")
    try Model.faces().write(to: model)
    let words = folder.appendingPathComponent("words.txt")
    try Data("smiling 1 0 0.5\nmale 0 1 -0.5\n".utf8).write(to: words)
    return { _ in
      _ = try Editor(contentsOf: model)
      _ = try AttributeScorer.faces()
      _ = try WordVectors(contentsOf: words)
    }
  }

  private static func failingOpenings(in folder: URL) throws -> (Int) throws -> Void {
    let whole = folder.appendingPathComponent("whole.safetensors")
    try Model.faces().write(to: whole)
    let bytes = try Data(contentsOf: whole)
    var bad = [folder.appendingPathComponent("missing.safetensors"), folder]
    // Of the last one the header is whole and the numbers are not.
    for (index, data) in [Data(), Data("no model".utf8), bytes.prefix(1000), bytes.prefix(bytes.count / 2)]
      .enumerated()
    {
      bad.append(folder.appendingPathComponent("bad\(index).safetensors"))
      try data.write(to: bad[bad.count - 1])
    }
    let files = bad
    return { round in
      let file = files[round % files.count]
      try requireFailure("a bad model") { _ = try Editor(contentsOf: file) }
      try requireFailure("a bad scorer") {
        _ = try AttributeScorer(contentsOf: round % 2 == 0 ? whole : file)
      }
      try requireFailure("bad words") { _ = try WordVectors(contentsOf: file) }
      try requireFailure("a bad image") { _ = try Image(contentsOf: file) }
    }
  }

  private static func detectorOpenings() throws -> ((Int) throws -> Void)? {
    guard (try? FaceDetector()) != nil else { return nil }
    return { _ in _ = try FaceDetector() }
  }

  private static func requireFailure(_ what: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      return
    }
    throw Finding("What should be refused was taken: \(what).")
  }
}
