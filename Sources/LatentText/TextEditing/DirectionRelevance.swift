import Foundation
import LatentArithmetic
import LatentCore

/// How each direction that a painter can paint changes what faces mean, measured on faces: what ``ChannelRelevance`` is for
/// channels.
///
/// For each direction w_k and each face i of a code z, the joint model's features I± of the face painted at z ± w_k are
/// compared:
///
///     d_i(k) = normalize(I⁺_i − I⁻_i),   row(k) = normalize(mean_i d_i(k))
///
/// Of one face it tells what would change that face as a text says; of many, what would change any. It takes two paintings
/// for each direction and face.
public struct DirectionRelevance<Space: LatentSpace>: Sendable {
  /// w_k.
  public let directions: [Direction<Space>]
  /// A unit row for each direction, [directions, featureSize]; of zeros where the direction changes nothing.
  private let rows: Tensor

  /// Measures faces of one model.
  ///
  /// - Parameters:
  ///   - faces: Faces in photos whose edits are painted.
  ///   - model: Tells what images mean.
  ///   - threads: The most threads to use; results do not depend on it.
  ///   - report: Called after some directions each.
  /// - Throws: ``TextEditingError/notPainted`` where the first face has no painter or there is no face;
  ///   `EditingError.gradientsMissing` where the faces' generator is not differentiable; `CancellationError` when the task is
  ///   cancelled.
  public init(
    of faces: [EditedFace<Space>], model: any ImageModel,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, report: (StepProgress) -> Void = { _ in }
  ) throws {
    guard let edited = faces.first?.editedDirections else { throw TextEditingError.notPainted }
    let directions = (0..<edited.shape[0]).map { Direction<Space>(edited.row($0)) }
    let generators = try faces.map { try $0.generator.differentiable }
    var rows: [Float] = []
    try StepLoop.forEach("measuring directions", of: directions.count, batch: threads, report: report) {
      items in
      rows += Kernels.concurrently(items.count, threads: threads) { index in
        let direction = directions[items.lowerBound + index]
        var sum = Tensor(shape: [1, model.featureSize], repeating: 0)
        for (face, generator) in zip(faces, generators) {
          func feature(_ code: Latent<Space>) -> Tensor {
            let codes = Tensor(shape: [1, code.values.count], elements: code.values)
            return model.features(
              ofImages: face.images(of: Tape(threads: 1).constant(codes), by: generator)
            ).value
          }
          let change = feature(face.code + direction).subtracting(feature(face.code + -1 * direction))
          if change.squaredNorm > 0 {
            sum = Kernels.linearCombination(1, sum, 1, change.normalizedRow(), threads: 1)
          }
        }
        return sum.squaredNorm > 0 ? sum.normalizedRow() : sum
      }.flatMap(\.elements)
    }
    self.directions = directions
    self.rows = Tensor(shape: [directions.count, model.featureSize], elements: rows)
  }

  /// ⟨row(k), Δt⟩ for each direction, −1 … 1.
  ///
  /// - Precondition: Δt is [1, featureSize].
  public func relevance(to change: Tensor) -> [Float] {
    Kernels.matrixProduct(rows, change, transposingSecond: true, threads: 1).elements
  }
}

extension EditedFace {
  /// Whether edits of the face are painted, along directions whose ``DirectionRelevance`` can be measured.
  public var isPainted: Bool { editedDirections != nil }
}
