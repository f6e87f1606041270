import ArgumentParser
import Foundation
import LatentArithmetic

/// The file that an argument names; - is what is read from a pipe or typed.
@Sendable func fileURL(_ path: String) throws -> URL {
  if path.isEmpty { throw ValidationError("the name of the file is missing.") }
  return path == "-" || path == StandardInput.path ? StandardInput.named() : URL(fileURLWithPath: path)
}

/// The file of word vectors that an argument names, which some take for the place of a word.
@Sendable func vectorsURL(_ path: String) throws -> URL {
  let url = try fileURL(path)
  if !path.contains("."), !path.contains("/"), !FileManager.default.fileExists(atPath: url.path) {
    throw ValidationError(
      "it takes a file of word vectors, as GloVe's; a word is added by `latent edit --add \"\(path)\"`.")
  }
  return url
}

/// The file that an option is to write, whose folder has to be there.
@Sendable func outputURL(_ path: String) throws -> URL {
  let url = URL(fileURLWithPath: path)
  if isFolder(url) { throw ValidationError("it is a folder, where a file is to be written.") }
  let folder = url.deletingLastPathComponent()
  guard isFolder(folder) else { throw ValidationError("the folder “\(folder.path)” does not exist.") }
  var status = stat()
  if stat(url.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
    throw ValidationError("it is no regular file.")
  }
  guard access(folder.path, W_OK) == 0 else {
    throw ValidationError("nothing may be written to the folder “\(folder.path)”.")
  }
  return url
}

/// Whether there is a folder.
func isFolder(_ url: URL) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
}

/// An image that a command is to write, known to be possible before any work: a file, or the program's output.
struct ImageOutput: Sendable {
  let url: URL
  private static let standardOutput = "/dev/stdout"

  @Sendable init(_ path: String) throws {
    if path == "-" || path == Self.standardOutput {
      url = URL(fileURLWithPath: Self.standardOutput)
      return
    }
    url = try outputURL(path)
    guard ["png", "jpg", "jpeg"].contains(url.pathExtension.lowercased()) else {
      throw ValidationError("an image's name ends in .png, .jpg or .jpeg; - writes a PNG to the output.")
    }
  }

  func write(_ image: Image) throws {
    guard url.path == Self.standardOutput else { return try image.write(to: url) }
    do {
      try FileHandle.standardOutput.write(contentsOf: image.pngData())
    } catch let error as CocoaError {
      throw FileError.writeFailed(path: url.path, reason: error.localizedDescription)
    }
  }
}

/// Refuses arguments that are no UTF-8: Swift would put signs of replacement in, and mean another file.
func checkEncoding(of arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) throws {
  for index in 0..<count {
    guard let argument = arguments[index], String(validatingCString: argument) == nil else { continue }
    throw ValidationError(
      "The argument “\(String(cString: argument))” is not in UTF-8; give the file another name, or read it from a "
        + "pipe, as -.")
  }
}
