import CZlib
import Foundation

/// Why compressed bytes could not be inflated; offsets count bytes of the compressed input.
package enum InflationError: Error, Equatable, Sendable {
  /// The bytes before `offset` are not what the format allows there.
  case damaged(offset: Int, reason: String)
  /// The input ends at `offset`, before its stream does.
  case truncated(offset: Int)
}

extension InflationError {
  /// Where in the compressed input it was found.
  package var offset: Int {
    switch self {
    case .damaged(let offset, _), .truncated(let offset): offset
    }
  }

  /// What is wrong there, as the end of a sentence.
  package var reason: String {
    switch self {
    case .damaged(_, let reason): reason
    case .truncated: "more is expected, and the end is found"
    }
  }
}

/// Inflates a stream piece by piece.
///
/// It remembers how far it has read, and every call is given the same input.
package final class Inflater {
  /// What surrounds the deflated bytes.
  package enum Format: Sendable {
    /// Nothing, as in a member of a zip archive.
    case deflate
    /// The header and checksum of zlib's own format (RFC 1950), as in a PNG file.
    case zlib
    /// The header and checksum of gzip; members one after the other are inflated as one, and zeros may follow.
    case gzip
  }

  /// How many bytes of the input have been used.
  package private(set) var inputOffset = 0
  /// Whether the stream has ended.
  package private(set) var isFinished = false
  private let format: Format
  // zlib keeps a pointer to its stream, which therefore must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Begins a stream.
  package init(_ format: Format) {
    self.format = format
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // A negative window size asks for a bare stream, 16 more than the size for gzip.
    let status = inflateInit2_(stream, format.window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has status 0 at the start of a stream, not \(status).")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Fills `output` with what comes next; less than it holds only where the stream ends.
  ///
  /// - Parameters:
  ///   - output: Where the inflated bytes go.
  ///   - input: The whole input, the same in every call.
  /// - Returns: How many bytes came out.
  /// - Throws: ``InflationError`` when the input is damaged or cut off.
  package func fill(
    _ output: UnsafeMutableRawBufferPointer, from input: UnsafeRawBufferPointer
  ) throws(InflationError) -> Int {
    var filled = 0
    while filled < output.count, !isFinished {
      let remainingInput = UnsafeRawBufferPointer(rebasing: input[inputOffset...])
      let remainingOutput = UnsafeMutableRawBufferPointer(rebasing: output[filled...])
      let offered = min(remainingInput.count, Self.largestStep)
      let room = min(remainingOutput.count, Self.largestStep)
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: remainingInput.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(offered)
      stream.pointee.next_out = remainingOutput.bindMemory(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(room)
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      let used = offered - Int(stream.pointee.avail_in)
      let made = room - Int(stream.pointee.avail_out)
      inputOffset += used
      filled += made
      switch status {
      case Z_STREAM_END: try endMember(input)
      case Z_OK where used > 0 || made > 0: break
      case Z_OK, Z_BUF_ERROR: throw .truncated(offset: inputOffset)
      default: throw .damaged(offset: inputOffset, reason: reason(status))
      }
    }
    return filled
  }

  /// Goes on with the next member of a gzip file; zeros that fill up a block of a tape are none.
  private func endMember(_ input: UnsafeRawBufferPointer) throws(InflationError) {
    let rest = input[inputOffset...]
    if format != .gzip || rest.allSatisfy({ $0 == 0 }) {
      isFinished = true
      return
    }
    guard rest.starts(with: Self.gzipMagic) else {
      throw .damaged(offset: inputOffset, reason: "another gzip member or the end is expected")
    }
    let status = inflateReset(stream)
    precondition(status == Z_OK, "zlib has status 0 after a reset, not \(status).")
  }

  private func reason(_ status: Int32) -> String {
    if let message = stream.pointee.msg { return String(cString: message) }
    return status == Z_NEED_DICT ? "it asks for a dictionary" : "zlib gives status \(status)"
  }

  /// The first bytes of every gzip member.
  package static let gzipMagic: [UInt8] = [0x1F, 0x8B]
  /// zlib counts in 32 bits.
  fileprivate static let largestStep = 1 << 30
}

extension Inflater.Format {
  /// The size of the window, as zlib says with it what surrounds the stream.
  fileprivate var window: Int32 {
    switch self {
    case .deflate: -MAX_WBITS
    case .zlib: MAX_WBITS
    case .gzip: MAX_WBITS + 16
    }
  }
}

/// Compression of whole blocks in memory, as members of zip archives and chunks of PNG files need it.
package enum Deflation {
  /// Deflates `input` into one stream.
  package static func deflated(
    _ input: UnsafeRawBufferPointer, as format: Inflater.Format = .deflate
  ) -> Data {
    // zlib keeps a pointer to its stream, which therefore must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    var status = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, format.window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has status 0 at the start of a stream, not \(status).")
    defer {
      deflateEnd(stream)
      stream.deallocate()
    }
    var result = Data()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var offset = 0
    while status != Z_STREAM_END {
      let offered = min(input.count - offset, Inflater.largestStep)
      let isLast = offset + offered == input.count
      let rest = UnsafeRawBufferPointer(rebasing: input[offset...]).bindMemory(to: UInt8.self)
      let made = block.withUnsafeMutableBufferPointer { block in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
        stream.pointee.avail_in = UInt32(offered)
        stream.pointee.next_out = block.baseAddress
        stream.pointee.avail_out = UInt32(block.count)
        status = CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
        return block.count - Int(stream.pointee.avail_out)
      }
      offset += offered - Int(stream.pointee.avail_in)
      result.append(contentsOf: block[..<made])
    }
    return result
  }

  /// The checksum of zip archives and PNG's chunks: CRC-32 with the polynomial 0xEDB88320.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
  }
}
