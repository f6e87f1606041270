import LatentArithmetic

/// A measured number, nil where it is not finite, since JSON has no other way to say so.
@propertyWrapper
public struct Finite: Codable, Hashable, Sendable {
  /// The number, never infinite or NaN.
  public var wrappedValue: Double? {
    get { value }
    set { value = newValue.flatMap { $0.isFinite ? $0 : nil } }
  }
  private var value: Double?

  /// Takes a number.
  public init(wrappedValue: Double?) {
    self.wrappedValue = wrappedValue
  }

  /// Reads a number or null.
  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Double.self))
  }

  /// Writes a number or null.
  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
