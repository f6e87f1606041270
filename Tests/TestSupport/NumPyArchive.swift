import CZlib
import Foundation

/// The arrays of a NumPy `.npz` file, for comparison with golden numbers.
///
/// Reads stored and deflated members, `.npy` versions 1 to 3, C order, and the types `<f2`, `<f4`, `<f8`, `|u1`,
/// `<i4` and `<i8`; everything else is refused.
public enum NumPyArchive {
  /// An array, converted to double precision.
  public typealias Array = (shape: [Int], values: [Double])

  /// What is wrong with an archive.
  public struct Malformed: Error, CustomStringConvertible {
    /// One sentence.
    public let description: String

    init(_ description: String) { self.description = description }
  }

  /// Returns the arrays of an archive.
  ///
  /// - Parameter url: The `.npz` file.
  /// - Returns: The arrays under their names, without `.npy`.
  /// - Throws: `Malformed`, or the system's error when the file cannot be read.
  public static func arrays(contentsOf url: URL) throws -> [String: Array] {
    var arrays: [String: Array] = [:]
    for (name, data) in try members(of: Swift.Array(Data(contentsOf: url))) where name.hasSuffix(".npy") {
      arrays[String(name.dropLast(4))] = try array(data, name)
    }
    return arrays
  }

  // MARK: - Zip

  private static func members(of file: [UInt8]) throws -> [(name: String, data: [UInt8])] {
    let endLength = 22
    let candidates = stride(
      from: file.count - endLength, through: max(file.count - endLength - 65535, 0), by: -1)
    guard let end = try candidates.first(where: { try integer(file, $0, UInt32.self) == 0x0605_4b50 }) else {
      throw Malformed("The file is not a zip archive: it has no end of the central directory.")
    }
    var position = try integer(file, end + 16, UInt32.self)
    return try (0..<integer(file, end + 10, UInt16.self)).map { _ in
      guard try integer(file, position, UInt32.self) == 0x0201_4b50 else {
        throw Malformed("The central directory has no entry at \(position).")
      }
      let nameLength = try integer(file, position + 28, UInt16.self)
      let name = String(decoding: try slice(file, position + 46, nameLength), as: UTF8.self)
      let data = try contents(of: file, entry: position, name)
      position +=
        46 + nameLength
        + (try integer(file, position + 30, UInt16.self)) + (try integer(file, position + 32, UInt16.self))
      return (name, data)
    }
  }

  private static func contents(of file: [UInt8], entry: Int, _ name: String) throws -> [UInt8] {
    let method = try integer(file, entry + 10, UInt16.self)
    let checksum = try integer(file, entry + 16, UInt32.self)
    let packedSize = try integer(file, entry + 20, UInt32.self)
    let size = try integer(file, entry + 24, UInt32.self)
    let local = try integer(file, entry + 42, UInt32.self)
    // The local header repeats the entry, with a name and an extra field of lengths of its own.
    let start =
      try local + 30 + integer(file, local + 26, UInt16.self) + integer(file, local + 28, UInt16.self)
    let packed = try slice(file, start, packedSize)
    let data: [UInt8]
    switch method {
    case 0: data = Swift.Array(packed)
    case 8: data = try inflated(Swift.Array(packed), size: size, name)
    default: throw Malformed("“\(name)” is packed by method \(method), not 0 or 8.")
    }
    let got = Int(crc32(0, data, UInt32(data.count)))
    guard data.count == size, got == checksum else {
      throw Malformed("“\(name)” has the checksum \(got), not \(checksum).")
    }
    return data
  }

  private static func inflated(_ packed: [UInt8], size: Int, _ name: String) throws -> [UInt8] {
    var packed = packed
    return try [UInt8](unsafeUninitializedCapacity: size) { output, count in
      let status = packed.withUnsafeMutableBufferPointer { input in
        var stream = z_stream()
        // A negative window size asks for a bare deflate stream, which zip members are.
        guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else {
          return Z_MEM_ERROR
        }
        defer { inflateEnd(&stream) }
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let status = inflate(&stream, Z_FINISH)
        count = output.count - Int(stream.avail_out)
        return status
      }
      guard status == Z_STREAM_END else { throw Malformed("“\(name)” cannot be inflated: status \(status).") }
    }
  }

  // MARK: - Array

  private static func array(_ file: [UInt8], _ name: String) throws -> Array {
    guard try slice(file, 0, 6).elementsEqual([0x93] + "NUMPY".utf8) else {
      throw Malformed("“\(name)” is not a NumPy array.")
    }
    // Version 1 gives the header's length in two bytes, versions 2 and 3 in four.
    let isFirst = try integer(file, 6, UInt8.self) == 1
    let start = isFirst ? 10 : 12
    let length = isFirst ? try integer(file, 8, UInt16.self) : try integer(file, 8, UInt32.self)
    let header = String(decoding: try slice(file, start, length), as: UTF8.self)
    guard header.contains("'fortran_order': False") else { throw Malformed("“\(name)” is not in C order.") }
    let shape = try between("'shape': (", ")", in: header).split(separator: ",").map { text in
      guard let length = Int(text.filter { $0 != " " }) else { throw Malformed("“\(name)” has no shape.") }
      return length
    }
    let values = try numbers(
      file[(start + length)...], of: try between("'descr': '", "'", in: header), count: shape.reduce(1, *),
      name)
    return (shape, values)
  }

  private static func numbers(
    _ bytes: ArraySlice<UInt8>, of type: String, count: Int, _ name: String
  ) throws -> [Double] {
    func convert<Stored: BitwiseCopyable>(_: Stored.Type, _ number: (Stored) -> Double) throws -> [Double] {
      let width = MemoryLayout<Stored>.size
      guard bytes.count == count * width else {
        throw Malformed("“\(name)” holds \(bytes.count) bytes, not \(count * width).")
      }
      return bytes.withUnsafeBytes { raw in
        (0..<count).map { number(raw.loadUnaligned(fromByteOffset: $0 * width, as: Stored.self)) }
      }
    }
    switch type {
    case "<f2": return try convert(UInt16.self) { Double(Float16(bitPattern: $0)) }
    case "<f4": return try convert(Float.self) { Double($0) }
    case "<f8": return try convert(Double.self) { $0 }
    case "|u1": return try convert(UInt8.self) { Double($0) }
    case "<i4": return try convert(Int32.self) { Double($0) }
    case "<i8": return try convert(Int64.self) { Double($0) }
    default: throw Malformed("“\(name)” is of the type “\(type)”, which is not one of those read.")
    }
  }

  // MARK: - Bytes and text

  private static func slice(_ bytes: [UInt8], _ start: Int, _ count: Int) throws -> ArraySlice<UInt8> {
    guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
      throw Malformed(
        "The archive is cut off: bytes \(start)..<\(start + count) of \(bytes.count) are asked for.")
    }
    return bytes[start..<start + count]
  }

  private static func integer<Stored: FixedWidthInteger>(
    _ bytes: [UInt8], _ start: Int, _: Stored.Type
  ) throws -> Int {
    try slice(bytes, start, MemoryLayout<Stored>.size).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func between(_ left: String, _ right: String, in text: String) throws -> String {
    guard let start = text.range(of: left)?.upperBound,
      let end = text[start...].range(of: right)?.lowerBound
    else { throw Malformed("The header “\(text)” has no \(left)…\(right).") }
    return String(text[start..<end])
  }
}
