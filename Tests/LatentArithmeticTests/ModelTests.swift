import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// What a model file keeps, and what it refuses.
struct ModelTests {
  private static let name = "model.safetensors"

  private func written(
    _ model: Model, _ precision: StoragePrecision, in folder: URL
  ) throws -> (model: Model, url: URL) {
    let url = folder.appendingPathComponent(Self.name)
    try model.write(to: url, precision: precision)
    return (try Model(contentsOf: url), url)
  }

  /// Opens a model after its tensors and metadata were changed.
  private func opened(
    _ model: Model = TinyModel.complete(),
    after change: (inout Parameters, inout [String: String]) -> Void
  ) throws -> Model {
    try withTemporaryFolder { folder in
      let url = try written(model, .single, in: folder).url
      let file = try TensorFile(contentsOf: url)
      var (parameters, metadata) = (try Parameters(file), file.metadata)
      change(&parameters, &metadata)
      try parameters.write(to: url, metadata: metadata, precision: .single)
      return try Model(contentsOf: url)
    }
  }

  /// All tensors of a model.
  private func tensors(_ model: Model) throws -> Parameters {
    var result = Parameters()
    for part in TinyModel.parts { result.merge(try model.parameters(of: part)) }
    result["directions"] = model.directions?.matrix
    result["mean"] = model.meanCode
    return result
  }

  // Single precision keeps every bit; half rounds each number once, to the nearest half.
  @Test(arguments: TinyModel.architectures, StoragePrecision.allCases) func aFileKeepsTheModel(
    architecture: NetworkConfiguration.Architecture, precision: StoragePrecision
  ) throws {
    let model = TinyModel.complete(architecture)
    try withTemporaryFolder { folder in
      let (read, url) = try written(model, precision, in: folder)
      #expect(read.network == model.network)
      #expect(read.records == model.records && read.records.count == 3)
      #expect(read.directions.map { Array($0.words) } == TinyModel.words)
      let (got, expected) = (try tensors(read), try tensors(model))
      #expect(got.paths == expected.paths)
      for path in expected.paths {
        let tensor = try #require(expected[path])
        #expect(got[path]?.shape == tensor.shape)
        let values = tensor.elements.map { precision == .half ? Float(Float16($0)) : $0 }
        // Compared before it is expected, so that a failure names the tensor and not its numbers.
        let isEqual = got[path]?.elements.map(\.bitPattern) == values.map(\.bitPattern)
        #expect(isEqual, "\(path)")
      }
      let again = folder.appendingPathComponent("again.safetensors")
      try read.write(to: again, precision: precision)
      let isSameFile = try Data(contentsOf: again) == Data(contentsOf: url)
      #expect(isSameFile)
    }
  }

  @Test func halfIsWhatAModelIsWrittenIn() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(Self.name)
      try TinyModel.complete().write(to: url)
      let file = try TensorFile(contentsOf: url)
      #expect(!file.names.isEmpty)
      #expect(file.names.allSatisfy { file.numberType(of: $0) == .float16 })
    }
  }

  @Test func aModelGrowsPartByPart() throws {
    let complete = TinyModel.complete()
    var model = Model(complete.network, framing: complete.framing)
    try withTemporaryFolder { folder in
      for part in TinyModel.parts {
        let missing = ModelError.partMissing(part: part.rawValue, name: Self.name)
        let before = try written(model, .single, in: folder).model
        #expect(throws: missing) { try before.parameters(of: part) }
        #expect(throws: missing) { try Editor(before) }
        model.set(part, to: try complete.parameters(of: part), record: "record of \(part)")
        let after = try written(model, .single, in: folder).model
        #expect(try after.parameters(of: part).bits == complete.parameters(of: part).bits)
        #expect(after.records[part.rawValue] == "record of \(part)")
      }
      // A projector without a table or a mean code is not complete.
      let missing = ModelError.partMissing(part: "projector", name: Self.name)
      model.directions = complete.directions
      let withoutMean = try written(model, .single, in: folder).model
      #expect(throws: missing) { try Editor(withoutMean) }
      (model.directions, model.meanCode) = (nil, complete.meanCode)
      let withoutTable = try written(model, .single, in: folder).model
      #expect(throws: missing) { try Editor(withoutTable) }
      model.directions = complete.directions
      _ = try Editor(written(model, .single, in: folder).model)
    }
  }

  @Test func aNewPartReplacesTheOlderAndDropsTheLater() throws {
    var model = TinyModel.complete()
    var older = try model.parameters(of: .generator)
    older["generator.superfluous"] = Tensor(shape: [1], repeating: 1)
    model.set(.generator, to: older, record: "older")
    let newer = try TinyModel.complete().parameters(of: .generator)
    model.set(.generator, to: newer, record: "newer")
    #expect(try model.parameters(of: .generator).bits == newer.bits)
    #expect(model.records["generator"] == "newer")
    // What was trained on the older generator does not fit the newer.
    for part in [Model.Part.encoder, .projector] {
      #expect(throws: ModelError.self) { try model.parameters(of: part) }
      #expect(model.records[part.rawValue] == nil)
    }
    #expect((model.directions?.count ?? 0) == 0)
    #expect(model.meanCode == nil)
  }

  // A model says how its images were cut out, and its encoder does; one of the first release does not, and is of the only
  // alignment that there was.
  @Test(arguments: [
    (Framing.detected(by: .box()), "box"), (.detected(by: .box(margin: 0.2)), "box 0.2"),
    (.detected(by: .celeba), "celeba"), (.detected(by: .celebaWide), "celeba-wide"),
    (.detected(by: .ffhq), "ffhq"), (.detected(by: .arcface), "arcface"), (.centerSquare, "square"),
  ]) func aFileKeepsTheFraming(_ framing: Framing, _ name: String) throws {
    let model = TinyModel.complete(framing: framing)
    let read = try opened(model) { _, metadata in #expect(metadata["alignment"] == name) }
    #expect(read.framing == framing)
    let encoder = try ConvolutionalEncoder(read)
    #expect(encoder.framing == framing)
    if case .detected(let alignment) = framing {
      #expect(encoder.alignment == alignment)
    } else {
      #expect(encoder.alignment == .celeba)
    }
    let older = try opened(model) { _, metadata in metadata["alignment"] = nil }
    #expect(older.framing == .detected(by: .celeba))
    for other in ["celeba wide", "box 2", "whole", ""] {
      #expect(throws: Self.notAModel) { try opened(model) { _, metadata in metadata["alignment"] = other } }
    }
  }

  // MARK: - Refusals

  private static let notAModel = ModelError.notAModel(name: name)

  @Test func anotherFileIsNoModel() throws {
    #expect(throws: Self.notAModel) { try opened { _, metadata in metadata = [:] } }
    #expect(throws: Self.notAModel) {
      try opened { _, metadata in metadata["format"] = "LatentArithmetic 2" }
    }
    #expect(throws: Self.notAModel) { try opened { _, metadata in metadata["network"] = nil } }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(Self.name)
      #expect(throws: FileError.self) { try Model(contentsOf: url) }
      try Data("This is not a model.".utf8).write(to: url)
      #expect(throws: TensorFileError.self) { try Model(contentsOf: url) }
    }
  }

  @Test(arguments: [
    "", "paper", #"{"architecture":"paper","latentSize":6}"#,
    #"{"architecture":"stylegan","latentSize":6,"width":4}"#,
    #"{"architecture":"paper","latentSize":0,"width":4}"#,
    #"{"architecture":"paper","latentSize":-6,"width":4}"#,
    #"{"architecture":"dcgan","latentSize":6,"width":0}"#,
    #"{"architecture":"dcgan","latentSize":6,"width":1000000000000}"#,
    #"{"architecture":"dcgan","latentSize":9223372036854775807,"width":4}"#,
    #"{"architecture":"dcgan","latentSize":1e30,"width":4}"#,
  ]) func senselessNetworksAreRefused(network: String) throws {
    #expect(throws: Self.notAModel) { try opened { _, metadata in metadata["network"] = network } }
  }

  private func expectFaults(_ faults: [WeightFault], opening: () throws -> Model) throws {
    let error = try #require(throws: WeightSourceError.self) { try opening() }
    #expect(error.file == Self.name && error.faults == faults)
    #expect(error.description.hasSuffix(".") && error.localizedDescription == error.description)
  }

  // Every fault is told at once, in the networks' order, and what is too many comes last.
  @Test func faultyTensorsAreListed() throws {
    let size = TinyModel.latentSize
    try expectFaults([
      .misshapen("generator.input.bias", expected: [100], got: [99]),
      .missing("generator.block2.weight", nearest: ["generator.block5.weight"]),
      .misshapen("generator.output.weight", expected: [5, 5, 4, 3], got: [5, 5, 3, 4]),
      .spare("generator.block5.weight"),
    ]) {
      try opened { parameters, _ in
        parameters["generator.block2.weight"] = nil
        parameters["generator.input.bias"] = Tensor(shape: [99], repeating: 1)
        parameters["generator.output.weight"] = parameters["generator.output.weight"]?
          .reshaped(to: [5, 5, 3, 4])
        parameters["generator.block5.weight"] = Tensor(shape: [1], repeating: 1)
      }
    }
    try expectFaults([.missing("encoder.output.bias", nearest: [])]) {
      try opened { parameters, _ in parameters["encoder.output.bias"] = nil }
    }
    try expectFaults([.misshapen("mean", expected: [size], got: [1, size])]) {
      try opened { parameters, _ in parameters["mean"] = parameters["mean"]?.reshaped(to: [1, size]) }
    }
  }

  // The projector's sizes are those of its first weight; all others follow from them and the latent size.
  @Test func faultyProjectorsAreRefused() throws {
    let (units, size) = (TinyModel.hiddenUnits, TinyModel.latentSize)
    try expectFaults([
      .misshapen("projector.output.weight", expected: [units, size], got: [size, units]),
      .spare("projector.extra"),
    ]) {
      try opened { parameters, _ in
        parameters["projector.output.weight"] = parameters["projector.output.weight"]?
          .reshaped(to: [size, units])
        parameters["projector.extra"] = Tensor(shape: [], repeating: 1)
      }
    }
    for shape in [[], [TinyModel.dimension * units], [TinyModel.dimension, units, 1]] {
      #expect(throws: WeightSourceError.self) {
        try opened { parameters, _ in
          parameters["projector.hidden.weight"] = Tensor(shape: shape, repeating: 0.5)
        }
      }
    }
    #expect(throws: WeightSourceError.self) {
      try opened { parameters, _ in parameters["projector.hidden.weight"] = nil }
    }
  }

  @Test func tablesThatDoNotFitTheirWordsAreRefused() throws {
    let (count, size) = (TinyModel.words.count, TinyModel.latentSize)
    func refused(_ words: [String], _ shape: [Int]) -> WeightSourceError {
      WeightSourceError(
        file: Self.name, faults: [.misshapen("directions", expected: [words.count, size], got: shape)])
    }
    #expect(throws: ModelError.notAModel(name: Self.name)) { try opened { $1["words"] = "" } }
    for words in [TinyModel.words.dropLast(), TinyModel.words + ["one more"]].map(Array.init) {
      #expect(throws: refused(words, [count, size])) {
        try opened { _, metadata in metadata["words"] = words.joined(separator: "\n") }
      }
    }
    let twice = Array(repeating: "twice", count: count)
    #expect(throws: ModelError.notAModel(name: Self.name)) {
      try opened { _, metadata in metadata["words"] = twice.joined(separator: "\n") }
    }
    #expect(throws: refused(TinyModel.words, [size, count])) {
      try opened { parameters, _ in
        parameters["directions"] = parameters["directions"]?.reshaped(to: [size, count])
      }
    }
  }

  @Test func everyErrorIsOneSentence() {
    let errors: [ModelError] = [
      .notAModel(name: "a"), .partMissing(part: "encoder", name: "a"),
    ]
    for error in errors {
      #expect(error.description.hasSuffix(".") && error.description.contains("“a”"))
      #expect(error.localizedDescription == error.description)
    }
  }
}
