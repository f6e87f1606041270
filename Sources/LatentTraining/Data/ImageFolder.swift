import Foundation
import LatentArithmetic
import LatentCore

/// The image files of a folder and of those in it.
///
/// Links are followed, and a folder that is reached twice is walked once, so that a link to an outer folder has an end.
/// Names that begin with a point are no images.
struct ImageFolder {
  /// The paths of files that are read as images, below the folder, in alphabetical order.
  private(set) var images: [String] = []
  /// Those of images of other kinds, by their extensions.
  private(set) var others: [String] = []

  private static let known: Set = [
    "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff", "jp2", "jxl", "dng", "cr2", "nef", "arw",
    "ppm",
    "tga",
  ]

  /// Walks a folder.
  ///
  /// - Throws: ``DatasetError/folderMissing(path:)``, ``DatasetError/notAFolder(path:)``, `FileError` when a folder cannot be
  ///   listed.
  init(at folder: URL) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      throw DatasetError.folderMissing(path: folder.path)
    }
    guard isFolder.boolValue else { throw DatasetError.notAFolder(path: folder.path) }
    var pending = [""]
    var seen: Set<String> = []
    while let inner = pending.popLast() {
      let place = inner.isEmpty ? folder : folder.appendingPathComponent(inner)
      guard seen.insert(place.resolvingSymlinksInPath().path).inserted else { continue }
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: place.path)
      } catch {
        throw FileError.unreadable(path: place.path, reason: "its contents cannot be listed")
      }
      for name in names where !name.hasPrefix(".") {
        let path = inner.isEmpty ? name : inner + "/" + name
        let kind = (name as NSString).pathExtension.lowercased()
        let isThere = FileManager.default.fileExists(
          atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
        if isThere, isFolder.boolValue {
          pending.append(path)
        } else if isThere, File.isStream(folder.appendingPathComponent(path).path) {
          continue  // reading a pipe would wait for a writer
        } else if ImageCodec.readExtensions.contains(kind) {
          images.append(path)
        } else if Self.known.contains(kind) {
          others.append(path)
        }
      }
    }
    images.sort()
    others.sort()
  }
}
