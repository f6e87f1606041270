import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import LatentFaces

/// Which model a command uses.
struct ModelArguments: ParsableArguments {
  @Option(help: "A model file; the embedded face model if left out.", transform: fileURL)
  var model: URL?

  @Option(help: "The most threads to use.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    try requirePositive(("--threads", threads))
  }

  /// The model's editor; with a file of word vectors, every word of the file can be used.
  func editor(vectors: URL? = nil) throws -> Editor<ZSpace> {
    try Editor(
      opened(), vectors: vectors.map { try WordVectors(contentsOf: $0, threads: threads) }, threads: threads)
  }

  /// The model itself.
  func opened() throws -> Model { try model.map { try Model(contentsOf: $0) } ?? .faces() }
}

@Sendable func fileURL(_ path: String) -> URL { URL(fileURLWithPath: path) }

/// Refuses the first option whose number is below zero, infinite or none; one that was not given is no fault.
func requireNotNegative(_ options: (name: String, value: Float?)...) throws {
  for case (let name, let value?) in options where !(value >= 0 && value.isFinite) {
    throw ValidationError("\(name) takes a number of at least zero, not \(value).")
  }
}

/// Refuses the first option whose number is not above zero; one that was not given is no fault.
func requirePositive(_ options: (name: String, value: Int?)...) throws {
  for case (let name, let value?) in options where value < 1 {
    throw ValidationError("\(name) takes a number above zero, not \(value).")
  }
}
