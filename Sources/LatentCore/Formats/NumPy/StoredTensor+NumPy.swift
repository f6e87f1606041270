import Foundation

extension StoredTensor {
  /// The header of the array, padded so that the numbers begin at a multiple of 64 bytes, as NumPy does.
  func numPyHeader(for file: String) throws(TensorFileError) -> Data {
    guard let code = type.numPyCode else {
      throw .typeUnsupported(file: file, offset: 0, tensor: name, got: type.rawValue)
    }
    try check(for: file)
    let lengths = tensor.shape.map { "\($0)" }.joined(separator: ", ")
    let shape = tensor.shape.count == 1 ? "(\(lengths),)" : "(\(lengths))"
    var text = "{'descr': '\(code)', 'fortran_order': False, 'shape': \(shape), }"
    let prelude = 10
    text += String(repeating: " ", count: 63 - (prelude + text.utf8.count) % 64) + "\n"
    return Data(NumPyHeader.magic + [1, 0, UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)])
      + Data(text.utf8)
  }
}

extension NumberType {
  fileprivate var numPyCode: String? {
    switch self {
    case .float64: "<f8"
    case .float32: "<f4"
    case .float16: "<f2"
    case .bfloat16: nil
    case .int64: "<i8"
    case .int32: "<i4"
    case .int16: "<i2"
    case .int8: "|i1"
    case .uint64: "<u8"
    case .uint32: "<u4"
    case .uint16: "<u2"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  }
}
