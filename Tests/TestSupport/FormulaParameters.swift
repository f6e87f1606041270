import Foundation

/// Returns numbers that depend on a name alone, as the golden networks' parameters do.
///
/// With h the 64-bit FNV-1a hash of the name and u(i) = splitmix64(h + i),
/// v(i) = (u(i) >> 40)·2⁻²³ − 1 in [−1, 1), and number i is shift + scale·v(i). v is exact in single precision, and
/// the product and the sum are rounded to it one after the other, as the stored inputs were.
///
/// - Parameters:
///   - name: The parameter's name in its checkpoint.
///   - count: How many numbers.
///   - scale: Half the width of the numbers' range.
///   - shift: The middle of the numbers' range.
/// - Returns: `count` numbers, in the row-major order of the checkpoint's shape.
public func formulaValues(name: String, count: Int, scale: Double = 1, shift: Double = 0) -> [Float] {
  let hash = fnv1a(name)
  return (0..<count).map { i in
    let v = Float(splitMix64(hash &+ UInt64(i)) >> 40) * 0x1p-23 - 1
    return Float(shift) + Float(scale) * v
  }
}

/// A parameter of a golden network: its place in the checkpoint and the formula's two numbers.
public struct FormulaParameter: Sendable {
  /// The name in the checkpoint.
  public let name: String
  /// The shape in the checkpoint's layout.
  public let shape: [Int]
  /// Half the width of the numbers' range.
  public let scale: Double
  /// The middle of the numbers' range.
  public let shift: Double

  /// The numbers, in row-major order.
  public var values: [Float] {
    formulaValues(name: name, count: shape.reduce(1, *), scale: scale, shift: shift)
  }

  /// Returns the parameters of a golden network.
  ///
  /// - Parameters:
  ///   - network: A key of the table, such as `dcgan-80`.
  ///   - url: The table, `golden/parameters.json`.
  /// - Returns: The parameters in the table's order.
  /// - Throws: What reading or decoding the table throws, or `UnknownNetwork`.
  public static func parameters(of network: String, in url: URL) throws -> [FormulaParameter] {
    let table = try JSONDecoder().decode([String: [FormulaParameter]].self, from: Data(contentsOf: url))
    guard let parameters = table[network] else {
      throw UnknownNetwork(got: network, expected: table.keys.sorted())
    }
    return parameters
  }

  /// A name that is not in the table of networks.
  public struct UnknownNetwork: Error, CustomStringConvertible {
    let got: String
    let expected: [String]

    /// One sentence with the name and those there are.
    public var description: String { "There is no network “\(got)”, only \(expected)." }
  }
}

extension FormulaParameter: Decodable {
  /// Reads the table's row `[name, shape, scale, shift]`.
  ///
  /// - Parameter decoder: Stands at the row.
  /// - Throws: `DecodingError` when the row has another form.
  public init(from decoder: any Swift.Decoder) throws {
    var row = try decoder.unkeyedContainer()
    name = try row.decode(String.self)
    shape = try row.decode([Int].self)
    scale = try row.decode(Double.self)
    shift = try row.decode(Double.self)
  }
}

func fnv1a(_ text: String) -> UInt64 {
  text.utf8.reduce(0xcbf2_9ce4_8422_2325) { hash, byte in (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
}

func splitMix64(_ seed: UInt64) -> UInt64 {
  var x = seed &+ 0x9e37_79b9_7f4a_7c15
  x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
  x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
  return x ^ (x >> 31)
}
