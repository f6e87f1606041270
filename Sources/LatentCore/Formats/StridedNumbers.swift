/// Where a tensor lies in the file: element (i, j, …) is number start + i·stride₀ + j·stride₁ + … of its storage.
struct StridedNumbers: Sendable {
  let type: NumberType
  /// Whether the bytes of each number lie in the other order than the host's.
  let isBigEndian: Bool
  /// Whether the tensor's numbers are those of the storage with the other sign.
  let isNegated: Bool
  let shape: [Int]
  let strides: [Int]
  let start: Int
  /// In bytes from the beginning of the file, or of what is inflated from it.
  let storage: Range<Int>

  /// Describes numbers at any strides.
  init(
    type: NumberType, isBigEndian: Bool = false, isNegated: Bool = false, shape: [Int], strides: [Int],
    start: Int, storage: Range<Int>
  ) {
    (self.type, self.isBigEndian, self.isNegated) = (type, isBigEndian, isNegated)
    (self.shape, self.strides, self.start, self.storage) = (shape, strides, start, storage)
  }

  /// Describes numbers in row-major order that fill their storage.
  init(type: NumberType, isBigEndian: Bool = false, shape: [Int], storage: Range<Int>) {
    var strides = [Int](repeating: 1, count: shape.count)
    // An empty tensor may claim any lengths beside its zero; they are not multiplied.
    if !shape.contains(0) {
      for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
    }
    self.init(
      type: type, isBigEndian: isBigEndian, shape: shape, strides: strides, start: 0, storage: storage)
  }

  /// The same numbers with the order of the dimensions reversed.
  var transposed: StridedNumbers {
    StridedNumbers(
      type: type, isBigEndian: isBigEndian, shape: shape.reversed(), strides: strides.reversed(),
      start: start,
      storage: storage)
  }

  /// The same numbers of a storage that lies at `place`.
  func placed(at place: Range<Int>) -> StridedNumbers {
    StridedNumbers(
      type: type, isBigEndian: isBigEndian, isNegated: isNegated, shape: shape, strides: strides,
      start: start,
      storage: place)
  }

  /// Reads the tensor from the bytes of the file.
  func tensor(in file: UnsafeRawBufferPointer) -> Tensor {
    let bytes = UnsafeRawBufferPointer(rebasing: file[storage])
    return Tensor(unsafeUninitialized: shape) { out in
      switch type {
      case .float64: convert(bytes, out, from: Double.self) { Float($0) }
      case .float32: convert(bytes, out, from: Float.self) { $0 }
      case .float16: gather(bytes, out, of: UInt16.self) { Kernels.HalfPrecision.widen($0, into: $1) }
      case .bfloat16: convert(bytes, out, from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
      case .int64: convert(bytes, out, from: Int64.self) { Float($0) }
      case .int32: convert(bytes, out, from: Int32.self) { Float($0) }
      case .int16: convert(bytes, out, from: Int16.self) { Float($0) }
      case .int8: convert(bytes, out, from: Int8.self) { Float($0) }
      case .uint64: convert(bytes, out, from: UInt64.self) { Float($0) }
      case .uint32: convert(bytes, out, from: UInt32.self) { Float($0) }
      case .uint16: convert(bytes, out, from: UInt16.self) { Float($0) }
      case .uint8: convert(bytes, out, from: UInt8.self) { Float($0) }
      case .bool: convert(bytes, out, from: UInt8.self) { $0 == 0 ? 0 : 1 }
      }
      if isNegated { for i in out.indices { out[i].negate() } }
    }
  }

  private func convert<Stored: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ out: UnsafeMutableBufferPointer<Float>, from type: Stored.Type,
    _ conversion: (Stored) -> Float
  ) {
    gather(bytes, out, of: type) { block, out in
      for i in block.indices { out.initializeElement(at: i, to: conversion(block[i])) }
    }
  }

  /// Calls `conversion` with one block of elements after the other, in row-major order, and the room for them.
  ///
  /// The format does not align numbers; the blocks are aligned, and small enough to stay in the cache.
  private func gather<Stored: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ out: UnsafeMutableBufferPointer<Float>, of type: Stored.Type,
    _ conversion: (UnsafeBufferPointer<Stored>, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    guard !out.isEmpty else { return }
    var outer = mergedDimensions
    let inner = outer.removeLast()
    let width = MemoryLayout<Stored>.size
    withUnsafeTemporaryAllocation(of: type, capacity: min(inner.length, Self.block)) { block in
      var indices = [Int](repeating: 0, count: outer.count)
      var (origin, written) = (start, 0)
      while written < out.count {
        for first in stride(from: 0, to: inner.length, by: Self.block) {
          let part = UnsafeMutableBufferPointer(
            rebasing: block[..<min(Self.block, inner.length - first)])
          let offset = (origin + first * inner.stride) * width
          if inner.stride == 1 {
            UnsafeMutableRawBufferPointer(part).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + part.count * width]))
          } else {
            for i in part.indices {
              part.initializeElement(
                at: i,
                to: bytes.loadUnaligned(fromByteOffset: offset + i * inner.stride * width, as: type))
            }
          }
          if isBigEndian { Self.reverse(UnsafeMutableRawBufferPointer(part), width: width) }
          conversion(
            UnsafeBufferPointer(part),
            UnsafeMutableBufferPointer(rebasing: out[written..<written + part.count]))
          written += part.count
        }
        for (dimension, (length, stride)) in outer.enumerated().reversed() {
          indices[dimension] += 1
          origin += stride
          if indices[dimension] < length { break }
          indices[dimension] = 0
          origin -= length * stride
        }
      }
    }
  }

  /// Reverses the bytes of each number.
  private static func reverse(_ numbers: UnsafeMutableRawBufferPointer, width: Int) {
    for start in stride(from: 0, to: numbers.count, by: width) {
      numbers[start..<start + width].reverse()
    }
  }

  /// The dimensions of a tensor that is not empty, those joined that are one run of the storage.
  ///
  /// A contiguous tensor has one, with stride 1. The stride of a dimension of length 1 means nothing and may be any
  /// number.
  private var mergedDimensions: [(length: Int, stride: Int)] {
    var merged: [(length: Int, stride: Int)] = []
    for (length, stride) in zip(shape, strides) where length != 1 {
      if let last = merged.last, last.stride == length * stride {
        merged[merged.count - 1] = (last.length * length, stride)
      } else {
        merged.append((length, stride))
      }
    }
    return merged.isEmpty ? [(1, 1)] : merged
  }

  /// How many numbers are converted at a time: few enough to stay in the cache.
  static let block = 16384
}
