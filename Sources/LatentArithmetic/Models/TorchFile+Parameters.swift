import Foundation
import LatentCore

extension TorchFile {
  /// The parameters of a network whose paths are those of PyTorch's modules, in this library's layouts.
  ///
  /// A normalisation's `scale`, `offset`, `mean` and `variance` are PyTorch's `weight`, `bias`, `running_mean` and
  /// `running_var`, a rectifier's `slope` is its `weight`. Filters are stored [out, in, kernel, kernel], those of
  /// depthwise convolutions [channels, 1, kernel, kernel], dense weights [out, in]. The counts of batches that PyTorch keeps beside them, `num_batches_tracked`, mean
  /// nothing to a trained network.
  ///
  /// - Parameters:
  ///   - network: Convolutions, depthwise ones, dense layers, normalisations and rectifiers.
  ///   - name: What the file is called in errors.
  /// - Returns: A tensor for each path.
  /// - Throws: ``ModelError/wrongTensors(name:faults:)`` with every tensor that is missing, misshapen or not the
  ///   network's; ``ModelError/notFinite(name:places:)``.
  func parameters(of network: Sequential, name: String) throws -> Parameters {
    var result = Parameters()
    var (used, faults, places): (Set<String>, [String], [String]) = ([], [], [])
    for specification in network.parameters {
      let stored = Self.storedName(of: specification.path)
      used.insert(stored)
      let expected = Self.storedShape(of: specification.shape)
      guard let shape = shape(of: stored) else {
        faults.append("\(stored) is missing")
        continue
      }
      guard shape == expected else {
        faults.append("\(stored) has shape \(shape), expected \(expected)")
        continue
      }
      let tensor = try tensor(stored)
      if let place = tensor.firstNonFinite { places.append(stored + place) }
      let permuted =
        switch shape.count {
        case 4: tensor.permuted([2, 3, 1, 0])
        case 2: tensor.permuted([1, 0])
        default: tensor
        }
      result[specification.path] = permuted.reshaped(to: specification.shape)
    }
    faults += names.filter { !used.contains($0) && !$0.hasSuffix(".num_batches_tracked") }
      .map { "\($0) is not expected" }
    if !faults.isEmpty { throw ModelError.wrongTensors(name: name, faults: faults) }
    if !places.isEmpty { throw ModelError.notFinite(name: name, places: places) }
    return result
  }

  private static func storedName(of path: String) -> String {
    let parts = path.split(separator: ".")
    let names = [
      "scale": "weight", "offset": "bias", "mean": "running_mean", "variance": "running_var",
      "slope": "weight",
    ]
    guard let last = parts.last, let name = names[String(last)] else { return path }
    return (parts.dropLast().map { String($0) } + [name]).joined(separator: ".")
  }

  private static func storedShape(of shape: [Int]) -> [Int] {
    switch shape.count {
    case 4: [shape[3], shape[2], shape[0], shape[1]]
    case 3: [shape[2], 1, shape[0], shape[1]]
    case 2: [shape[1], shape[0]]
    default: shape
    }
  }
}
