import Foundation

extension TensorFile {
  /// Where the tensors of a published model are: the file at `url` itself, or the one that Hugging Face puts into a
  /// folder, an index, `model.safetensors` or `pytorch_model.bin`.
  package static func place(at url: URL) -> URL {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      return url
    }
    let model = url.appendingPathComponent("model.safetensors")
    return ["model.safetensors.index.json", "model.safetensors", "pytorch_model.bin"]
      .map { url.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) } ?? model
  }
}
