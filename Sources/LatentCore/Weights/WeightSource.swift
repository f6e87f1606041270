import Foundation

/// Where a network's parameters are taken from: a file of tensors, and what it calls them.
///
/// A checkpoint of PyTorch's modules calls and lays out what this library's layers have in another way:
///
/// | here | there |
/// |---|---|
/// | filters [kernel, kernel, in, out], of transposed convolutions [kernel, kernel, out, in] | all dimensions reversed but the kernel's two |
/// | filters of depthwise convolutions [kernel, kernel, channels] | [channels, 1, kernel, kernel] |
/// | dense weights [in, out] | [out, in] |
/// | a normalisation's `scale`, `offset`, `mean`, `variance`; a rectifier's `slope` | `weight`, `bias`, `running_mean`, `running_var`; `weight` |
///
/// What a module is called as a whole is told by a table.
public struct WeightSource: Sendable {
  private let file: TensorFile
  private let modules: [String: String]
  private let prefix: String

  /// Makes a source of a checkpoint of PyTorch's modules, in any format.
  ///
  /// - Parameters:
  ///   - file: The checkpoint.
  ///   - modules: The path of a layer here, and that of its module there; other layers have the same path in both.
  ///   - prefix: What stands before all paths there, such as `state_dict.`.
  public init(_ file: TensorFile, modules: [String: String] = [:], prefix: String = "") {
    (self.file, self.modules, self.prefix) = (file, modules, prefix)
  }

  /// The parameters that layers ask for, in this library's layouts.
  ///
  /// The counts of batches that PyTorch keeps beside normalisations, `num_batches_tracked`, mean nothing to a trained
  /// network and are passed over, as is what has not the prefix.
  ///
  /// - Throws: ``WeightSourceError`` with every tensor that is missing, misshapen or spare, or else holds numbers that are not
  ///   finite.
  public func parameters(_ specifications: [ParameterSpecification]) throws -> Parameters {
    let wanted = specifications.map { (name: name(of: $0.path), shape: Self.storedShape(of: $0.shape)) }
    let present = file.names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".num_batches_tracked") }
    let faults = WeightFault.all(in: present.map { ($0, file.shape(of: $0) ?? []) }, wanted: wanted)
    guard faults.isEmpty else { throw WeightSourceError(file: file.path, faults: faults) }
    var result = Parameters()
    var infinite: [WeightFault] = []
    for (specification, stored) in zip(specifications, wanted) {
      let tensor = try file.tensor(stored.name)
      if let place = tensor.firstNonFinite { infinite.append(.notFinite(stored.name + place)) }
      let permuted =
        switch stored.shape.count {
        case 4: tensor.permuted([2, 3, 1, 0])
        case 2: tensor.permuted([1, 0])
        default: tensor
        }
      result[specification.path] = permuted.reshaped(to: specification.shape)
    }
    guard infinite.isEmpty else { throw WeightSourceError(file: file.path, faults: infinite) }
    return result
  }

  private func name(of path: String) -> String {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    let module = parts.dropLast().joined(separator: ".")
    let tensor = parts.last.map(String.init) ?? path
    return prefix + (modules[module] ?? module) + "." + (Self.tensorNames[tensor] ?? tensor)
  }

  private static let tensorNames = [
    "scale": "weight", "offset": "bias", "mean": "running_mean", "variance": "running_var", "slope": "weight",
  ]

  private static func storedShape(of shape: [Int]) -> [Int] {
    switch shape.count {
    case 4: [shape[3], shape[2], shape[0], shape[1]]
    case 3: [shape[2], 1, shape[0], shape[1]]
    case 2: [shape[1], shape[0]]
    default: shape
    }
  }
}

/// What is wrong with one tensor of a file for the network it should serve.
public enum WeightFault: Sendable, Equatable, CustomStringConvertible {
  /// There is no tensor of that name; `nearest` are the most similar names of those that nothing asks for.
  case missing(String, nearest: [String])
  /// The tensor has another shape than the network's.
  case misshapen(String, expected: [Int], got: [Int])
  /// Nothing asks for the tensor.
  case spare(String)
  /// The tensor holds a number that is infinite or none; the first is named with its place, `conv.weight[3, 0] is nan`.
  case notFinite(String)

  /// One clause for a person.
  public var description: String {
    switch self {
    case .missing(let name, let nearest) where nearest.isEmpty: "\(name) is missing"
    case .missing(let name, let nearest):
      "\(name) is missing (the nearest spare are \(nearest.map { $0.prefix(80) }.joined(separator: ", ")))"
    case .misshapen(let name, let expected, let got): "\(name) has shape \(got), expected \(expected)"
    case .spare(let name): "\(name.prefix(80)) is not expected"
    case .notFinite(let place): place
    }
  }

  /// Every difference between the tensors there are and those wanted.
  package static func all(
    in present: [(name: String, shape: [Int])], wanted: [(name: String, shape: [Int])]
  ) -> [WeightFault] {
    let shapes = Dictionary(present.map { ($0.name, $0.shape) }) { first, _ in first }
    let names = Set(wanted.map(\.name))
    let spare = present.map(\.name).filter { !names.contains($0) }
    var faults: [WeightFault] = []
    for (name, shape) in wanted {
      guard let found = shapes[name] else {
        // Where everything is missing the file is another network's, and neighbours of each name would tell nothing.
        let nearest =
          faults.count < mostSuggestions ? NearestNames.nearest(to: name, in: spare.prefix(1000)) : []
        faults.append(.missing(name, nearest: nearest))
        continue
      }
      if found != shape { faults.append(.misshapen(name, expected: shape, got: found)) }
    }
    return faults + spare.map { .spare($0) }
  }

  private static let mostSuggestions = 20
}

/// Tensors of a file are not those of the network that they should serve.
public struct WeightSourceError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The path.
  public let file: String
  /// Everything that differs.
  public let faults: [WeightFault]

  package init(file: String, faults: [WeightFault]) { (self.file, self.faults) = (file, faults) }

  /// One sentence for a person, with the first faults and how many more there are.
  public var description: String {
    let most = 12
    let rest = faults.count > most ? "; and \(faults.count - most) more" : ""
    let first = faults.prefix(most).map(\.description).joined(separator: "; ")
    return "“\(file)” does not fit its networks: \(first)\(rest)."
  }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}
