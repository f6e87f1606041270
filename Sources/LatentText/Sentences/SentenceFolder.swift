import Foundation
import LatentCore

extension SentenceEncoderContents {
  /// Reads a published sentence encoder from its folder.
  init(folder: URL) throws {
    var reader = try SentenceFolderReader(folder)
    let configuration = try reader.required(BERTConfiguration.file, as: BERTConfiguration.self)
    let architecture = configuration?.architecture(&reader.faults)
    let settings = try TokenizerSettings(&reader)
    let tokenizer = try reader.tokenizer(settings, vocabularySize: architecture?.vocabularySize)
    try reader.checkModules()
    let parameters = try reader.parameters(of: architecture)
    guard let architecture, let tokenizer, let parameters, reader.faults.isEmpty else {
      throw SentenceEncoderError(folder: folder.path, faults: reader.faults)
    }
    self.init(
      architecture: architecture, parameters: parameters, tokenizer: tokenizer,
      tokenLimit: min(settings.tokenLimit ?? .max, architecture.positions))
  }
}

/// Reads the files of a folder, and gathers what does not fit: nothing that a file says ends the reading.
struct SentenceFolderReader {
  var faults: [SentenceEncoderError.Fault] = []
  private let folder: URL

  init(_ folder: URL) throws(FileError) {
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw .folderMissing(path: folder.path)
    }
    self.folder = folder
  }

  // MARK: - Files

  /// The bytes of a file, nil where it is not there.
  func bytes(of file: String) throws(FileError) -> [UInt8]? {
    do {
      return try MappedFile(contentsOf: folder.appendingPathComponent(file)).withBytes {
        Array($0.withoutByteOrderMark)
      }
    } catch .notFound {
      return nil
    }
  }

  /// What a JSON file says, nil where it is not there or of another form.
  mutating func optional<Contents: Decodable>(
    _ file: String, as: Contents.Type
  ) throws(FileError) -> Contents? {
    guard let bytes = try bytes(of: file) else { return nil }
    do {
      return try JSONDecoder().decode(Contents.self, from: Data(bytes))
    } catch {
      faults.append(.malformed(file: file, reason: "is not of its form, \(DecodingError.clause(error))"))
      return nil
    }
  }

  /// What a JSON file says; the last of other files that would do as well is to be there in its place.
  mutating func required<Contents: Decodable>(
    _ file: String, insteadOf others: [String] = [], as: Contents.Type
  ) throws(FileError) -> Contents? {
    let before = faults.count
    let contents = try optional(file, as: Contents.self)
    if contents == nil, faults.count == before { faults.append(.missing(others + [file])) }
    return contents
  }

  /// Notes a value that is none of those expected.
  mutating func check(_ file: String, _ key: String, _ got: String?, isOneOf expected: String...) {
    guard let got, !expected.contains(got) else { return }
    let quoted = expected.map { "“\($0)”" }.joined(separator: " or ")
    faults.append(.unsupported(file: file, key: key, expected: quoted, got: got))
  }

  // MARK: - Network

  mutating func parameters(of architecture: BERTArchitecture?) throws -> Parameters? {
    let place = TensorFile.place(at: folder)
    guard FileManager.default.fileExists(atPath: place.path) else {
      faults.append(.missing([place.lastPathComponent]))
      return nil
    }
    let file = try TensorFile(contentsOf: place)
    guard let architecture else { return nil }
    let network = BERTNetwork(architecture)
    let source = network.source(of: file)
    do {
      try source.check(network.parameters)
      // Reading takes time, which is lost where something else does not fit.
      return faults.isEmpty ? try source.read(network.parameters) : nil
    } catch let error as WeightSourceError {
      faults += error.faults.map { .weight($0) }
      return nil
    }
  }

  /// What sentence-transformers applies behind the network is to be the mean, and at most the division by the length.
  mutating func checkModules() throws(FileError) {
    struct Module: Decodable {
      var type: String
    }
    struct Mode: Decodable {
      let isOn: Bool

      init(from decoder: any Decoder) throws {
        isOn = (try? decoder.singleValueContainer().decode(Bool.self)) ?? false
      }
    }
    let modules = "modules.json"
    for module in try optional(modules, as: [Module].self) ?? [] {
      let name = module.type.split(separator: ".").last.map(String.init)
      check(modules, "type", name ?? "", isOneOf: "Transformer", "Pooling", "Normalize")
    }
    let pooling = "1_Pooling/config.json"
    if let modes = try optional(pooling, as: [String: Mode].self) {
      let on = modes.filter { $0.key.hasPrefix("pooling_mode_") && $0.value.isOn }.keys.sorted()
      check(pooling, "pooling", on.joined(separator: ", "), isOneOf: "pooling_mode_mean_tokens")
    }
  }
}
