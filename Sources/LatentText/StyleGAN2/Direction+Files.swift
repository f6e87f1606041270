import Foundation
import LatentArithmetic

extension Direction where Space == WPlusSpace {
  /// Reads a direction for StyleGAN2's W⁺ as others publish them, in any format that `TensorFile` reads.
  ///
  /// | file | direction |
  /// |---|---|
  /// | a vector for each of the generator's, as e4e and STIT write them | as it is |
  /// | one vector, such as InterFaceGAN's boundaries and e4e's directions of W | the same in all vectors |
  /// | principal components of e4e or GANSpace, `.pt`, `.npz`, `.pkl` | a component, as long as its standard deviation, in the vectors that the file says or in all |
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - generator: What draws the codes.
  ///   - component: Which of several directions of the file, from 0; nil where it has one.
  /// - Throws: `FileError`, `TensorFileError`; `LatentError.otherCodes`, which says what the file holds, where it has no such
  ///   direction; `WeightSourceError` where a number is not finite.
  public init(
    contentsOf url: URL, for generator: StyleGAN2Generator<WPlusSpace>, component: Int? = nil
  ) throws {
    let (vectors, width) = (generator.styleCount, generator.latentSize / generator.styleCount)
    let file = try DirectionFile(contentsOf: url, size: generator.latentSize)
    self.init(try file.direction(component, vectors: vectors, width: width))
  }
}
