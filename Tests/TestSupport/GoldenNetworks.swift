import Foundation
import LatentCore

/// The golden networks' weights in this library's layouts and under its names.
package enum GoldenNetworks {
  /// The DCGAN of `dcgan-80-training.npz`: the parameters whose checkpoint name begins with `part.`.
  ///
  /// Convolutions go from OIHW to [height, width, in, out], transposed ones from [in, out, height, width] to
  /// [height, width, out, in]. The checkpoint's 5×5 convolutions at the 1×1 end are dense layers here, over (height,
  /// width, channel). Running means are 0 and running variances 1.
  ///
  /// - Parameters:
  ///   - part: `generator`, `discriminator` or `encoder`.
  ///   - url: The table of parameters.
  /// - Returns: What the part's network reads.
  /// - Throws: What reading the table throws.
  package static func dcgan(_ part: String, table url: URL) throws -> Parameters {
    var result = Parameters()
    for parameter in try FormulaParameter.parameters(of: "dcgan-80", in: url) {
      let pieces = parameter.name.split(separator: ".").map(String.init)
      guard pieces[0] == part, let level = pieces[1].last.flatMap({ Int(String($0)) }) else { continue }
      let path = part + "." + (level == 0 ? "input" : level == 4 ? "output" : "block\(level)")
      let (shape, values) = (parameter.shape, parameter.values)
      switch (pieces[1].hasPrefix("norm"), part, level) {
      case (true, _, _):
        let isScale = pieces[2] == "weight"
        result[path + (isScale ? ".norm.scale" : ".norm.offset")] = Tensor(shape: shape, elements: values)
        result[path + (isScale ? ".norm.variance" : ".norm.mean")] = Tensor(
          shape: shape, repeating: isScale ? 1 : 0)
      case (_, "generator", 0):  // z, channel, height, width → z, (height, width, channel)
        result[path + ".weight"] = permuted(values, shape, [0, 2, 3, 1])
          .reshaped(to: [shape[0], shape[1] * shape[2] * shape[3]])
      case (_, "discriminator", 4), (_, "encoder", 4):  // out, channel, height, width → (h, w, c), out
        result[path + ".weight"] = permuted(values, shape, [2, 3, 1, 0])
          .reshaped(to: [shape[1] * shape[2] * shape[3], shape[0]])
      default:
        // Both kinds end in the order [height, width, second, first]: OIHW → HWIO, IOHW → HWOI.
        result[path + ".weight"] = permuted(values, shape, [2, 3, 1, 0])
      }
    }
    return result
  }

  /// The projector of `projector-training.npz`, its weights turned from [out, in] to [in, out].
  ///
  /// - Parameter url: The table of parameters.
  /// - Returns: What the projector reads.
  /// - Throws: What reading the table throws.
  package static func projector(table url: URL) throws -> Parameters {
    var result = Parameters()
    for parameter in try FormulaParameter.parameters(of: "projector", in: url) {
      let (shape, values) = (parameter.shape, parameter.values)
      result[parameter.name] = permuted(values, shape, shape.count == 2 ? [1, 0] : [0])
    }
    return result
  }

  /// A batch of images by formula, turned from NCHW to NHWC.
  ///
  /// - Parameters:
  ///   - name: The name that the numbers follow from.
  ///   - shape: The shape in NCHW.
  /// - Returns: The batch in NHWC.
  package static func images(_ name: String, shape: [Int]) -> Tensor {
    permuted(formulaValues(name: name, count: shape.reduce(1, *)), shape, [0, 2, 3, 1])
  }

  /// Noise by formula, of unit variance.
  ///
  /// - Parameters:
  ///   - name: The name that the numbers follow from.
  ///   - shape: The shape.
  /// - Returns: The noise.
  package static func noise(_ name: String, shape: [Int]) -> Tensor {
    Tensor(
      shape: shape,
      elements: formulaValues(name: name, count: shape.reduce(1, *), scale: 3.0.squareRoot()))
  }

  /// Returns an array with its dimensions in another order, dimension k of the result being `order[k]` of the array.
  ///
  /// - Parameters:
  ///   - values: The elements, row-major.
  ///   - shape: Their shape.
  ///   - order: A permutation of the dimensions.
  /// - Returns: The rearranged array.
  package static func permuted(_ values: [Float], _ shape: [Int], _ order: [Int]) -> Tensor {
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    let target = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    var elements: [Float] = []
    elements.reserveCapacity(values.count)
    var place = [Int](repeating: 0, count: target.count)
    for _ in values.indices {
      elements.append(values[zip(place, steps).reduce(0) { $0 + $1.0 * $1.1 }])
      for axis in target.indices.reversed() {
        place[axis] += 1
        if place[axis] < target[axis] { break }
        place[axis] = 0
      }
    }
    return Tensor(shape: target, elements: elements)
  }
}
