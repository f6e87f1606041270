import ArgumentParser
import Foundation
import LatentArithmetic

/// FILE, FILE=θ or FILE#component=θ as typed.
struct DirectionChange {
  let file: URL
  /// Which of the directions of the file, from 0.
  let component: Int?
  let theta: Float

  static let help = ArgumentHelp(
    """
    A file of a direction, with θ if it is not 1: smile.npy, smile.npy=2; the component of a table is told by #: \
    pca.pt#10=2. θ is from -1000 to 1000. May be given several times.
    """, valueName: "file=θ")

  @Sendable init(_ argument: String) throws {
    var path = argument[...]
    // What follows is part of the name where it is no number, with a point or a comma.
    if let sign = path.lastIndex(of: "="), case let number = path[path.index(after: sign)...],
      Float(number) != nil || number.wholeMatch(of: /[-+]?\d*,\d+/) != nil
    {
      theta = try within(possibleSteps)(String(number))
      path = path[..<sign]
    } else {
      theta = 1
    }
    if let sign = path.lastIndex(of: "#"), let component = Int(path[path.index(after: sign)...]) {
      (self.component, path) = (component, path[..<sign])
    } else {
      component = nil
    }
    file = try fileURL(String(path))
  }

  /// The step for codes that are one vector.
  func direction(size: Int) throws -> Direction<ZSpace> {
    try theta * Direction(contentsOf: file, size: size, component: component)
  }
}
