import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct CLIPTests {
  private func tiny(_ fidelity: Fidelity = .corrected) throws -> CLIP {
    try CLIP(
      contentsOf: Shared.url("golden/checkpoints/clip-tiny-openai-statedict.pt"),
      fidelity: fidelity,
      threads: 1)
  }

  // MARK: - Pre-processing

  // What the published code does to 96 pixels for a model of 64, step by step: pixel i of the enlarged image is pixel
  // ⌊i/2⌋, and output j the mean of the enlarged 3j ..< 3j + 3.
  @Test func publishedPreprocessingIsEnlargingAndAveraging() throws {
    let clip = try tiny(.reference)
    let x = Tensor(shape: [1, 96, 96, 3], elements: randomFloats(count: 96 * 96 * 3, seed: 1))
    let got = clip.prepared(Tape(threads: 1).constant(x)).value
    let elements = x.elements
    var expected: [Double] = []
    for row in 0..<64 {
      for column in 0..<64 {
        for channel in 0..<3 {
          var sum = 0.0
          for i in 0..<3 {
            for j in 0..<3 {
              sum += Double(elements[((3 * row + i) / 2 * 96 + (3 * column + j) / 2) * 3 + channel])
            }
          }
          expected.append(sum / 9)
        }
      }
    }
    #expect(got.shape == [1, 64, 64, 3])
    #expect(worstError(got.elements, expected, scale: 1) <= roundingTolerance(terms: 9))
  }

  // Bytes through the official way, and the same as a drawing through the corrected one: they differ by the roundings
  // to bytes, of at most ½ in each of two passes, the first enlarged by at most 1.5, over 255·0.26.
  @Test(arguments: [(150, 150), (90, 130), (200, 101), (40, 40)])
  func correctedPreprocessingIsTheOfficialOne(_ width: Int, _ height: Int) throws {
    let clip = try tiny()
    // Smooth and away from the ends, so that no pass is clamped.
    let pixels = (0..<width * height * 3).map { index in
      UInt8(
        128 + 60 * sin(Double(index / 3 % width) / 9 + Double(index % 3)) * cos(Double(index / 3 / width) / 7)
      )
    }
    let image = Image(width: width, height: height, pixels: pixels)
    let official = clip.prepared([image])
    let drawing = clip.prepared(Tape(threads: 1).constant(Tensor(image))).value
    #expect(official.shape == [1, 64, 64, 3] && drawing.shape == official.shape)
    #expect(
      worstError(drawing.elements, official.elements.map(Double.init), scale: 1 / (255 * 0.26)) <= 1.3)
  }

  // (⟨f(x + h·v), c⟩ − ⟨f(x − h·v), c⟩)/2h = ⟨gradient, v⟩ for unit features f and a random direction v.
  @Test(arguments: Fidelity.allCases)
  func gradientReachesTheImage(_ fidelity: Fidelity) throws {
    let clip = try tiny(fidelity)
    let shape = [2, 96, 96, 3]
    let count = shape.reduce(1, *)
    let (x, v) = (randomFloats(count: count, seed: 2).map { $0 / 3 }, randomFloats(count: count, seed: 3))
    let cotangent = Tensor(shape: [2, 64], elements: randomFloats(count: 128, seed: 4))
    let tape = Tape(threads: 1)
    let features = clip.features(
      ofImages: tape.watch(Tensor(shape: shape, elements: x), path: "x"))
    for row in 0..<2 { #expect(abs(features.value.row(row).reduce(0) { $0 + $1 * $1 } - 1) <= 1e-5) }
    let gradient = try #require(tape.gradients(of: features, cotangent: cotangent)["x"]).elements
    func loss(_ step: Float) -> Double {
      let moved = Tensor(shape: shape, elements: zip(x, v).map { $0 + step * $1 })
      let value = clip.features(ofImages: Tape(threads: 1).constant(moved)).value
      return zip(value.elements, cotangent.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let slope = (loss(1 / 256) - loss(-1 / 256)) / (2 / 256)
    let expected = zip(gradient, v).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    let size = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(slope - expected) <= 2e-2 * size, "\(slope), \(expected), \(size)")
    #expect(size > 0)
  }

  // MARK: - Files

  @Test func imagesAndTextsHaveUnitLength() throws {
    let clip = try tiny()
    #expect(clip.features(of: []).shape == [0, 64] && clip.features(ofTokens: []).shape == [0, 64])
    let image = Image(width: 30, height: 20, pixels: (0..<1800).map { UInt8($0 * 7 % 256) })
    let features = clip.features(of: [image, image])
    #expect(features.shape == [2, 64] && features.row(0) == features.row(1))
    #expect(abs(features.row(0).reduce(0) { $0 + $1 * $1 } - 1) <= 1e-5)
    #expect(throws: CLIPError.mergesMissing) { try clip.features(ofTexts: ["a face"]) }
  }

  @Test func anotherArchitectureNamesWhatDoesNotFit() throws {
    let url = try Shared.url("golden/checkpoints/dcgan-64.safetensors")
    let error = try #require(throws: WeightSourceError.self) { try CLIP(contentsOf: url) }
    #expect(error.faults.first?.description == "visual.conv1.weight is missing")
    #expect(error.faults.count > 1)
    try withChangedTiny { name, tensor in
      switch name {
      case "visual.ln_pre.bias": nil
      case "visual.transformer.resblocks.1.attn.in_proj_weight": Tensor(shape: [7, 3], repeating: 1)
      default: tensor
      }
    } _: { url in
      let error = try #require(throws: WeightSourceError.self) { try CLIP(contentsOf: url) }
      #expect(
        error.faults.map(\.description) == [
          "visual.ln_pre.bias is missing",
          "visual.transformer.resblocks.1.attn.in_proj_weight has shape [7, 3], expected [384, 128]",
        ])
    }
    // A ResNet has no positions beside its convolutions.
    try withChangedTiny { name, tensor in
      name == "visual.positional_embedding" ? nil : tensor
    } _: { url in
      #expect(throws: WeightSourceError.self) { try CLIP(contentsOf: url) }
    }
  }

  @Test func configurationsAreChecked() throws {
    let model = try Shared.url("golden/checkpoints/clip-tiny-huggingface/model.safetensors")
    func open(_ configuration: String?) throws -> CLIP {
      try withTemporaryFolder { folder in
        let copy = folder.appendingPathComponent("model.safetensors")
        try FileManager.default.copyItem(at: model, to: copy)
        if let configuration {
          try Data(configuration.utf8).write(to: folder.appendingPathComponent("config.json"))
        }
        return try CLIP(contentsOf: folder)
      }
    }
    func configuration(_ activation: String, heads: Int) -> String {
      #"{"vision_config": {"hidden_act": "\#(activation)", "num_attention_heads": \#(heads)}}"#
    }
    #expect(try open(configuration("gelu", heads: 4)).imageSize == 64)
    #expect(throws: FileError.self) { try open(nil) }
    for wrong in ["{", configuration("relu", heads: 2), configuration("gelu", heads: 3)] {
      #expect(throws: CLIPError.self) { try open(wrong) }
    }
  }

  // A list of no merges at all makes 514 tokens, the bytes and the two ends; the tiny model has 512.
  @Test func mergesAreChecked() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("merges.txt")
      func write(_ text: String) throws { try Data(text.utf8).write(to: url) }
      try write("#version: 0.2\n")
      #expect(throws: CLIPError.vocabularyMismatch(file: url.path, expected: 512, got: 514)) {
        try CLIP(
          contentsOf: Shared.url("golden/checkpoints/clip-tiny-openai-statedict.pt"), merges: url)
      }
      // h, e and y are bytes 104, 101 and 121, whose tokens are 33 less; at a word's end 256 more.
      try write("#version: 0.2\nh e\nhe y</w>\n")
      let tokenizer = try CLIPTokenizer(contentsOf: url)
      #expect(tokenizer.vocabularySize == 516 && tokenizer.start == 514 && tokenizer.end == 515)
      #expect(tokenizer.encode("hey he") == [513, 71, 68 + 256])
      #expect(try tokenizer.tokens(of: ["hey"]) == [[514, 513, 515]])
      for (text, line) in [("v\nh e\nhe\n", 3), ("v\nh e x\n", 2), ("v\nhx e\n", 2)] {
        try write(text)
        let error = try #require(throws: CLIPError.self) { try CLIPTokenizer(contentsOf: url) }
        guard case .mergesMalformed(url.path, line, _) = error else {
          Issue.record("\(error)")
          continue
        }
      }
      try gzipped(Data("v\nh e\n".utf8)).dropLast(9).write(to: url)
      #expect(throws: CLIPError.self) { try CLIPTokenizer(contentsOf: url) }
      #expect(throws: FileError.self) {
        try CLIPTokenizer(contentsOf: folder.appendingPathComponent("none"))
      }
    }
  }

  /// Lends the tiny state dictionary with some of its tensors replaced, or left out where that gives nil.
  private func withChangedTiny(
    _ change: (String, Tensor) -> Tensor?, _ body: (URL) throws -> Void
  ) throws {
    let file = try TensorFile(
      contentsOf: Shared.url("golden/checkpoints/clip-tiny-openai-statedict.pt"))
    let tensors = try file.names.compactMap { name in
      change(name, try file.tensor(name)).map { StoredTensor(name, $0) }
    }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("changed.safetensors")
      try TensorFile.writeSafeTensors(tensors, to: url)
      try body(url)
    }
  }
}
