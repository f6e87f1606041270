import Foundation
import LatentCore

/// What a training's images were when it began: the name, the size and the labels of each.
///
/// It lies in the training's folder, so that a training that is continued can tell which images are gone, new or changed
/// since, and refuses to go on with others.
struct ImageListing {
  static let fileName = "images.tsv"

  private var images: [String: String] = [:]

  /// Lists images as they are.
  init(_ entries: [ImageDataset.Entry], in dataset: ImageDataset) {
    for entry in entries {
      let size =
        (try? FileManager.default.attributesOfItem(
          atPath: dataset.url(of: entry).resolvingSymlinksInPath().path))?[
          .size] as? Int ?? -1
      images[entry.fileName] = "\(size)\t\(entry.attributes?.bits ?? 0)"
    }
  }

  /// Reads a listing; nil where there is none, as in folders of the first release.
  init?(contentsOf url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let text = String(decoding: try File.contents(of: url), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      images[String(fields[0])] = "\(fields[1])\t\(fields[2])"
    }
  }

  /// Writes the listing, a line for each image.
  func write(to url: URL) throws {
    let lines = images.keys.sorted().map { "\($0)\t\(images[$0] ?? "")\n" }
    try AtomicFile.write(Data(lines.joined().utf8), to: url)
  }

  /// How many images there are.
  var count: Int { images.count }

  /// How many images of an earlier listing are gone, and how many are new or of another size or label.
  func changes(since old: ImageListing) -> (gone: Int, new: Int, changed: Int) {
    let kept = images.filter { old.images[$0.key] != nil }
    return (
      old.count - kept.count, count - kept.count, kept.count { old.images[$0.key] != $0.value }
    )
  }
}
