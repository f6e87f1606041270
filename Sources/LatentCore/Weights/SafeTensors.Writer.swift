import Foundation

/// How the numbers of a model are stored.
public enum StoragePrecision: Sendable, CaseIterable {
  /// 32 bits a number, exact.
  case single
  /// 16 bits a number, each rounded to the nearest half: a relative error of at most 2⁻¹¹ from 2⁻¹⁴ on.
  case half

  fileprivate var type: SafeTensors.DataType {
    switch self {
    case .single: .float32
    case .half: .float16
    }
  }
}

extension SafeTensors {
  /// Writes `tensors`, in the order given, and `metadata` to the file at `url`, which is replaced whole or not at all.
  ///
  /// The same arguments give the same bytes. The data begin at a multiple of 8 bytes. Throws ``FileError`` when the
  /// file cannot be written and ``SafeTensorsError/halfOverflow`` when a finite number would become infinite.
  ///
  /// - Precondition: Names are unique, and none is `__metadata__`.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], precision: StoragePrecision,
    to url: URL
  ) throws {
    if precision == .half {
      for (name, tensor) in tensors { try checkRange(tensor, name, file: url.absoluteURL.path) }
    }
    let header = try header(tensors, metadata: metadata, type: precision.type)
    try AtomicFile.write(to: url) { output throws(FileError) in
      try output.write(header)
      for (_, tensor) in tensors {
        // `withElements` forgets the type of what its body throws; a result keeps it.
        try tensor.withElements { elements in
          Result { () throws(FileError) in try write(elements, precision, to: output) }
        }.get()
      }
    }
  }

  private static func checkRange(_ tensor: Tensor, _ name: String, file: String) throws {
    let tooLarge = tensor.withElements {
      $0.first { $0.isFinite && $0.magnitude >= Kernels.HalfPrecision.overflow }
    }
    if let tooLarge {
      throw SafeTensorsError.halfOverflow(file: file, tensor: name, expected: 65504, got: tooLarge)
    }
  }

  private static func header(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], type: DataType
  ) throws -> Data {
    var stored = StoredHeader(metadata: metadata.isEmpty ? nil : metadata, tensors: [:])
    var position = 0
    for (name, tensor) in tensors {
      precondition(name != StoredHeader.metadataName, "No tensor can be called “\(name)”.")
      let end = position + tensor.count * type.width
      let previous = stored.tensors.updateValue(
        StoredTensor(dtype: type.rawValue, shape: tensor.shape, dataOffsets: [position, end]), forKey: name)
      precondition(previous == nil, "Two tensors are called “\(name)”.")
      position = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = try encoder.encode(stored)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -text.count & 7))
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    return length + text
  }

  private static func write(
    _ elements: UnsafeBufferPointer<Float>, _ precision: StoragePrecision, to output: AtomicFile.Output
  ) throws(FileError) {
    switch precision {
    case .single: try output.write(UnsafeRawBufferPointer(elements))
    case .half:
      for start in stride(from: 0, to: elements.count, by: StridedNumbers.block) {
        let part = UnsafeBufferPointer(
          rebasing: elements[start..<min(start + StridedNumbers.block, elements.count)])
        let half = [UInt16](unsafeUninitializedCapacity: part.count) { buffer, count in
          Kernels.HalfPrecision.round(part, into: UnsafeMutableBufferPointer(rebasing: buffer[..<part.count]))
          count = part.count
        }
        try half.withUnsafeBytes { bytes in
          Result { () throws(FileError) in try output.write(bytes) }
        }.get()
      }
    }
  }
}
