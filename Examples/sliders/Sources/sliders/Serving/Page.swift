import Foundation

/// Where the page's files are: the resource folder that the build puts beside the program.
///
/// The accessor that SwiftPM generates traps when the program has moved without that folder, so it is looked for here.
enum Page {
  static func folder() throws -> URL {
    let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
    let places = [Bundle.main.bundleURL, program.deletingLastPathComponent()].map {
      $0.appendingPathComponent("sliders_sliders.resources/Page")
    }
    guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw PageMissing(folder: places[0].deletingLastPathComponent().path)
    }
    return place
  }
}

/// The resource folder was not copied along with the program.
struct PageMissing: Error, CustomStringConvertible {
  let folder: String

  var description: String {
    "The page is not beside the program; copy the build's resource folder to “\(folder)”."
  }
}
