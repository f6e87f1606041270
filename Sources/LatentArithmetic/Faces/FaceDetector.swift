import Foundation
import LatentCore

/// Finds faces in images: MTCNN's three networks, one after the other.
///
///     let detector = try FaceDetector()
///     for face in detector.detect(photo) { print(face.box, face.probability) }
///
/// The first network slides over a pyramid of the image and proposes boxes, the second refines them, the third decides
/// and finds five points. Time and memory: the pyramid is walked in bands, so that memory grows with the image's width
/// and the number of proposals, not with its area.
///
/// Source: Zhang et al. 2016, with the weights, thresholds and rounding of facenet-pytorch 2.6.
public struct FaceDetector: Sendable {
  /// What counts as a face.
  package struct Options: Sendable, Hashable {
    /// The longer side of the smallest box in pixels, at least 12; time grows with the inverse of its square.
    package var smallestFace = 20.0
    /// The least probability of a box after each of the three networks, 0 to 1.
    package var proposalThreshold: Float = 0.6, refinementThreshold: Float = 0.7, outputThreshold: Float = 0.7
    /// The ratio of one level of the pyramid to the one before, between 0 and 1.
    package var factor = 0.709
    /// Whether only the face with the largest box is given, the others being taken for bystanders.
    package var onlyLargest = false

    /// Makes the published options.
    package init() {}
  }

  private let networks: FaceNetworks
  package let threads: Int

  /// Opens the networks `pnet.pt`, `rnet.pt` and `onet.pt` of a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder; if left out, where `make models` puts them: the environment variable `LATENT_MODELS`, else
  ///     `latent-arithmetic/mtcnn` in the user's cache folder.
  ///   - threads: The most threads to use.
  /// - Throws: ``FaceError/modelsMissing(folder:)`` when no folder is said and they are not there; `FileError`,
  ///   `TensorFileError`, `WeightSourceError`.
  public init(
    contentsOf folder: URL? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    if folder == nil, !Self.isInstalled {
      throw FaceError.modelsMissing(folder: Self.defaultFolder.path)
    }
    networks = try FaceNetworks(contentsOf: folder ?? Self.defaultFolder)
    self.threads = threads
  }

  /// The detector whose networks are in the user's cache folder, nil where they are not.
  ///
  /// - Throws: What ``init(contentsOf:threads:)`` throws.
  static func installed(threads: Int) throws -> FaceDetector? {
    isInstalled ? try FaceDetector(threads: threads) : nil
  }

  private static var isInstalled: Bool {
    FaceNetworks.fileNames.allSatisfy {
      FileManager.default.fileExists(atPath: defaultFolder.appendingPathComponent($0).path)
    }
  }

  /// Where the networks are looked for when no folder is said.
  package static var defaultFolder: URL {
    ModelsFolder.named ?? ModelsFolder.cached.appendingPathComponent("mtcnn")
  }

  /// The faces of an image, the most probable first.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - smallestFace: The longer side of the smallest box in pixels; time grows with the inverse of its square.
  /// - Returns: The faces, none where there are none.
  /// - Precondition: The smallest face has at least 12 pixels.
  public func detect(_ image: Image, smallestFace: Double = 20) -> [Face] {
    var options = Options()
    options.smallestFace = smallestFace
    return detect(image, options: options)
  }

  /// The faces of an image by all options.
  ///
  /// - Precondition: The smallest face has at least 12 pixels, and the factor is between 0 and 1.
  package func detect(_ image: Image, options: Options) -> [Face] {
    precondition(options.smallestFace >= 12, "A face cannot be \(options.smallestFace) pixels small.")
    precondition(0 < options.factor && options.factor < 1, "A pyramid cannot shrink by \(options.factor).")
    let image = image.laidOverWhite()
    let proposals = proposals(in: image, options)
    let refined = answers(about: proposals, in: image, by: networks.refinement, side: 24)
      .filter { $0.probability > options.refinementThreshold }
      .suppressed(.union, above: 0.7)
      .map { $0.regressed(inclusive: true).squared }
    let faces = answers(about: refined, in: image, by: networks.output, side: 48)
      .filter { $0.probability > options.outputThreshold }
      .map { $0.withPointsInImage.regressed(inclusive: true) }
      .suppressed(.smaller, above: 0.7)
      .map(\.face)
      // The networks look at squares of that size and more, and may find a smaller face in one.
      .filter { max($0.box.width, $0.box.height) >= options.smallestFace }
    guard options.onlyLargest else { return faces }
    return faces.max { $0.box.width * $0.box.height < $1.box.width * $1.box.height }.map { [$0] } ?? []
  }

  // MARK: - First network

  private func proposals(in image: Image, _ options: Options) -> [FaceCandidate] {
    var found: [FaceCandidate] = []
    var scale = 12 / options.smallestFace
    while Double(min(image.width, image.height)) * scale >= 12 {
      found += proposals(in: image, scale: scale, threshold: options.proposalThreshold)
        .suppressed(.union, above: 0.5)
      scale *= options.factor
    }
    return found.suppressed(.union, above: 0.7).map { $0.regressed(inclusive: false).squared }
  }

  /// The boxes of one level of the pyramid.
  ///
  /// Row r of the network's answers sees rows 2r … 2r + 11 of the level, so n of them need 2n + 10. All but the last band
  /// have an even number of rows after the first layer, so that pooling cuts none in half.
  private func proposals(in image: Image, scale: Double, threshold: Float) -> [FaceCandidate] {
    let height = Int(Double(image.height) * scale + 1), width = Int(Double(image.width) * scale + 1)
    let rows = (height - 1) / 2 - 4
    let band = max(16, 1 << 16 / width)
    let whole = PixelRectangle(top: 0, left: 0, height: image.height, width: image.width)
    var found: [FaceCandidate] = []
    for first in stride(from: 0, to: rows, by: band) {
      let isLast = first + band >= rows
      let level = resized(
        [whole], of: image, height: height, width: width,
        rows: 2 * first..<(isLast ? height : 2 * (first + band) + 10))
      let answers = networks.proposal(level, threads: threads)
      let columns = answers.shape[2]
      answers.withElements { values in
        for cell in 0..<answers.shape[1] * columns {
          let answer = values[cell * 6..<cell * 6 + 6]
          let probability = Self.probability(answer)
          guard probability >= threshold else { continue }
          let x = Float(2 * (cell % columns) + 1), y = Float(2 * (first + cell / columns) + 1)
          let scale = Float(scale)
          found.append(
            FaceCandidate(
              x1: (x / scale).rounded(.down), y1: (y / scale).rounded(.down),
              x2: ((x + 11) / scale).rounded(.down), y2: ((y + 11) / scale).rounded(.down),
              probability: probability, regression: Self.regression(answer)))
        }
      }
    }
    return found
  }

  // MARK: - Second and third network

  /// The candidates that touch the image, with what a network says of each.
  private func answers(
    about candidates: [FaceCandidate], in image: Image, by network: InferenceNetwork, side: Int
  ) -> [FaceCandidate] {
    let inside = candidates.compactMap { candidate in
      candidate.pixels(width: image.width, height: image.height).map { (candidate, $0) }
    }
    let batch = 128
    return stride(from: 0, to: inside.count, by: batch).flatMap { first in
      let part = inside[first..<min(first + batch, inside.count)]
      let crops = resized(part.map(\.1), of: image, height: side, width: side, rows: 0..<side)
      let answers = network(crops, threads: threads)
      let width = answers.shape[1]
      return answers.withElements { values in
        zip(part, 0...).map { entry, row in
          let answer = values[row * width..<(row + 1) * width]
          var candidate = entry.0
          candidate.probability = Self.probability(answer)
          candidate.regression = Self.regression(answer)
          candidate.points = Array(answer.dropFirst(6))
          return candidate
        }
      }
    }
  }

  /// Crops as the networks take them, 0 … 255 at (v − 127.5)/128.
  private func resized(
    _ crops: [PixelRectangle], of image: Image, height: Int, width: Int, rows: Range<Int>
  ) -> Tensor {
    Kernels.areaResize(
      image.pixels, height: image.height, width: image.width, channels: 3, crops: crops,
      outHeight: height, outWidth: width, rows: rows, offset: 127.5, scale: 1 / 128, threads: threads)
  }

  /// The second of two softmax outputs.
  private static func probability(_ answer: Slice<UnsafeBufferPointer<Float>>) -> Float {
    1 / (1 + exp(answer[answer.startIndex] - answer[answer.startIndex + 1]))
  }

  private static func regression(_ answer: Slice<UnsafeBufferPointer<Float>>) -> SIMD4<Float> {
    let start = answer.startIndex + 2
    return SIMD4(answer[start], answer[start + 1], answer[start + 2], answer[start + 3])
  }
}

extension FaceCandidate {
  /// The same candidate with its points in pixels instead of parts of the box.
  fileprivate var withPointsInImage: FaceCandidate {
    var result = self
    let (width, height) = (x2 - x1 + 1, y2 - y1 + 1)
    for i in 0..<5 {
      result.points[i] = width * points[i] + x1 - 1
      result.points[5 + i] = height * points[5 + i] + y1 - 1
    }
    return result
  }

  fileprivate var face: Face {
    func point(_ i: Int) -> Point { Point(x: Double(points[i]), y: Double(points[5 + i])) }
    return Face(
      box: Rectangle(x: Double(x1), y: Double(y1), width: Double(x2 - x1), height: Double(y2 - y1)),
      probability: probability,
      landmarks: .init(
        leftEye: point(0), rightEye: point(1), nose: point(2), leftMouth: point(3), rightMouth: point(4)))
  }
}
