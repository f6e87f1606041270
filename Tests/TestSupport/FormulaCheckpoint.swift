import Foundation
import LatentCore

/// Checkpoints of the golden networks, with the names and shapes of the published ones.
public enum FormulaCheckpoint {
  /// Writes a golden network as safetensors and lends it to `body`; the file is removed afterwards.
  ///
  /// - Parameters:
  ///   - network: A key of `golden/parameters.json`, such as `stylegan2-256`.
  ///   - prefix: What stands before all names, such as `g_ema.`.
  ///   - body: Is lent the file's URL.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws, or what reading the table or writing the file throws.
  public static func with<Result>(
    _ network: String, prefix: String = "", _ body: (URL) throws -> Result
  ) throws -> Result {
    let table = try Shared.url("golden/parameters.json")
    let tensors = try FormulaParameter.parameters(of: network, in: table).map { parameter in
      StoredTensor(prefix + parameter.name, Tensor(shape: parameter.shape, elements: parameter.values))
    }
    return try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("\(network).safetensors")
      try TensorFile.writeSafeTensors(tensors, to: url)
      return try body(url)
    }
  }
}
