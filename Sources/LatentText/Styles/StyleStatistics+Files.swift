import Foundation
import LatentArithmetic
import LatentCore

extension StyleStatistics {
  /// Reads the mean and the deviation of each style as StyleCLIP publishes them, `S_mean_std`: a pickle of two lists of
  /// arrays, an array for each layer.
  ///
  /// - Throws: `FileError`, `TensorFileError`; `LatentError.otherCodes` where the arrays are not of the generator's layers;
  ///   `WeightSourceError` where a number is not finite.
  public init(contentsOf url: URL, for generator: any StyleGenerator) throws {
    let file = try TensorFile(contentsOf: url)
    let misfit = LatentError.otherCodes(
      file: url.path, expected: generator.latentSize, got: file.names.map { file.shape(of: $0) ?? [] })
    guard file.names.count == 2 * generator.styleLayers.count else { throw misfit }
    let parts = try ["0", "1"].map { part in
      try generator.styleLayers.enumerated().map { index, layer in
        let name = "\(part).\(index)"
        guard file.shape(of: name)?.reduce(1, *) == layer.range.count else { throw misfit }
        let numbers = try file.tensor(name)
        if let place = numbers.firstNonFinite {
          throw WeightSourceError(file: url.path, faults: [.notFinite(name + place)])
        }
        return numbers.elements
      }
    }
    self.init(mean: parts[0].flatMap { $0 }, deviation: parts[1].flatMap { $0 })
  }
}
