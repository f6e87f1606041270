import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

/// StyleCLIP's latent mapper against PyTorch, and what is ours around it.
struct MapperParity {
  private static let sharedIsHere = Shared.isAvailable

  private static func codes(_ count: Int, size: Int, seed: UInt64 = 1) -> [Latent<WPlusSpace>] {
    (0..<count).map { Latent(randomFloats(count: size, seed: seed + UInt64($0))) }
  }

  private static func golden() throws -> (codes: [Latent<WPlusSpace>], delta: [Double]) {
    let arrays = try NumPyArchive.arrays(contentsOf: Shared.url("golden/latent-mapper.npz"))
    let (wplus, delta) = (try #require(arrays["wplus"]), try #require(arrays["delta"]))
    #expect(wplus.shape == [2, 18, 512] && delta.shape == [2, 18, 512])
    let size = 18 * 512
    let codes = (0..<2).map { code in
      Latent<WPlusSpace>(wplus.values[code * size..<(code + 1) * size].map { Float($0) })
    }
    return (codes, delta.values)
  }

  // The direction is 0.1·M(w).
  @Test(.enabled(if: sharedIsHere, "the development data folder is not here"))
  func movementsAreThoseOfPyTorch() throws {
    let (codes, delta) = try Self.golden()
    try FormulaCheckpoint.with("latent-mapper") { url in
      let mapper = try LatentMapper(styleCLIP: url, threads: 2)
      let got = mapper.directions(for: codes).flatMap(\.values).map { $0 / 0.1 }
      let error = relativeError(got, delta)
      #expect(error <= 1e-5, "\(error)")
      // The corrected normalization is another function.
      let corrected = try LatentMapper(styleCLIP: url, fidelity: .corrected, threads: 2)
      #expect(relativeError(corrected.directions(for: codes).flatMap(\.values).map { $0 / 0.1 }, delta) > 0.1)
      // ŵ = w + 0.1·M(w).
      let moved = zip(codes, mapper.directions(for: codes)).map { $0 + $1 }
      let expected = codes.enumerated().flatMap { code, w in
        w.values.enumerated().map { Double($1) + 0.1 * delta[code * w.values.count + $0] }
      }
      #expect(relativeError(moved.flatMap(\.values), expected) <= 1e-5)
    }
  }

  // A file of training: the mapper below `state_dict.mapper.`, the generator beside it, no fine level.
  @Test(.enabled(if: sharedIsHere, "the development data folder is not here"))
  func publishedFilesWithoutALevelLoad() throws {
    let (codes, delta) = try Self.golden()
    try withTemporaryFolder { folder in
      let table = try FormulaParameter.parameters(
        of: "latent-mapper", in: Shared.url("golden/parameters.json"))
      var tensors = table.filter { !$0.name.hasPrefix("fine") }.map {
        StoredTensor("state_dict.mapper." + $0.name, Tensor(shape: $0.shape, elements: $0.values))
      }
      tensors.append(StoredTensor("state_dict.decoder.style.1.weight", Tensor(shape: [2, 2], repeating: 1)))
      let url = folder.appendingPathComponent("afro.safetensors")
      try TensorFile.writeSafeTensors(tensors, to: url)
      let directions = try LatentMapper(styleCLIP: url, threads: 2).directions(for: codes)
      let (size, moved) = (18 * 512, 8 * 512)
      for (code, direction) in directions.enumerated() {
        #expect(direction.values[moved...].allSatisfy { $0 == 0 })
        let expected = delta[code * size..<code * size + moved].map { 0.1 * $0 }
        #expect(relativeError(Array(direction.values[..<moved]), expected) <= 1e-5)
      }
      // A level cut short is named.
      let cut = folder.appendingPathComponent("cut.safetensors")
      try TensorFile.writeSafeTensors(
        tensors.filter { !$0.name.hasSuffix("course_mapping.mapping.3.bias") }, to: cut)
      let error = try #require(throws: WeightSourceError.self) { try LatentMapper(styleCLIP: cut) }
      #expect(error.faults == [.missing("state_dict.mapper.course_mapping.mapping.3.bias", nearest: [])])
    }
  }

  // A written mapper is read again number by number, and not by a mapper of another space.
  @Test func ownFilesAreReadAgain() throws {
    try withTemporaryFolder { folder in
      let mapper = LatentMapper<WPlusSpace>(
        styleCount: 10, width: 6, levels: [.coarse, .fine], fidelity: .reference, seed: 5, threads: 1)
      let url = folder.appendingPathComponent("mapper.safetensors")
      try mapper.write(to: url)
      let read = try LatentMapper<WPlusSpace>(contentsOf: url, threads: 1)
      #expect(read.network == mapper.network && read.parameters == mapper.parameters)
      // As the first release wrote it.
      #expect(try TensorFile(contentsOf: url).metadata["space"] == "WPlus")
      let codes = Self.codes(3, size: 60)
      #expect(read.directions(for: codes) == mapper.directions(for: codes))
      #expect(throws: TextEditingError.notAMapper(name: "mapper.safetensors", space: "StyleSpace")) {
        try LatentMapper<StyleSpace>(contentsOf: url)
      }
      let other = folder.appendingPathComponent("other.safetensors")
      try TensorFile.writeSafeTensors([StoredTensor("a", Tensor(shape: [1], repeating: 1))], to: other)
      #expect(throws: TextEditingError.notAMapper(name: "other.safetensors", space: "WPlus")) {
        try LatentMapper<WPlusSpace>(contentsOf: other)
      }
    }
  }

  // Metadata may claim anything: a part that leaves its code, sizes whose product overflows.
  @Test(arguments: [
    ("\"start\":0", "\"start\":1"), ("\"start\":0", "\"start\":-1"),
    ("\"vectors\":1", "\"vectors\":9223372036854775807"),
    ("\"width\":4", "\"width\":0"), ("\"codeSize\":4", "\"codeSize\":0"),
  ])
  func partsThatLeaveTheirCodeAreRefused(_ old: String, _ new: String) throws {
    let network = LatentMapper<ZSpace>(latentSize: 4, seed: 1, threads: 1).network
    let json = String(decoding: try JSONEncoder().encode(network), as: UTF8.self)
    #expect(try JSONDecoder().decode(MapperNetwork.self, from: Data(json.utf8)) == network)
    let changed = json.replacingOccurrences(of: old, with: new)
    #expect(changed != json)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(MapperNetwork.self, from: Data(changed.utf8))
    }
  }

  // The mean of ⟨aᵢ, aⱼ⟩/(‖aᵢ‖·‖aⱼ‖) over i < j, pair by pair.
  @Test func meanPairwiseCosineIsThatOfThePairs() {
    let mapper = LatentMapper<WPlusSpace>(styleCount: 9, width: 8, seed: 6, threads: 1)
    let codes = Self.codes(70, size: 72)
    let directions = mapper.directions(for: codes)
    var (sum, pairs) = (0.0, 0)
    for i in codes.indices {
      for j in codes.indices where i < j {
        sum += Double(directions[i].cosine(to: directions[j]))
        pairs += 1
      }
    }
    #expect(pairs == 70 * 69 / 2)
    #expect(abs(mapper.meanPairwiseCosine(of: codes) - sum / Double(pairs)) <= 1e-5)
    // A code mapped twice makes a pair of one direction.
    #expect(abs(mapper.meanPairwiseCosine(of: [codes[0], codes[0]]) - 1) <= 1e-6)
  }

  // Each tensor of styles but the colors' has a network of its own: another number in it moves that tensor alone.
  @Test func styleTensorsAreMovedByThemselves() throws {
    let generator = try TinyStyleGAN2().withCheckpoint {
      try StyleGAN2Generator<StyleSpace>(contentsOf: $0, threads: 1)
    }
    let mapper = LatentMapper<StyleSpace>(of: generator, seed: 7, threads: 1)
    let values = randomFloats(count: generator.latentSize, seed: 8)
    let before = mapper.direction(for: Latent(values)).values
    #expect(generator.styleLayers.count { !$0.isEdited } == 4)
    for layer in generator.styleLayers {
      var changed = values
      changed[layer.range.lowerBound] += 1
      let after = mapper.direction(for: Latent(changed)).values
      let moved = zip(before, after).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
      #expect(moved.allSatisfy(layer.range.contains) && moved.isEmpty != layer.isEdited, "\(layer)")
      #expect(before[layer.range].allSatisfy { ($0 != 0) == layer.isEdited })
    }
  }

  // Ranger teaches a mapper one direction for all codes: mean((0.1·M(w) − d)²) falls to half the mean of d², and
  // all movements then point one way. Each of the parameters has a gradient.
  @Test func aMapperLearns() {
    var mapper = LatentMapper<WPlusSpace>(styleCount: 9, width: 8, seed: 9, threads: 1)
    let codes = Self.codes(16, size: 72)
    let batch = Tensor(shape: [16, 72], elements: codes.flatMap(\.values))
    // The last rectifier makes numbers above zero more easily.
    let direction = randomFloats(count: 72, seed: 10).map { 0.2 * abs($0) }
    let target = Tensor(shape: [16, 72], elements: codes.flatMap { _ in direction })
    var trained = TrainedParameters(mapper.parameters, by: Ranger(rate: 1))
    let before = mapper.meanPairwiseCosine(of: codes)
    var losses: [Float] = []
    for _ in 0..<400 {
      let tape = Tape(threads: 1)
      let binding = Binding(trained.values, on: tape, isTrained: true, phase: .training)
      let loss = mapper.network(tape.constant(batch), binding).scaled(by: LatentMapper<WPlusSpace>.step)
        .meanSquaredError(to: target)
      losses.append(loss.value.scalar)
      // The gradients of a mean over so many numbers are far below Ranger's ε of 1e-5.
      let gradients = tape.gradients(of: loss.scaled(by: 1e4))
      #expect(Set(gradients.keys) == Set(mapper.network.parameters.map(\.path)))
      trained.update(gradients: gradients, threads: 1)
    }
    mapper.parameters = trained.values
    let size = direction.reduce(0) { $0 + $1 * $1 } / 72
    #expect(losses[399] <= 0.5 * size, "\(losses[0]) → \(losses[399]) of \(size)")
    #expect(mapper.meanPairwiseCosine(of: codes) >= 0.9 && before < 0.9)
  }
}
