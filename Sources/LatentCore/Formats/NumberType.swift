/// How a tensor's numbers are stored.
///
/// The raw value is what safetensors calls the type.
public enum NumberType: String, Sendable, CaseIterable {
  /// IEEE double precision.
  case float64 = "F64"
  /// IEEE single precision.
  case float32 = "F32"
  /// IEEE half precision.
  case float16 = "F16"
  /// The upper half of single precision.
  case bfloat16 = "BF16"
  /// A signed integer of 64 bits.
  case int64 = "I64"
  /// A signed integer of 32 bits.
  case int32 = "I32"
  /// A signed integer of 16 bits.
  case int16 = "I16"
  /// A signed integer of 8 bits.
  case int8 = "I8"
  /// An unsigned integer of 64 bits.
  case uint64 = "U64"
  /// An unsigned integer of 32 bits.
  case uint32 = "U32"
  /// An unsigned integer of 16 bits.
  case uint16 = "U16"
  /// An unsigned integer of 8 bits.
  case uint8 = "U8"
  /// A byte that is 0 or 1.
  case bool = "BOOL"

  /// The size of one number in bytes.
  var width: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }

  /// The bytes of a tensor, or nil when a length is negative or the product overflows.
  static func size(of shape: [Int], width: Int) -> Int? {
    var size = 1
    for length in shape + [width] {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      size = product
    }
    return size
  }
}

/// How the numbers of a model are stored.
public enum StoragePrecision: Sendable, CaseIterable {
  /// 32 bits a number, exact.
  case single
  /// 16 bits a number, each rounded to the nearest half: a relative error of at most 2⁻¹¹ from 2⁻¹⁴ on.
  case half

  var type: NumberType {
    switch self {
    case .single: .float32
    case .half: .float16
    }
  }
}
