import Foundation

extension SafeTensorsHeader {
  /// The header of a file of tensors in the order given: its length and its JSON, padded to a multiple of 8 bytes.
  static func encoded(_ tensors: [StoredTensor], metadata: [String: String]) throws -> Data {
    var stored = Stored(metadata: metadata.isEmpty ? nil : metadata, tensors: [:])
    var position = 0
    for tensor in tensors {
      precondition(
        tensor.name != Stored.metadataName, "No tensor can be called “\(tensor.name)”.")
      let end = position + tensor.size
      let previous = stored.tensors.updateValue(
        Tensor(
          dtype: tensor.type.rawValue, shape: tensor.tensor.shape, dataOffsets: [position, end]),
        forKey: tensor.name)
      precondition(previous == nil, "Two tensors are called “\(tensor.name)”.")
      position = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = try encoder.encode(stored)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -text.count & 7))
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    return length + text
  }
}
