import Foundation
import LatentCore

extension Latent {
  /// Reads codes from a file of one tensor in any format that `TensorFile` reads, such as what an encoder of photos wrote.
  ///
  /// The tensor may have any shape, [n, 18, 512] say, as long as it holds whole codes.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - size: How many numbers a code has: the generator's ``Generator/latentSize``.
  /// - Returns: The codes in their order, at least one.
  /// - Throws: `FileError`, `TensorFileError`; ``LatentError/otherCodes(file:expected:got:)``.
  public static func codes(contentsOf url: URL, size: Int) throws -> [Latent] {
    let rows = try Tensor(rowsOf: size, contentsOf: url)
    return (0..<rows.shape[0]).map { Latent(rows.row($0)) }
  }

  /// Writes the code as a safetensors file of one tensor.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL) throws { try Self.write([self], to: url) }

  /// Writes codes as the rows of a safetensors file of one tensor.
  ///
  /// - Precondition: There is at least one, and all have as many numbers.
  package static func write(_ codes: [Latent], to url: URL) throws {
    let rows = Tensor(shape: [codes.count, codes[0].values.count], elements: codes.flatMap(\.values))
    try TensorFile.writeSafeTensors([StoredTensor("code", rows)], to: url)
  }
}

extension Direction {
  /// Reads a direction from a file in any format that `TensorFile` reads: one tensor, such as the boundaries that
  /// InterFaceGAN publishes, or principal components with their deviations, as GANSpace and e4e publish them.
  ///
  /// - Parameters:
  ///   - url: The file; its tensor may have any shape.
  ///   - size: How many numbers a code has: the generator's ``Generator/latentSize``.
  ///   - component: Which of several directions of the file, from 0; nil where it has one. A component of a table is as
  ///     long as its standard deviation.
  /// - Throws: `FileError`, `TensorFileError`; ``LatentError/otherCodes(file:expected:got:)`` where the file has no such
  ///   direction.
  public init(contentsOf url: URL, size: Int, component: Int? = nil) throws {
    let file = try DirectionFile(contentsOf: url, size: size)
    self.init(try file.direction(component, vectors: 1, width: size))
  }
}

extension Tensor {
  /// The one tensor of a file as rows of `size` finite numbers, at least one.
  fileprivate init(rowsOf size: Int, contentsOf url: URL) throws {
    let file = try TensorFile(contentsOf: url)
    let shapes = file.names.map { file.shape(of: $0) ?? [] }
    let misfit = LatentError.otherCodes(file: url.path, expected: size, got: shapes)
    guard let name = file.names.first, file.names.count == 1 else { throw misfit }
    let tensor = try file.tensor(name)
    guard tensor.count > 0, tensor.count % size == 0 else { throw misfit }
    if let place = tensor.firstNonFinite {
      throw WeightSourceError(file: url.path, faults: [.notFinite(name + place)])
    }
    self = tensor.reshaped(to: [tensor.count / size, size])
  }
}
