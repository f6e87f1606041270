import Foundation
import LatentCore
import TestSupport
import Testing

/// Collections of tensors by path.
struct ParametersTests {
  private static func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape, elements: randomFloats(count: shape.reduce(1, *), seed: seed))
  }

  private let parameters: Parameters = {
    var parameters = Parameters()
    parameters["generator.input.weight"] = tensor([3, 4], seed: 1)
    parameters["generator.input.bias"] = tensor([4], seed: 2)
    parameters["encoder.input.weight"] = tensor([2, 2, 3, 5], seed: 3)
    return parameters
  }()

  @Test func prefixesSelectAddAndRemove() {
    #expect(parameters.paths == ["encoder.input.weight", "generator.input.bias", "generator.input.weight"])
    #expect(parameters.count == 12 + 4 + 60)
    let generator = parameters.filtered(byPrefix: "generator.")
    #expect(generator.paths == ["generator.input.bias", "generator.input.weight"])
    let bare = parameters.removingPrefix("generator.")
    #expect(bare.paths == ["input.bias", "input.weight"])
    #expect(bare["input.bias"] == parameters["generator.input.bias"])
    #expect(bare.prefixed(with: "generator.") == generator)
    var rest = parameters
    rest.removeAll(byPrefix: "generator.")
    #expect(rest.paths == ["encoder.input.weight"])
    rest.merge(generator)
    #expect(rest == parameters)
  }

  @Test func mergingReplaces() {
    var other = Parameters()
    other["generator.input.bias"] = Self.tensor([4], seed: 9)
    var merged = parameters
    merged.merge(other)
    #expect(merged.paths == parameters.paths)
    #expect(merged["generator.input.bias"] == Self.tensor([4], seed: 9))
    #expect(parameters["generator.input.bias"] == Self.tensor([4], seed: 2))
  }

  // a ← decay·a + (1 − decay)·b, with two products and one sum rounded.
  @Test func averageMovesTowardTheOther() throws {
    var target = Parameters()
    for path in parameters.paths {
      target[path] = Self.tensor(try #require(parameters[path]).shape, seed: 7)
    }
    var mean = parameters
    mean.average(with: target, decay: 0.9, threads: 2)
    for path in parameters.paths {
      let (a, b) = (try #require(parameters[path]).elements, try #require(target[path]).elements)
      let decay = Double(0.9 as Float)
      let expected = zip(a, b).map { decay * Double($0) + (1 - decay) * Double($1) }
      let got = try #require(mean[path]).elements
      #expect(worstError(got, expected, scale: 4) <= 2 * Double(Float.ulpOfOne))
      #expect(got != a)
    }
  }

  // In single precision a file gives back every bit.
  @Test func fileGivesBackTheSame() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("parameters.safetensors")
      try parameters.write(to: url, metadata: ["a": "b"], precision: .single)
      let file = try TensorFile(contentsOf: url)
      #expect(try Parameters(file) == parameters)
      #expect(file.metadata["a"] == "b")
    }
  }
}
