import Foundation
import LatentCore

/// Directions as others publish them: boundaries of labels, differences of codes, principal components.
///
/// | file | what is read of it |
/// |---|---|
/// | one tensor | its rows; InterFaceGAN's (1, 512), e4e's and STIT's (18, 512) |
/// | `comp` with `std`, as e4e's `ffhq_pca.pt` | component i, as long as its deviation |
/// | `lat_comp` with `lat_stdev`, as GANSpace's `.npz` and `.pkl` | likewise, for the vectors `edit_start` ..< `edit_end` |
package struct DirectionFile {
  /// All numbers, a direction or component after the other.
  private let tensor: Tensor
  /// What each component is multiplied by; nil where the file is no table of components.
  private let deviations: [Float]?
  /// The vectors of a code that the file says are to be moved.
  private let rows: Range<Int>?
  private let path: String

  /// Opens a file.
  ///
  /// - Throws: `FileError`, `TensorFileError`; ``LatentError/otherCodes(file:expected:got:)`` where it is none of these;
  ///   `WeightSourceError` where a number is not finite.
  package init(contentsOf url: URL, size: Int) throws {
    let file = try TensorFile(contentsOf: url)
    path = url.path
    let kinds = [("lat_comp", "lat_stdev"), ("comp", "std")]
    let table = kinds.first { file.shape(of: $0.0) != nil }
    guard let name = table?.0 ?? (file.names.count == 1 ? file.names[0] : nil) else {
      throw LatentError.otherCodes(
        file: path, expected: size, got: file.names.map { file.shape(of: $0) ?? [] })
    }
    tensor = try file.tensor(name)
    if let place = tensor.firstNonFinite {
      throw WeightSourceError(file: path, faults: [.notFinite(name + place)])
    }
    if let (_, name) = table {
      let found =
        try file.shape(of: name) == nil
        ? file.metadata[name].flatMap(Float.init).map { [$0] } : file.tensor(name).elements
      guard let found, !found.isEmpty, found.allSatisfy(\.isFinite), tensor.count % found.count == 0 else {
        throw LatentError.otherCodes(file: path, expected: size, got: [tensor.shape])
      }
      deviations = found
    } else {
      deviations = nil
    }
    let bounds = ["edit_start", "edit_end"].compactMap { file.metadata[$0].flatMap(Int.init) }
    rows = bounds.count == 2 && 0 <= bounds[0] && bounds[0] < bounds[1] ? bounds[0]..<bounds[1] : nil
  }

  /// A direction for codes of `vectors` vectors of `width` numbers; a file of one vector moves all of them, or those that
  /// it says.
  ///
  /// - Parameters:
  ///   - component: Which of several, from 0; nil where there is one.
  ///   - vectors: 1 where codes are no more than that.
  ///   - width: How many numbers each has.
  /// - Returns: vectors · width numbers.
  /// - Throws: ``LatentError/otherCodes(file:expected:got:)`` where the file has no such direction.
  package func direction(_ component: Int?, vectors: Int, width: Int) throws -> [Float] {
    let misfit = LatentError.otherCodes(file: path, expected: vectors * width, got: [tensor.shape])
    let sizes = [vectors * width, width].filter { $0 > 0 && tensor.count % $0 == 0 }
    // A table tells how many components it has; else a whole code goes before several vectors of one.
    let size =
      if let deviations { tensor.count / deviations.count } else if let first = sizes.first { first } else {
        0
      }
    guard size == vectors * width || size == width, size > 0 else { throw misfit }
    let count = tensor.count / size
    guard let index = component ?? (count == 1 ? 0 : nil), (0..<count).contains(index) else {
      throw LatentError.otherCodes(file: path, expected: vectors * width, got: [[count, size]])
    }
    let scale = deviations?[index] ?? 1
    let values = tensor.elements[index * size..<(index + 1) * size].map { scale * $0 }
    if size == vectors * width, vectors == 1 || size != width { return values }
    return (0..<vectors).flatMap { row in
      rows?.contains(row) ?? true ? values : [Float](repeating: 0, count: width)
    }
  }
}
