import Foundation
import LatentArithmetic
import LatentCore

/// A published CLIP read from files: sizes and parameters.
///
/// Two layouts are known: OpenAI's, as a state dictionary or a TorchScript archive, of any precision; and Hugging
/// Face's folder, whose `config.json` tells what its tensors' shapes do not. Sizes are taken from the shapes.
struct CLIPCheckpoint {
  let architecture: CLIPArchitecture
  let parameters: Parameters

  /// Opens a file of tensors, or a folder with `model.safetensors`, its index or `pytorch_model.bin`.
  init(contentsOf url: URL) throws {
    let file = try TensorFile(contentsOf: TensorFile.place(at: url))
    if file.names.contains(where: { $0.hasSuffix(CLIPLayout.openAI.patches) }) {
      try self.init(file, .openAI, CLIPConfiguration())
    } else if file.names.contains(where: { $0.hasSuffix(CLIPLayout.huggingFace.patches) }) {
      let folder = TensorFile.place(at: url).deletingLastPathComponent()
      try self.init(
        file, .huggingFace, CLIPConfiguration(contentsOf: folder.appendingPathComponent("config.json")))
    } else {
      throw WeightSourceError(
        file: url.path,
        faults: [.missing(CLIPLayout.openAI.patches, nearest: [])] + file.names.prefix(3).map { .spare($0) })
    }
  }

  private init(_ file: TensorFile, _ layout: CLIPLayout, _ configuration: CLIPConfiguration) throws {
    let known = file.names.first { $0.hasSuffix(layout.patches) }
    let prefix = known.map { String($0.dropLast(layout.patches.count)) } ?? ""
    func shape(_ name: String, _ dimensions: Int) throws -> [Int] {
      guard let shape = file.shape(of: prefix + name) else {
        throw WeightSourceError(file: file.path, faults: [.missing(prefix + name, nearest: [])])
      }
      guard shape.count == dimensions, shape.allSatisfy({ $0 > 0 }) else {
        throw WeightSourceError(
          file: file.path,
          faults: [
            .misshapen(prefix + name, expected: [Int](repeating: 1, count: dimensions), got: shape)
          ])
      }
      return shape
    }
    let patches = try shape(layout.patches, 4)
    let positions = try shape(layout.visionPositions, 2)
    let (embeddings, context) = (try shape(layout.embeddings, 2), try shape(layout.textPositions, 2))
    guard context[0] >= 2 else {
      throw WeightSourceError(
        file: file.path,
        faults: [.misshapen(prefix + layout.textPositions, expected: [77, context[1]], got: context)])
    }
    let projection = try shape(layout.textProjection, 2)
    func tower(_ path: (Int) -> String, width: Int, heads: Int?) throws -> CLIPArchitecture.Tower {
      let depth = (0..<Self.mostBlocks).first { file.shape(of: prefix + path($0)) == nil } ?? Self.mostBlocks
      let heads = heads ?? max(width / Self.headSize, 1)
      guard heads > 0, width % heads == 0 else {
        throw CLIPError.headsDoNotFit(file: file.path, heads: heads, width: width)
      }
      return .init(width: width, heads: heads, depth: depth)
    }
    let side = Int(Double(positions[0] - 1).squareRoot().rounded())
    guard side * side == positions[0] - 1, side > 0, patches[3] <= Self.largestPatch else {
      throw WeightSourceError(
        file: file.path,
        faults: [
          .misshapen(
            prefix + layout.visionPositions, expected: [side * side + 1, patches[0]], got: positions)
        ])
    }
    architecture = CLIPArchitecture(
      featureSize: projection[layout.projectsTurned ? 0 : 1],
      imageSize: side * patches[3], patchSize: patches[3],
      vision: try tower(
        { layout.block("vision", $0, "norm1") + ".weight" }, width: patches[0],
        heads: configuration.visionHeads),
      text: try tower(
        { layout.block("text", $0, "norm1") + ".weight" }, width: embeddings[1],
        heads: configuration.textHeads),
      vocabularySize: embeddings[0], contextLength: context[0], gelu: configuration.gelu)
    let specifications =
      VisionTower(architecture).parameters + TextTower(architecture).parameters + [
        ParameterSpecification(path: "scale.logarithm", shape: [], initializer: .constant(0))
      ]
    parameters = try layout.source(of: file, prefix: prefix, architecture).parameters(specifications)
  }

  /// More than any published tower has.
  private static let mostBlocks = 1000
  private static let largestPatch = 1024
  /// The channels of a head where no configuration tells how many heads there are.
  private static let headSize = 64
}
