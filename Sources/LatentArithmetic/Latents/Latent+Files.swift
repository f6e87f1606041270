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
    let file = try TensorFile(contentsOf: url)
    let shapes = file.names.map { file.shape(of: $0) ?? [] }
    let misfit = LatentError.otherCodes(file: url.path, expected: size, got: shapes)
    guard let name = file.names.first, file.names.count == 1 else { throw misfit }
    let tensor = try file.tensor(name)
    guard tensor.count > 0, tensor.count % size == 0 else { throw misfit }
    if let place = tensor.firstNonFinite {
      throw WeightSourceError(file: url.path, faults: [.notFinite(name + place)])
    }
    let rows = tensor.reshaped(to: [tensor.count / size, size])
    return (0..<rows.shape[0]).map { Latent(rows.row($0)) }
  }

  /// Writes the code as a safetensors file of one tensor.
  ///
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write(to url: URL) throws {
    try TensorFile.writeSafeTensors(
      [StoredTensor("code", Tensor(shape: [1, values.count], elements: values))], to: url)
  }
}
