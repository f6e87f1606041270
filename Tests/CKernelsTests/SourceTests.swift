import Foundation
import Testing

/// Rules of the kernels that their code keeps and no result shows.
@Suite struct SourceTests {
  /// The C files by their path in Sources/CKernels, without comments.
  private static func files() throws -> [String: String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Sources/CKernels", directoryHint: .isDirectory
    ).standardizedFileURL
    var files: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
    where path.hasSuffix(".c") || path.hasSuffix(".h") {
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      files[path] = text.replacing(/\/\/.*/, with: "")
    }
    #expect(files.count > 40)
    return files
  }

  // `threads` says who runs a task and never how sums are cut: it is declared, handed on to a function that is no
  // arithmetic of sizes, or replaced by 1. Only products, whose elements do not depend on it, are shared by its number.
  @Test func threadsCutNoWork() throws {
    let allowed =
      /\bint threads\b|\bck_parts_for\(threads\)|\(void\)threads;|\? threads : 1\b|, (?:threads|count < 2 \* CK_BLOCK \? 1 : threads)\b(?=[,)])|\bint (?:pack|multipli)ers\b/
    let arithmetic = /\bck_(?:minimum|maximum|divide_up|round_up|block_count)\([^()]*\bthreads\b/
    let files = try Self.files()
    let sharing = files.filter { $0.value.contains("ck_parts_for(threads)") }.keys.sorted()
    #expect(
      sharing == ["Convolution/Patches/patches_multiply.c", "Convolution/Winograd/winograd_multiply.c"])
    for (path, text) in files where path != "Machine/parallel.c" && path != "Machine/sizes.h" {
      #expect(text.firstMatch(of: arithmetic) == nil, "\(path)")
      let left = text.replacing(/\s+/, with: " ").replacing(allowed, with: "")
      #expect(left.firstMatch(of: /.{0,60}\bthreads\b.{0,20}/) == nil, "\(path)")
    }
  }

  // What a kernel needs besides its arguments comes from scratch.c, which ends the process where there is none.
  @Test func kernelsTakeMemoryFromScratch() throws {
    for (path, text) in try Self.files() where !path.hasPrefix("include/") && path != "Machine/memory.c" {
      let pattern =
        path == "Machine/scratch.c"
        ? /\b(?:malloc|calloc|aligned_alloc)\(/ : /\b(?:malloc|calloc|aligned_alloc|ck_buffer_allocate)\(/
      #expect(text.firstMatch(of: pattern) == nil, "\(path)")
    }
  }

  // Machine stands on nothing, Matrices and Activation on it, the other families on these three, and a strategy of
  // convolution on no other.
  @Test func foldersIncludeOnlyWhatTheyStandOn() throws {
    let grounds: [String: Set<Substring>] = [
      "Machine": [], "Matrices": ["Machine"], "Activation": ["Machine"],
    ]
    let strategies: Set<Substring> = ["Blas", "Patches", "Scatter", "Winograd"]
    for (path, text) in try Self.files() where !path.hasPrefix("include/") {
      let folders = path.split(separator: "/").dropLast()
      let (family, strategy) = (folders[0], folders.dropFirst().first)
      let ground = grounds[String(family)] ?? ["Machine", "Matrices", "Activation"]
      for include in text.matches(of: /#include "([A-Z]\w+)\/(?:(\w+)\/)?/) {
        #expect(include.1 == family || ground.contains(include.1), "\(path) includes \(include.0)")
        if let strategy, let other = include.2, strategies.contains(other) {
          #expect(other == strategy, "\(path) includes \(include.0)")
        }
      }
    }
  }
}
