import Foundation

/// The program under test, which the build leaves beside the tests.
enum Command {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  static var program: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("latent")
  }

  /// Starts the program; its output goes to files, so that no pipe fills up.
  static func start(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    for name in ["output.txt", "errors.txt"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("output.txt"))
    process.standardError = try FileHandle(forWritingTo: folder.appendingPathComponent("errors.txt"))
    try process.run()
    return process
  }

  static func finish(_ process: Process, in folder: URL) throws -> Result {
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    // Whether work takes longer than two seconds is the machine's.
    let errors = try text("errors.txt").replacing(/At work for \d+ s\.\n/, with: "")
    return Result(status: process.terminationStatus, output: try text("output.txt"), errors: errors)
  }

  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> Result {
    try finish(start(arguments, in: folder, environment: environment), in: folder)
  }
}

/// Runs `body` with an empty folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("latent-tests-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
