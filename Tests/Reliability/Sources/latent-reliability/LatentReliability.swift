import Foundation

/// Proves by running for a while what no single test can: that nothing is lost, and nothing grows.
@main
struct LatentReliability {
  private static let usage = """
    Usage: latent-reliability crash [--kills 200] [--seed 1]
           latent-reliability disk [--allow-skip]
           latent-reliability endurance [--edits 100000] [--openings 10000]
    """

  static func main() {
    do {
      try run(Arguments(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ arguments: consuming Arguments) throws {
    let command = arguments.takeFirst()
    switch command {
    case "crash":
      let (kills, seed) = (try arguments.take("--kills", or: 200), try arguments.take("--seed", or: 1))
      try arguments.finish(usage)
      try CrashRun(kills: kills, seed: UInt64(seed)).run()
    case "disk":
      let allowsSkip = arguments.takeFlag("--allow-skip")
      try arguments.finish(usage)
      try DiskRun.start(allowsSkip: allowsSkip)
    case "endurance":
      let edits = try arguments.take("--edits", or: 100_000)
      let openings = try arguments.take("--openings", or: 10_000)
      try arguments.finish(usage)
      try EnduranceRun(edits: edits, openings: openings).run()
    // What the program starts itself.
    case "train": try TinyTraining(childArguments: arguments).run()
    case "disk-inside": try DiskRun(mountPoint: arguments.takeFirst()).run()
    default: throw Finding(usage)
    }
  }
}

/// What should not have happened, in a sentence.
struct Finding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws the sentence where a condition does not hold.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
  if !condition { throw Finding(sentence()) }
}

/// Prints a line at once, since a long run is read while it goes on.
func say(_ line: String) {
  print(line)
  fflush(nil)
}
