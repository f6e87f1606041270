import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining

/// What a file holds, for a person or as JSON.
///
/// Files are recognized by their bytes, whatever they are called: what `TensorFile` reads, word vectors in every form,
/// photos. A folder, or a list of attributes in one, is taken for a data set. Numbers of tensors are not read.
package struct FileSummary: Sendable, Equatable, Encodable {
  /// A tensor's name, shape and type.
  package struct Tensor: Sendable, Equatable, Encodable {
    /// The name.
    package let name: String
    /// The lengths of its dimensions.
    package let shape: [Int]
    /// What safetensors calls the type of its numbers.
    package let type: String
  }

  /// Vectors of words.
  package struct Words: Sendable, Equatable, Encodable {
    /// How many there are.
    package let count: Int
    /// How many numbers each has.
    package let dimension: Int
    /// The first few.
    package let first: [String]
  }

  /// Images of a data set.
  package struct Images: Sendable, Equatable, Encodable {
    /// How many there are.
    package let count: Int
    /// How many each split has, by its name.
    package let splits: [String: Int]
    /// How many people they show, where a list says so.
    package let people: Int?
    /// The share of the images that have an attribute, by its name.
    package let attributes: [String: Double]
  }

  /// A photo's size in pixels, upright.
  package struct Photo: Sendable, Equatable, Encodable {
    /// The columns.
    package let width: Int
    /// The rows.
    package let height: Int
  }

  /// The path.
  package let file: String
  /// What the file was recognized as.
  package let format: String
  /// The file's own key-value pairs.
  package private(set) var metadata: [String: String]?
  /// The tensors in the order of the file.
  package private(set) var tensors: [Tensor]?
  /// How many numbers all tensors have together.
  package private(set) var numbers: Int?
  /// The word vectors it holds.
  package private(set) var words: Words?
  /// The images of a data set.
  package private(set) var images: Images?
  /// The photo that it is.
  package private(set) var photo: Photo?

  private enum CodingKeys: String, CodingKey {
    // What the first release wrote.
    case file, format, metadata, tensors, numbers, words, images = "pictures", photo
  }

  /// Reads what a file holds.
  ///
  /// - Throws: `FileError`, `TensorFileError.formatUnknown`, and the error of the format that the file is recognized as.
  package init(contentsOf url: URL) throws {
    file = url.path
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      (format, images) = ("data set", Images(try ImageDataset(contentsOf: url)))
    } else if let folder = Self.folder(ofList: url) {
      (format, images) = ("lists of a data set", Images(try ImageDataset(contentsOf: folder)))
    } else if let image = try Self.image(at: url) {
      // A PNG begins with 0x89, a JPEG with 0xFF.
      let first = try FileHandle(forReadingFrom: url).read(upToCount: 1)?.first
      (format, photo) = (first == 0x89 ? "PNG" : "JPEG", Photo(width: image.width, height: image.height))
    } else if let tensorFile = try Self.tensorFile(at: url) {
      format = tensorFile.format.rawValue
      if !tensorFile.metadata.isEmpty { metadata = tensorFile.metadata }
      tensors = tensorFile.names.map { name in
        Tensor(
          name: name, shape: tensorFile.shape(of: name) ?? [],
          type: tensorFile.typeName(of: name) ?? "")
      }
      numbers = tensors?.reduce(0) { $0 + $1.shape.reduce(1, *) }
    } else {
      let vectors = try Self.wordVectors(at: url)
      format = "word vectors"
      words = Words(
        count: vectors.words.count, dimension: vectors.dimension, first: Array(vectors.words.prefix(5)))
    }
  }

  /// The folder of a data set, when the file is one of its lists.
  private static func folder(ofList url: URL) -> URL? {
    let folder = url.deletingLastPathComponent()
    let isList = ImageDataset.lists(in: folder).contains { $0.lastPathComponent == url.lastPathComponent }
    return isList ? folder : nil
  }

  private static func image(at url: URL) throws -> Image? {
    do {
      return try Image(contentsOf: url)
    } catch ImageError.notAnImage {
      return nil
    }
  }

  private static func wordVectors(at url: URL) throws -> WordVectors {
    do {
      return try WordVectors(contentsOf: url)
    } catch WordVectorsError.wrongValueCount(_, _, _, 1, 0), WordVectorsError.empty {
      // A beginning without any number is no sign of word vectors.
      throw TensorFileError.formatUnknown(file: url.path)
    }
  }

  private static func tensorFile(at url: URL) throws -> TensorFile? {
    do {
      return try TensorFile(contentsOf: url)
    } catch TensorFileError.formatUnknown, TensorFileError.formatUnsupported {
      // Word vectors may be compressed, and their reader names what else is foreign.
      return nil
    }
  }
}

extension FileSummary.Images {
  fileprivate init(_ dataset: ImageDataset) {
    count = dataset.images.count
    splits = Dictionary(dataset.images.map { ($0.split.rawValue, 1) }, uniquingKeysWith: +)
    let identities = Set(dataset.images.compactMap(\.identity))
    people = identities.isEmpty ? nil : identities.count
    let labels = dataset.images.compactMap(\.attributes)
    attributes = Dictionary(
      dataset.attributeNames.enumerated().map { index, name in
        (name, Double(labels.count { $0[index] }) / Double(max(labels.count, 1)))
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension FileSummary: CustomStringConvertible {
  /// Some lines for a person.
  package var description: String {
    var lines = ["\(file): \(format)"]
    if let photo { lines.append("\(photo.width)×\(photo.height) pixels") }
    if let words {
      let first = words.first.map { "“\($0)”" }.joined(separator: ", ")
      lines.append("\(words.count, "word") of \(words.dimension, "number"), the first \(first)")
    }
    if let images {
      let splits = images.splits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      let people = images.people.map { ", \($0) people" } ?? ""
      lines.append("\(images.count, "image") (\(splits.joined(separator: ", ")))\(people)")
      for (name, share) in images.attributes.sorted(by: { $0.key < $1.key }) {
        lines.append("  \(name): \(String(format: "%.1f", 100 * share)) %")
      }
    }
    for (key, value) in (metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      // A model's words are a line each.
      let short = value.prefix(Self.longestValue).replacing("\n", with: " ")
      lines.append("  \(key) = \(short)\(value.count > Self.longestValue ? " …" : "")")
    }
    if let tensors, let numbers {
      lines.append("\(tensors.count, "tensor"), \(numbers, "number")")
      for tensor in tensors {
        let lengths = tensor.shape.map { "\($0)" }.joined(separator: "×")
        let shape = lengths.isEmpty ? "one number" : lengths
        lines.append("  \(tensor.name.isEmpty ? "(no name)" : tensor.name)  \(tensor.type)  \(shape)")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static let longestValue = 100
}
