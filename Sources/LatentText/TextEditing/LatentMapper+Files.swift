import Foundation
import LatentArithmetic
import LatentCore

extension LatentMapper {
  /// Opens a mapper that ``write(to:precision:)`` wrote.
  ///
  /// - Throws: `FileError`, `TensorFileError`; ``TextEditingError/notAMapper(name:space:)`` also where it is one of another
  ///   space; `WeightSourceError`.
  public init(
    contentsOf url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let file = try TensorFile(contentsOf: url)
    let name = url.lastPathComponent
    guard file.metadata[Key.format] == Key.currentFormat, file.metadata[Key.space] == Self.spaceName,
      let json = file.metadata[Key.network],
      let network = try? JSONDecoder().decode(MapperNetwork.self, from: Data(json.utf8))
    else { throw TextEditingError.notAMapper(name: name, space: Self.spaceName) }
    let parameters = try Parameters(file)
    try parameters.check(against: network.parameters, name: name)
    self.init(network: network, parameters: parameters, threads: threads)
  }

  /// Writes the mapper as one safetensors file.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL, precision: StoragePrecision = .single) throws {
    try parameters.write(
      to: url,
      metadata: [Key.format: Key.currentFormat, Key.space: Self.spaceName, Key.network: network.json],
      precision: precision)
  }

  /// What files call the space: its type's name in the first release.
  private static var spaceName: String {
    switch Space.self {
    case is ZSpace.Type: "Z"
    case is WSpace.Type: "W"
    case is WPlusSpace.Type: "WPlus"
    default: String(describing: Space.self)
    }
  }
}

private enum Key {
  static let format = "format"
  static let currentFormat = "LatentArithmetic mapper 1"
  static let space = "space"
  static let network = "network"
}
