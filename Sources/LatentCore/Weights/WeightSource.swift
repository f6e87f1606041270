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
/// | a normalization's `scale`, `offset`, `mean`, `variance`; a rectifier's `slope` | `weight`, `bias`, `running_mean`, `running_var`; `weight` |
///
/// What a module is called as a whole is told by a table, and another tells of single tensors that follow no rule.
package struct WeightSource: Sendable {
  /// Where a tensor is that follows no rule, and how it lies there.
  package struct Place: Sendable {
    fileprivate enum Layout {
      case module, same
      case permuted(shape: [Int], order: [Int])
    }

    fileprivate let names: [String]
    fileprivate let layout: Layout

    /// Names the parts that a tensor is stored in, which are stacked along their first dimension.
    ///
    /// - Parameters:
    ///   - names: The parts in their order; one for a tensor that is whole.
    ///   - isTurned: Whether the layout is that of PyTorch's modules; otherwise it is this library's.
    package init(_ names: String..., isTurned: Bool) {
      (self.names, layout) = (names, isTurned ? .module : .same)
    }

    /// Describes the layout of a tensor that is where the rules say.
    ///
    /// - Parameters:
    ///   - shape: The shape there.
    ///   - order: Which of its dimensions comes first here, and so on; the elements in this order have the shape here.
    /// - Precondition: `order` names each dimension once.
    package init(shape: [Int], order: [Int]) {
      precondition(
        order.sorted() == Array(shape.indices), "\(order) is no order of the dimensions of \(shape).")
      (names, layout) = ([], .permuted(shape: shape, order: order))
    }
  }

  private let file: TensorFile
  private let modules: [String: String]
  private let tensors: [String: Place]
  private let prefix: String
  private let ignores: @Sendable (_ name: String) -> Bool

  /// Makes a source of a checkpoint of PyTorch's modules, in any format.
  ///
  /// - Parameters:
  ///   - file: The checkpoint.
  ///   - modules: The path of a layer here, and that of its module there; other layers have the same path in both.
  ///   - tensors: The path of a tensor here, and its place there where the rules do not tell it.
  ///   - prefix: What stands before all paths there, such as `state_dict.`.
  ///   - ignores: Whether a tensor there, named without the prefix, means nothing to the layers.
  package init(
    _ file: TensorFile, modules: [String: String] = [:], tensors: [String: Place] = [:], prefix: String = "",
    ignoring ignores: @escaping @Sendable (_ name: String) -> Bool = { _ in false }
  ) {
    (self.file, self.modules, self.tensors) = (file, modules, tensors)
    (self.prefix, self.ignores) = (prefix, ignores)
  }

  /// The parameters that layers ask for, in this library's layouts.
  ///
  /// The counts of batches that PyTorch keeps beside normalizations, `num_batches_tracked`, mean nothing to a trained
  /// network and are passed over, as is what has not the prefix and what is to be ignored.
  ///
  /// - Throws: ``WeightSourceError`` with every tensor that is missing, misshapen or spare, or else holds numbers that are not
  ///   finite.
  package func parameters(_ specifications: [ParameterSpecification]) throws -> Parameters {
    try check(specifications)
    return try read(specifications)
  }

  /// Makes sure that the file holds what layers ask for, and nothing else, without reading numbers.
  ///
  /// - Throws: ``WeightSourceError`` with every tensor that is missing, misshapen or spare.
  package func check(_ specifications: [ParameterSpecification]) throws(WeightSourceError) {
    let wanted = specifications.flatMap { specification in
      let stored = stored(specification)
      return stored.names.map { (name: $0, shape: stored.shape) }
    }
    let present = file.names.filter { name in
      name.hasPrefix(prefix) && !name.hasSuffix("num_batches_tracked")
        && !ignores(String(name.dropFirst(prefix.count)))
    }
    let faults = WeightFault.all(in: present.map { ($0, file.shape(of: $0) ?? []) }, wanted: wanted)
    guard faults.isEmpty else { throw WeightSourceError(file: file.path, faults: faults) }
  }

  /// Some of the parameters of a file that was checked.
  ///
  /// - Throws: ``WeightSourceError`` where numbers are not finite.
  package func read(_ specifications: [ParameterSpecification]) throws -> Parameters {
    var result = Parameters()
    var infinite: [WeightFault] = []
    for specification in specifications {
      let stored = stored(specification)
      let parts = try stored.names.map { name in
        let tensor = try file.tensor(name, shape: stored.shape)
        if let place = tensor.firstNonFinite { infinite.append(.notFinite(name + place)) }
        return tensor
      }
      let tensor = parts.count == 1 ? parts[0] : Tensor.concatenated(parts)
      result[specification.path] = tensor.permuted(stored.order).reshaped(to: specification.shape)
    }
    guard infinite.isEmpty else { throw WeightSourceError(file: file.path, faults: infinite) }
    return result
  }

  /// The names of a tensor's parts, the shape of each, and the order of the dimensions of the whole.
  private func stored(
    _ specification: ParameterSpecification
  ) -> (names: [String], shape: [Int], order: [Int]) {
    let place = tensors[specification.path] ?? Place(isTurned: true)
    let names = place.names.isEmpty ? [name(of: specification.path)] : place.names.map { prefix + $0 }
    var (shape, order) =
      switch place.layout {
      case .module: Self.moduleLayout(of: specification.shape)
      case .same: (specification.shape, Array(specification.shape.indices))
      case .permuted(let shape, let order): (shape, order)
      }
    if names.count > 1 { shape[0] /= names.count }
    return (names, shape, order)
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

  /// How PyTorch's modules keep a tensor of a shape here, and the order of its dimensions here.
  private static func moduleLayout(of shape: [Int]) -> (shape: [Int], order: [Int]) {
    switch shape.count {
    case 4: ([shape[3], shape[2], shape[0], shape[1]], [2, 3, 1, 0])
    case 3: ([shape[2], 1, shape[0], shape[1]], [2, 3, 1, 0])
    case 2: ([shape[1], shape[0]], [1, 0])
    default: (shape, Array(shape.indices))
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
  /// The tensor holds other numbers than the network's: the whole clause, `blur.kernel is not the filter [1, 3, 3, 1]`.
  case unexpected(String)

  /// One clause for a person.
  public var description: String {
    switch self {
    case .missing(let name, let nearest) where nearest.isEmpty: "\(name) is missing"
    case .missing(let name, let nearest):
      "\(name) is missing (the nearest spare are \(nearest.map { $0.prefix(80) }.joined(separator: ", ")))"
    case .misshapen(let name, let expected, let got): "\(name) has shape \(got), expected \(expected)"
    case .spare(let name): "\(name.prefix(80)) is not expected"
    case .notFinite(let place): place
    case .unexpected(let clause): clause
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
        // Where everything is missing the file is another network's, and neighbors of each name would tell nothing.
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
  public var description: String { "“\(file)” does not fit its networks: \(faults.firstClauses)." }

  /// The description, for those who ask through `localizedDescription`.
  public var errorDescription: String? { description }
}

extension Collection where Element: CustomStringConvertible {
  /// The first clauses of a sentence that lists them, and how many more there are.
  package var firstClauses: String {
    let most = 12
    let rest = count > most ? "; and \(count - most) more" : ""
    return prefix(most).map(\.description).joined(separator: "; ") + rest
  }
}
