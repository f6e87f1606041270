import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// Something that reads bytes from strangers, as programs call it.
struct Target: Sendable {
  let run: @Sendable (Data) throws -> Void

  /// Reads bytes in memory.
  init(_ run: @escaping @Sendable (Data) throws -> Void) { self.run = run }

  /// Reads a file of the given name.
  init(file name: String, _ run: @escaping @Sendable (URL) throws -> Void) {
    self.run = { data in
      let url = folder.appendingPathComponent(name)
      try data.overwrite(url)
      try run(url)
    }
  }

  /// Reads a folder of files, whose contents the input holds one after the other, separated by bytes of 0.
  init(folder names: [String], _ run: @escaping @Sendable (URL) throws -> Void) {
    self.run = { data in
      let parts = data.split(separator: 0, maxSplits: names.count - 1, omittingEmptySubsequences: false)
      for (index, name) in names.enumerated() {
        let url = folder.appendingPathComponent(name)
        if parts.indices.contains(index) { try parts[index].overwrite(url) } else { unlink(url.path) }
      }
      try run(folder)
    }
  }

  static let all: [String: Target] = [
    // The format is told by the first bytes; one target for each keeps their inputs apart.
    "safetensors": Target(file: "file", readTensors),
    "torch": Target(file: "file", readTensors),
    "npy": Target(file: "file", readTensors),
    "npz": Target(file: "file", readTensors),
    "index": Target(folder: ["model.safetensors.index.json", "a.safetensors"]) { folder in
      try readTensors(folder.appendingPathComponent("model.safetensors.index.json"))
    },
    "words": Target(file: "words", readWords),
    "word2vec": Target(file: "words", readWords),
    "word-image": Target(file: "words", readWords),
    "lists": Target(
      folder: ["list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt"]
    ) { folder in
      _ = try ImageDataset(contentsOf: folder).images(in: .tuning)
    },
    "tables": Target(
      folder: ["list_attr_celeba.csv", "list_eval_partition.csv", "identity_CelebA.csv"]
    ) { folder in
      _ = try ImageDataset(contentsOf: folder).images(in: .tuning)
    },
    // The images that a table of one's own names have to be there; their contents are not looked at.
    "own-table": Target(folder: ["attributes.csv", "1.jpg", "2.png"]) { folder in
      _ = try ImageDataset(contentsOf: folder).images(in: .validation)
    },
    "png": Target { data in try checkImage(data.withPNGChecksums()) },
    "jpeg": Target { data in try checkImage(data) },
    // A marker says its length, which counts itself, in two bytes.
    "exif": Target { data in
      let block = Data("Exif\0\0".utf8) + data.prefix(65_000)
      let length = UInt16(block.count + 2)
      let marker = Data([0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)])
      try checkImage(carrier.prefix(2) + marker + block + carrier.dropFirst(2))
    },
    "model": Target(file: "model.safetensors") { url in
      let editor = try Editor(contentsOf: url, threads: 1)
      _ = try editor.projector.direction(for: "smiling")
    },
    "scorer": Target(file: "scorer.safetensors") { url in
      let scorer = try AttributeScorer(contentsOf: url, threads: 1)
      precondition(scorer.score(gray).count == scorer.attributeNames.count)
    },
    "faces": Target(file: "pnet.pt") { url in
      _ = try FaceDetector(contentsOf: url.deletingLastPathComponent(), threads: 1)
    },
    "stylegan2": Target(file: "generator.safetensors") { url in
      let generator = try StyleGAN2Generator<WPlusSpace>(contentsOf: url, threads: 1)
      precondition(generator.styleLayers.last?.range.upperBound == generator.in(StyleSpace.self).latentSize)
    },
    "clip": Target(file: "clip.safetensors") { url in
      let clip = try CLIP(contentsOf: url, threads: 1)
      precondition(clip.features(of: [gray]).shape == [1, clip.featureSize])
    },
    "merges": Target(file: "merges.txt") { url in
      let tokenizer = try CLIPTokenizer(contentsOf: url)
      let tokens = try tokenizer.tokens(of: ["a smiling face's 12 é &amp;"])[0]
      precondition(tokens.allSatisfy { $0 < tokenizer.vocabularySize })
    },
    "mapper": Target(file: "mapper.safetensors") { url in
      let mapper = try LatentMapper<ZSpace>(contentsOf: url, threads: 1)
      precondition(mapper.latentSize > 0)
    },
    // A vocabulary is a list, or else a file of huggingface/tokenizers.
    "sentences": Target(
      folder: ["config.json", "tokenizer_config.json", "modules.json", "vocab.txt", "model.safetensors"],
      readSentenceEncoder),
    "tokenizer": Target(
      folder: ["config.json", "sentence_bert_config.json", "tokenizer.json", "model.safetensors"],
      readSentenceEncoder),
    "sentence-file": Target(file: "sentences.safetensors", readSentenceEncoder),
    "joint": Target(file: "joint.safetensors") { url in
      let model = try JointModel(contentsOf: url, texts: TwoNumbers(), threads: 1)
      precondition(model.features(of: [gray]).shape == [1, model.featureSize])
      let features = try model.features(ofTexts: ["a smile, no hat"])
      precondition(features.shape == [1, model.featureSize])
    },
    "dcgan": Target(file: "generator.pth") { url in
      let model = try Model(importing: url)
      let generator = try ConvolutionalGenerator(model, threads: 1)
      precondition(generator.latentSize > 0)
    },
    "directions": Target(file: "direction") { url in
      let file = try TensorFile(contentsOf: url)
      guard file.names.allSatisfy({ isSmall(file.shape(of: $0) ?? []) }) else { return }
      for component in [nil, 0, 1] {
        let direction = try? Direction<ZSpace>(contentsOf: url, size: 6, component: component)
        precondition(direction?.values.count ?? 6 == 6)
      }
      _ = try Latent<ZSpace>.codes(contentsOf: url, size: 6)
    },
    "report": Target { data in _ = try EvaluationReport(jsonData: data).jsonData() },
  ]
}

/// Whether a tensor is of few numbers, which a few bytes that ask for many by strides of 0 are not.
private func isSmall(_ shape: [Int]) -> Bool { shape.contains(0) || shape.reduce(1, *) < 1 << 16 }

/// Reads all tensors of a file, except such as a few bytes may ask for by strides of 0 or by inflation.
private func readTensors(_ url: URL) throws {
  let file = try TensorFile(contentsOf: url)
  for name in file.names {
    guard let shape = file.shape(of: name) else { preconditionFailure("“\(name)” has no shape.") }
    guard file.numberType(of: name) != nil, isSmall(shape) else { continue }
    let tensor = try file.tensor(name)
    precondition(tensor.shape == shape, "A tensor of \(shape) was read as one of \(tensor.shape).")
  }
  _ = try file.tensor("weight", shape: [2, 3])
}

/// Reads and looks up all words, and those of the library's own form of them.
private func readWords(_ url: URL) throws {
  let vectors = try WordVectors(contentsOf: url, threads: 1)
  try look(in: vectors)
  let image = url.appendingPathExtension("image")
  try vectors.write(to: image)
  try look(in: WordVectors(contentsOf: image))
  _ = vectors["smiling"]
}

/// Opens an encoder, and reads texts with it.
private func readSentenceEncoder(_ url: URL) throws {
  let encoder = try SentenceEncoder(contentsOf: url, threads: 1)
  let texts = ["a Smiling face's 12 é 中", "", "[CLS]"]
  precondition(encoder.features(ofTexts: texts).shape == [texts.count, encoder.featureSize])
}

/// Features of two numbers for any text.
private struct TwoNumbers: TextModel {
  let featureSize = 2

  func features(ofTexts texts: [String]) -> Tensor {
    Tensor(shape: [texts.count, featureSize], elements: texts.flatMap { [Float($0.utf8.count), 1] })
  }
}

private func look(in vectors: WordVectors) throws {
  for word in vectors.words.prefix(1000) {
    if let vector = vectors[word] {
      precondition(vector.count == vectors.dimension, "“\(word)” has \(vector.count) numbers.")
    }
  }
  _ = vectors.nearest(to: [Float](repeating: 1, count: vectors.dimension), count: 3)
}

/// Decodes an image and encodes what was decoded, metadata included.
///
/// Files that announce more are refused by a limit that programs set, too; decoding them would only be slow.
private func checkImage(_ data: Data) throws {
  let image = try Image(data: data, maximumPixels: 1 << 16)
  let again = try Image(data: image.pngData())
  precondition(again == image, "An image changed when it was written and read as PNG.")
}

private let gray = Image(width: 8, height: 8, pixels: [UInt8](repeating: 128, count: 8 * 8 * 3))

/// The JPEG file whose Exif block is fuzzed; an array, since the leak checker does not see what a global Data holds.
private let carrier: [UInt8] = {
  do { return try Array(gray.jpegData()) } catch { fatalError("\(error)") }
}()

/// A folder of this process alone, as the fuzzer may run several; `fuzz.sh` puts it into memory.
private let folder: URL = {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(getpid())", isDirectory: true)
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch { fatalError("\(error)") }
  return url
}()

extension Data {
  /// Writes without a temporary file beside, which would be most of the time of an execution.
  fileprivate func overwrite(_ url: URL) throws {
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    let written = withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    precondition(written == count, "\(written) of \(count) bytes were written.")
  }

  /// The same chunks with the checksums that they should have, which a fuzzer does not guess.
  fileprivate func withPNGChecksums() -> Data {
    var bytes = [UInt8](self)
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { break }
      let checksum = bytes[start + 4..<end].reduce(~UInt32(0)) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
      }
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: ~checksum >> (24 - 8 * index)) }
      start = end + 4
    }
    return Data(bytes)
  }
}
