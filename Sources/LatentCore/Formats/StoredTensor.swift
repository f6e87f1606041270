/// A tensor to be written, and how its numbers are to be stored.
public struct StoredTensor: Sendable {
  package let name: String
  package let tensor: Tensor
  package let type: NumberType

  /// Says how a tensor is written.
  ///
  /// Integers hold only whole numbers within their range, a boolean 0 and 1; half precision and bfloat16 round to the
  /// nearest, the even one if there are two.
  public init(_ name: String, _ tensor: Tensor, as type: NumberType = .float32) {
    (self.name, self.tensor, self.type) = (name, tensor, type)
  }

  /// The size of the numbers in bytes.
  var size: Int { tensor.count * type.width }

  /// Makes sure that the type holds every number.
  ///
  /// Nothing is written of a file in which something does not fit.
  func check(for file: String) throws(TensorFileError) {
    let misfit = tensor.withElements { elements in elements.first { !type.holds($0) } }
    if let misfit {
      throw .numberUnstorable(file: file, tensor: name, expected: type, got: misfit)
    }
  }

  /// Lends the bytes of the numbers, one block after the other.
  func write(_ write: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) {
    // `withElements` forgets the type of what its body throws; a result keeps it.
    try tensor.withElements { elements in
      Result { () throws(FileError) in
        if type == .float32 { return try write(UnsafeRawBufferPointer(elements)) }
        for start in stride(from: 0, to: elements.count, by: StridedNumbers.block) {
          let end = min(start + StridedNumbers.block, elements.count)
          try type.write(UnsafeBufferPointer(rebasing: elements[start..<end]), write)
        }
      }
    }.get()
  }
}

extension NumberType {
  /// Whether a number can be stored, at most rounded to one as long as it is finite.
  fileprivate func holds(_ number: Float) -> Bool {
    switch self {
    case .float64, .float32: true
    case .float16: !number.isFinite || number.magnitude < Kernels.HalfPrecision.overflow
    case .bfloat16: !number.isFinite || Float(bitPattern: UInt32(Self.bfloat16(number)) << 16).isFinite
    case .int64: Int64(exactly: number) != nil
    case .int32: Int32(exactly: number) != nil
    case .int16: Int16(exactly: number) != nil
    case .int8: Int8(exactly: number) != nil
    case .uint64: UInt64(exactly: number) != nil
    case .uint32: UInt32(exactly: number) != nil
    case .uint16: UInt16(exactly: number) != nil
    case .uint8: UInt8(exactly: number) != nil
    case .bool: number == 0 || number == 1
    }
  }

  /// The upper half of a single, rounded to the nearest, the even one if there are two.
  private static func bfloat16(_ number: Float) -> UInt16 {
    let bits = number.bitPattern
    // Rounding could carry the few low bits that a NaN may consist of alone into an infinity.
    if number.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }

  /// Lends the bytes of a block of numbers, each of which the type holds.
  fileprivate func write(
    _ numbers: UnsafeBufferPointer<Float>, _ write: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    func converted<Stored: BitwiseCopyable>(_ convert: (Float) -> Stored) throws(FileError) {
      try numbers.map(convert).withRawBytes(write)
    }
    switch self {
    case .float64: try converted { Double($0) }
    case .float32: try write(UnsafeRawBufferPointer(numbers))
    case .float16:
      let half = [UInt16](unsafeUninitializedCapacity: numbers.count) { buffer, count in
        Kernels.HalfPrecision.round(
          numbers, into: UnsafeMutableBufferPointer(rebasing: buffer[..<numbers.count]))
        count = numbers.count
      }
      try half.withRawBytes(write)
    case .bfloat16: try converted { Self.bfloat16($0) }
    case .int64: try converted { Int64($0) }
    case .int32: try converted { Int32($0) }
    case .int16: try converted { Int16($0) }
    case .int8: try converted { Int8($0) }
    case .uint64: try converted { UInt64($0) }
    case .uint32: try converted { UInt32($0) }
    case .uint16: try converted { UInt16($0) }
    case .uint8, .bool: try converted { UInt8($0) }
    }
  }
}
