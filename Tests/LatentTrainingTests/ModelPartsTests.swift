import LatentArithmetic
import LatentCore
import LatentTraining
import TestSupport
import Testing

/// Models that are put together of tensors and directions.
struct ModelPartsTests {
  private static let complete = TinyModel.complete()
  private static let tensors = complete.tensors

  private func empty() -> Model { Model(network: Self.complete.network, framing: .centerSquare) }

  private func bits(_ tensors: [String: Tensor]) -> [String: [UInt32]] { Parameters(tensors).bits }

  /// What a model of some parts is, besides how it was trained.
  private func contents(of model: Model) throws -> [String: [UInt32]] {
    var all = bits(model.tensors)
    for part in [Model.Part.painter] { all.merge((try? model.parameters(of: part).bits) ?? [:]) { $1 } }
    all["directions"] = model.directions?.matrix.elements.map(\.bitPattern)
    all["mean"] = model.meanCode?.elements.map(\.bitPattern)
    return all
  }

  // The tensors of a model make one with the same parts, and the networks take no others.
  @Test(arguments: TinyModel.architectures) func tensorsMakeTheModelAgain(
    architecture: NetworkConfiguration.Architecture
  ) throws {
    let complete = TinyModel.complete(architecture)
    let tensors = complete.tensors
    #expect(
      tensors.keys.contains { $0.hasPrefix("generator.") }
        && tensors.keys.contains { $0.hasPrefix("encoder.") })
    let shapes = tensors.filter { !$0.key.hasPrefix("projector.") }.mapValues(\.shape)
    #expect(complete.network.tensorShapes == shapes)
    var model = Model(network: complete.network, framing: .centerSquare)
    #expect(model.tensors.isEmpty && model.framing == .centerSquare)
    try model.setParts(tensors)
    #expect(bits(model.tensors) == bits(tensors))
    #expect(model.records.isEmpty)
    let table = try #require(complete.directions)
    let directions = try table.words.map { ($0, Direction<ZSpace>(try table.vector(for: $0))) }
    let mean = try #require(complete.meanCode)
    try model.setDirections(Dictionary(uniqueKeysWithValues: directions), meanCode: Latent(mean.elements))
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      try model.write(to: url, precision: .single)
      let (opened, expected) = (try Editor(contentsOf: url), try Editor(complete))
      let code = Latent<ZSpace>((0..<TinyModel.latentSize).map { Float($0) / 5 - 0.5 })
      #expect(opened.generator.generate(code) == expected.generator.generate(code))
      #expect(try opened.projector.meanCode == expected.projector.meanCode)
      for word in TinyModel.words {
        #expect(
          try opened.projector.direction(for: word) == expected.projector.direction(for: word), "\(word)")
      }
      let photo = smoothImage(width: 90, height: 120, seed: 3)
      let framed = Framing.frames([.centerSquare(of: photo)])
      #expect(
        try opened.edit(photo, adding: ["smiling": 1])
          == expected.edit(photo, adding: ["smiling": 1], framed: framed))
    }
  }

  // A part drops those that were trained on it, unless they come with it.
  @Test func aPartDropsWhatWasTrainedOnIt() throws {
    func prefixes(_ model: Model) -> Set<String> {
      Set(model.tensors.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
    }
    func setting(_ names: String...) throws -> Model {
      var model = TinyModel.painting()
      try model.setParts(
        model.tensors.filter { tensor in names.contains { tensor.key.hasPrefix($0 + ".") } })
      return model
    }
    let generator = try setting("generator")
    #expect(prefixes(generator) == ["generator"] && generator.painter == nil)
    #expect(generator.directions == nil && generator.meanCode == nil && generator.records.isEmpty)
    let encoder = try setting("encoder")
    #expect(prefixes(encoder) == ["generator", "encoder"] && encoder.painter == nil)
    let projector = try setting("projector")
    #expect(prefixes(projector) == ["generator", "encoder", "projector"] && projector.painter != nil)
    #expect(projector.directions == nil && projector.records["projector"] == nil)
    #expect(projector.records["encoder"] != nil)
    #expect(prefixes(try setting("generator", "encoder")) == ["generator", "encoder"])
  }

  // Whatever is wrong is told at once, and the model is as it was.
  @Test func whatDoesNotFitChangesNothing() throws {
    func faults(_ change: (inout [String: Tensor]) -> Void) throws -> [WeightFault] {
      var model = TinyModel.painting()
      var tensors = model.tensors
      change(&tensors)
      let before = try contents(of: model)
      let error = #expect(throws: WeightSourceError.self) { try model.setParts(tensors) }
      #expect(try contents(of: model) == before)
      return error?.faults ?? []
    }
    let (weight, bias) = ("generator.input.weight", "encoder.output.bias")
    let shape = try #require(TinyModel.painting().tensors[weight]?.shape)
    #expect(
      try faults { $0[weight] = Tensor(shape: [2, 3], repeating: 1) }
        == [.misshapen(weight, expected: shape, got: [2, 3])])
    for unknown in ["painter.directions", "generator.more", "discriminator.input.weight", ""] {
      #expect(
        try faults { $0[unknown] = Tensor(shape: [1], repeating: 1) } == [.spare(unknown)], "\(unknown)")
    }
    #expect(try faults { $0[bias] = nil } == [.missing(bias, nearest: [])])
    #expect(
      try faults { $0[bias] = Tensor(shape: [TinyModel.latentSize], repeating: .nan) }
        == [.notFinite(bias + "[0] is nan")])
    #expect(
      try faults { $0["projector.hidden.bias"] = nil } == [.missing("projector.hidden.bias", nearest: [])])
    // Several faults, of several parts.
    #expect(
      try faults { ($0[weight], $0[bias], $0["x"]) = (nil, nil, Tensor(shape: [], repeating: 0)) }.count == 3)
  }

  @Test func directionsThatDoNotFitChangeNothing() throws {
    let d = TinyModel.latentSize
    let (one, short) = ([Float](repeating: 1, count: d), [Float](repeating: 1, count: d - 1))
    var infinite = one
    infinite[2] = .infinity
    for (direction, mean, fault) in [
      (short, one, WeightFault.misshapen("direction of “a b”", expected: [d], got: [d - 1])),
      (one, short, .misshapen("mean code", expected: [d], got: [d - 1])),
      (infinite, one, .notFinite("direction of “a b”[2] is inf")),
    ] {
      var model = Self.complete
      let before = try contents(of: model)
      let error = #expect(throws: WeightSourceError.self) {
        try model.setDirections(["a b": Direction(direction)], meanCode: Latent(mean))
      }
      #expect(error?.faults == [fault])
      #expect(try contents(of: model) == before)
    }
  }

  // Directions alone make the words of an editor; for word vectors a projector is missing.
  @Test func directionsNeedNoProjector() throws {
    var model = empty()
    try model.setParts(Self.tensors.filter { !$0.key.hasPrefix("projector.") })
    #expect(throws: ModelError.self) { try Editor(model) }
    let smile = Direction<ZSpace>((0..<TinyModel.latentSize).map { Float($0) - 2 })
    let mean = Latent<ZSpace>((0..<TinyModel.latentSize).map { Float($0) / 9 })
    try model.setDirections(["smile": smile], meanCode: mean)
    let projector = try Editor(model).projector
    #expect(try projector.direction(for: "Smile") == smile && projector.meanCode == mean)
    #expect(throws: ModelError.partMissing(part: "projector", name: "the model")) {
      try Editor(model, vectors: TinyModel.vectors)
    }
  }
}
