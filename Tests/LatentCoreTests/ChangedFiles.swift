import Foundation
import LatentCore
import Testing

/// Cuts a file off at every length and changes bytes of it, opens each, and reads what it says it holds.
///
/// Whatever the bytes are, opening and reading either throws a typed error or gives tensors of the shapes it says.
func checkChangedFiles(_ original: Data, at url: URL, changes: Int = 2000, seed: UInt64) throws {
  try original.write(to: url)
  let output = try FileHandle(forWritingTo: url)
  var (opened, refused) = (0, 0)
  func check(_ bytes: Data) throws {
    // Data's own writing waits for the disk each time.
    try output.truncate(atOffset: 0)
    try output.write(contentsOf: bytes)
    do {
      let file = try TensorFile(contentsOf: url)
      let asDeclared = try file.names.allSatisfy { try file.tensor($0).shape == file.shape(of: $0) }
      if asDeclared { opened += 1 }
    } catch is TensorFileError {
      refused += 1
    }
  }

  try check(original)
  #expect(opened == 1)
  for count in 0..<original.count { try check(original.prefix(count)) }
  #expect(refused == original.count, "no proper prefix of a file is a file")

  var random = RandomStream(seed: seed, name: "changes")
  // Digits and signs of the formats' texts go where the lies can be.
  let likely = Array("0123456789-,:[](){}'\"\\eE. ".utf8)
  for _ in 0..<changes {
    var bytes = original
    for _ in 0...random.next() % 3 {
      let place = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 3 {
      case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
      case 1: bytes[place] = likely[Int(random.next() % UInt64(likely.count))]
      default: bytes[place] = UInt8(random.next() % 256)
      }
    }
    try check(bytes)
  }
  #expect(opened + refused == original.count + changes + 1)
  #expect(opened > 50 && refused > original.count + 50, "\(opened) opened, \(refused) refused")
}
