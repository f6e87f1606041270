import Foundation
import LatentCore

/// The lists beside images: CelebA's, each as published or comma-separated, or one table of one's own.
///
/// CelebA's are `list_attr_celeba`, `list_eval_partition` and `identity_CelebA`. As `.txt` the first begins with the
/// number of images and the names of the attributes, and its rows are a file name and 1 or −1 for each; the rows of the
/// others are a file name and a number. As `.csv` each begins with a header instead. `attributes.csv` lies among the
/// images, and may have columns `split` and `identity`. Beside either, `natural.txt` may name the training images whose
/// attributes are as frequent as among people, where others were chosen for what they show; a row is a file name.
struct ImageLists {
  /// A file whose fields are parted by commas, semicolons or blanks.
  struct List {
    let url: URL
    var name: String { url.lastPathComponent }
    var isTable: Bool { url.pathExtension == "csv" }
  }

  let attributes: List
  let splits: List?
  let identities: List?
  let naturals: List?
  private let folder: URL

  /// The name of a table of one's own.
  static let ownTable = "attributes.csv"
  private static let celebAFolder = "img_align_celeba"

  /// Finds the lists in a folder; nil where there are none of attributes.
  init?(in folder: URL) {
    func list(_ names: String...) -> List? {
      names.map { List(url: folder.appendingPathComponent($0)) }
        .first { FileManager.default.fileExists(atPath: $0.url.path) }
    }
    self.folder = folder
    naturals = list("natural.txt")
    if let attributes = list("list_attr_celeba.txt", "list_attr_celeba.csv") {
      self.attributes = attributes
      splits = list("list_eval_partition.txt", "list_eval_partition.csv")
      identities = list("identity_CelebA.txt", "identity_CelebA.csv")
    } else if let table = list(Self.ownTable) {
      (attributes, splits, identities) = (table, nil, nil)
    } else {
      return nil
    }
  }

  /// Whether splits and identities are columns among the attributes, and images lie beside the list.
  var isOwnTable: Bool { attributes.name == Self.ownTable }

  /// Where the images are.
  var imageFolder: URL {
    let outer = imageFolder(in: folder)
    // The archive of the comma-separated lists has the folder twice.
    let inner = outer.appendingPathComponent(Self.celebAFolder, isDirectory: true)
    return FileManager.default.fileExists(atPath: inner.path) ? inner : outer
  }

  /// Where the images go of a data set that is made with the same lists.
  func imageFolder(in folder: URL) -> URL {
    isOwnTable ? folder : folder.appendingPathComponent(Self.celebAFolder, isDirectory: true)
  }

  /// Reads all lists.
  ///
  /// - Throws: ``DatasetError/malformedList(file:line:byte:expected:got:)``, `FileError`.
  func read() throws -> (attributeNames: [String], images: [ImageDataset.Entry]) {
    var (names, images) = try attributes.isTable ? readAttributeTable() : readAttributeText()
    if let splits {
      let values = try readNumbers(of: splits, expected: "0, 1 or 2") { ImageDataset.Split(listedAs: $0) }
      for index in images.indices { images[index].split = values[images[index].fileName] ?? .train }
    }
    if let identities {
      let values = try readNumbers(of: identities, expected: "a number") { $0 }
      for index in images.indices { images[index].identity = values[images[index].fileName] }
    }
    if let naturals {
      let names = try readNames(of: naturals)
      for index in images.indices where images[index].split == .train {
        images[index].isNatural = names.contains(images[index].fileName)
      }
    }
    for index in images.indices where images[index].split == .train && isForTuning(images[index]) {
      images[index].split = .tuning
    }
    return (names, images)
  }

  /// Without its person's number an image goes by its name, which stays when a set is made of part of another.
  private func isForTuning(_ image: ImageDataset.Entry) -> Bool {
    if let identity = image.identity { return identity % 10 == 0 }
    var stream = RandomStream(seed: 0, name: (image.fileName as NSString).deletingPathExtension)
    return stream.index(below: 10) == 0
  }

  /// Writes lists of the same kinds and forms for some of the images, under other file names.
  func write(
    to folder: URL, attributeNames: [String], images: [(image: ImageDataset.Entry, fileName: String)]
  ) throws {
    func write(_ list: List, header: [String], _ rows: [[String]]) throws {
      let lines = ((list.isTable ? [header] : []) + rows).map { row in
        row.map { list.isTable ? $0.asTableField : $0 }.joined(separator: list.isTable ? "," : " ") + "\n"
      }
      try AtomicFile.write(Data(lines.joined().utf8), to: folder.appendingPathComponent(list.name))
    }
    func flags(_ image: ImageDataset.Entry) -> [String] {
      attributeNames.indices.map { image.attributes?[$0] == true ? "1" : "-1" }
    }
    if let naturals {
      try write(naturals, header: [], images.filter(\.image.isNatural).map { [$0.fileName] })
    }
    if isOwnTable {
      let people = images.contains { $0.image.identity != nil } ? [Self.identityColumn] : []
      return try write(
        attributes, header: ["file", Self.splitColumn] + people + attributeNames,
        images.map { image, fileName in
          [fileName, image.split.name] + people.map { _ in image.identity.map { "\($0)" } ?? "" }
            + flags(image)
        })
    }
    try write(
      attributes, header: ["image_id"] + attributeNames,
      (attributes.isTable ? [] : [["\(images.count)"], attributeNames])
        + images.map { [$0.fileName] + flags($0.image) })
    if let splits {
      try write(
        splits, header: ["image_id", "partition"],
        images.map { [$0.fileName, "\($0.image.split.listed)"] })
    }
    if let identities {
      try write(
        identities, header: ["image_id", Self.identityColumn],
        images.compactMap { entry in entry.image.identity.map { [entry.fileName, "\($0)"] } })
    }
  }
}

extension String {
  /// The text as a field of a comma-separated table.
  fileprivate var asTableField: String {
    let isPlain = !isEmpty && first != " " && last != " " && !utf8.contains { ",\"\n\r\t".utf8.contains($0) }
    return isPlain ? self : "\"" + replacing("\"", with: "\"\"") + "\""
  }
}

extension ImageDataset.Split {
  /// The number that stands for the split in a list of CelebA.
  fileprivate var listed: Int {
    switch self {
    case .train, .tuning: 0
    case .validation: 1
    case .test: 2
    }
  }

  fileprivate init?(listedAs number: Int) {
    guard let split = [Self.train, .validation, .test].first(where: { $0.listed == number }) else {
      return nil
    }
    self = split
  }

  /// The word that stands for the split in a table of one's own.
  fileprivate var name: String { self == .tuning ? Self.train.rawValue : rawValue }
}
