import ArgumentParser
import Foundation
import Hummingbird
import Logging
import Metrics

@main
struct Sliders: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sliders", abstract: "Serves a page that edits faces in photos by sliders of words.")

  @Option(help: "The port of 127.0.0.1 to listen on; 0 takes any that is free.")
  var port = 8080

  func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("A port is from 0 to 65535, not \(port).")
    }
  }

  func run() async throws {
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    var logger = Logger(label: "sliders")
    logger.logLevel = .notice
    let studio = try Studio()
    let application = try Service(studio, metrics: metrics).application(port: port, logger: logger) { port in
      let photos =
        studio.findsFaces
        ? "" : " Faces in photos are not found without the detector's networks: make models fetches them."
      let line = "Serving on http://127.0.0.1:\(port); Ctrl-C stops.\(photos)\n"
      FileHandle.standardOutput.write(Data(line.utf8))
    }
    try await application.runService()
  }
}
