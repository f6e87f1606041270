import Foundation
import LatentCore

/// What a training's images were when it began: the name, the contents and the labels of each.
///
/// It lies in the training's folder, so that a training that is continued can tell which images are gone, new or changed
/// since, and refuses to go on with others. An image is known by its contents, whatever its name.
struct ImageListing {
  static let fileName = "images.tsv"

  fileprivate struct Listed {
    let contents: Contents
    let labels: UInt64
  }

  /// What tells an image's file from others.
  fileprivate struct Contents: Hashable {
    /// In bytes; −1 of a file that cannot be read.
    let size: Int
    /// That of the first and the last 4 KiB; nil in listings of the first versions.
    var checksum: UInt32?
  }

  private var images: [String: Listed] = [:]

  /// Lists images as they are.
  init(_ entries: [ImageDataset.Entry], in dataset: ImageDataset) {
    for entry in entries {
      // A line is an image, whose fields are separated by tabs.
      let name = String(entry.fileName.map { $0 == "\t" || $0.isNewline ? " " : $0 })
      images[name] = Listed(
        contents: Contents(of: dataset.url(of: entry)), labels: entry.attributes?.bits ?? 0)
    }
  }

  /// Reads a listing; nil where there is none, as in folders of the first release.
  init?(contentsOf url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let text = String(decoding: try File.contents(of: url), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard (3...4).contains(fields.count), let size = Int(fields[1]), let labels = UInt64(fields[2]) else {
        continue
      }
      let checksum = fields.count == 4 ? UInt32(fields[3], radix: 16) : nil
      images[String(fields[0])] = Listed(contents: Contents(size: size, checksum: checksum), labels: labels)
    }
  }

  /// The listing, a line for each image.
  var text: String {
    images.sorted { $0.key < $1.key }.map { name, image in
      let checksum = image.contents.checksum.map { "\t" + String($0, radix: 16) } ?? ""
      return "\(name)\t\(image.contents.size)\t\(image.labels)\(checksum)\n"
    }.joined()
  }

  /// Writes the listing.
  func write(to url: URL) throws { try AtomicFile.write(Data(text.utf8), to: url) }

  /// How many images there are.
  var count: Int { images.count }

  /// What became of the images of an earlier listing.
  ///
  /// - Returns: How many are there still, under whatever name; how many are gone and how many new; and how many of one name
  ///   have other contents or labels.
  func changes(since old: ImageListing) -> (kept: Int, gone: Int, new: Int, changed: Int) {
    var (kept, changed) = (0, 0)
    var (before, now) = (old.images, images)
    for (name, image) in before {
      guard let same = now[name], same.contents.isSame(as: image.contents) else { continue }
      kept += 1
      if same.labels != image.labels { changed += 1 }
      (before[name], now[name]) = (nil, nil)
    }
    var renamed = Dictionary(grouping: now) { $0.value.contents }.mapValues { $0.map(\.key) }
    for (name, image) in before {
      guard let other = renamed[image.contents]?.popLast() else { continue }
      kept += 1
      (before[name], now[other]) = (nil, nil)
    }
    let replaced = before.keys.count { now[$0] != nil }
    return (kept, before.count - replaced, now.count - replaced, changed + replaced)
  }
}

extension ImageListing.Contents {
  /// Looks at the ends of a file only: whole ones take minutes, and what changes within a PNG or a JPEG image changes or
  /// moves its last bytes, too.
  fileprivate init(of url: URL) {
    guard let file = try? MappedFile(contentsOf: url) else {
      self.init(size: -1, checksum: 0)
      return
    }
    let length = 4096
    let ends = file.withBytes { Data($0.prefix(length)) + Data($0.dropFirst(length).suffix(length)) }
    self.init(size: file.count, checksum: ends.withRawBytes(Deflation.checksum))
  }

  /// Whether a file of the same name has the contents of an older listing, as far as that tells.
  fileprivate func isSame(as older: Self) -> Bool {
    size == older.size && (older.checksum == nil || checksum == older.checksum)
  }
}
