import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The face detector beside the reference implementation, and what must not matter to it.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct FaceDetectorTests {
  // The same networks in PyTorch; both compute in single precision, and a box is rounded to whole pixels
  // between two networks, which can turn a difference of rounding into one of a pixel.
  @Test func facesAreThoseOfTheReference() throws {
    let expected = try JSONDecoder().decode(
      [String: Expected].self, from: Data(contentsOf: Shared.url("golden/mtcnn-expected.json")))
    let detector = try Self.detector()
    var compared = 0
    for (name, image) in expected {
      let faces = try detector.detect(Self.photo(name))
      #expect(faces.count == image.boxes.count, "\(name)")
      #expect(faces.map(\.probability) == faces.map(\.probability).sorted(by: >), "\(name)")
      for (index, box) in image.boxes.enumerated() {
        let face = try #require(
          faces.min { worstError($0.corners, box, scale: 1) < worstError($1.corners, box, scale: 1) })
        #expect(worstError(face.corners, box, scale: 1) <= 1, "\(name) \(index)")
        #expect(
          worstError(
            face.landmarks.points.flatMap { [$0.x, $0.y] }, image.landmarks[index].flatMap { $0 }, scale: 1)
            <= 1, "\(name) \(index)")
        #expect(abs(Double(face.probability) - image.probabilities[index]) <= 1e-3, "\(name) \(index)")
        compared += 1
      }
    }
    #expect(expected.count == 4 && compared == 9)
  }

  @Test(arguments: ["two-faces.jpg", "multiface.jpg"]) func threadsDoNotChangeABit(name: String) throws {
    let photo = try Self.photo(name)
    let faces = try (1...3).map { try Self.detector(threads: $0).detect(photo) }
    #expect(!faces[0].isEmpty && faces[1] == faces[0] && faces[2] == faces[0])
  }

  // A photo with gray to its right has the photo's faces.
  //
  // The pyramid is one level, of a scale at which the wide image's level is the photo's, `times` over, to
  // the pixel: ⌊k·w·s + 1⌋ = k·⌊w·s + 1⌋ where w·s lies just below a whole number. The first network then
  // sees the same numbers in every row. But the photo's level of 180 pixels fits a band, and the wide one is
  // walked in several: a band that were cut a row short or moved would lose or move a box. Gray above moves
  // the faces across the borders between bands.
  @Test(arguments: [12, 30], [0, 22, 45, 68, 91]) func bandsDoNotShow(times: Int, above: Int) throws {
    let photo = Self.inGray(
      try Self.photo("multiface.jpg").resized(width: 600, height: 315), above: above, times: 1)
    var options = FaceDetector.Options()
    options.factor = 1e-3
    options.smallestFace = 12 * 600 / 179.99
    let detector = try Self.detector()
    let alone = detector.detect(photo, options: options)
    let wide = detector.detect(Self.inGray(photo, above: 0, times: times), options: options)
    #expect(alone.count >= 4 && wide.count == alone.count)
    for (a, b) in zip(alone, wide) {
      // Convolutions of another size may add in another order.
      #expect(worstError(b.corners, a.corners, scale: 1) <= 1e-3)
      #expect(abs(a.probability - b.probability) <= 1e-4)
    }
  }

  // CelebA's photos show one person each; bystanders may be found, too.
  @Test func celebritiesAreFound() throws {
    let folder = try Shared.url("data/celeba/img_align_celeba")
    let names = try String(contentsOf: Shared.url("data/celeba/natural.txt"), encoding: .utf8)
      .split(separator: "\n").prefix(200).map(String.init)
    #expect(names.count == 200)
    let detector = try Self.detector()
    var options = FaceDetector.Options()
    options.onlyLargest = true
    for name in names {
      let photo = try Image(contentsOf: folder.appendingPathComponent(name))
      let faces = detector.detect(photo)
      let largest = try #require(faces.max { $0.area < $1.area }, "\(name)")
      #expect(detector.detect(photo, options: options) == [largest], "\(name)")
    }
  }

  // What is transparent is white paper.
  @Test func transparencyIsLaidOverWhite() throws {
    let photo = try Self.photo("two-faces.jpg")
    let alpha = randomFloats(count: photo.width * photo.height, seed: 2).map {
      UInt8(min(200 + abs($0) * 30, 255))
    }
    let sheer = Image(width: photo.width, height: photo.height, pixels: photo.pixels, alpha: alpha)
    let detector = try Self.detector()
    let faces = detector.detect(sheer)
    #expect(!faces.isEmpty && faces == detector.detect(sheer.laidOverWhite()))
  }

  // MARK: - Images without a face

  // A box takes 12 pixels of a level, so that an image below the smallest face has no level at all.
  @Test(arguments: [(1, 1), (11, 11), (12, 12), (20, 20), (1, 5000), (5000, 1), (13, 700), (700, 13)])
  func tinyImagesHaveNoFace(width: Int, height: Int) throws {
    let detector = try Self.detector()
    let image = smoothImage(width: width, height: height, seed: 1)
    #expect(detector.detect(image).isEmpty)
    var options = FaceDetector.Options()
    options.smallestFace = 12
    options.onlyLargest = true
    #expect(detector.detect(image, options: options).isEmpty)
  }

  @Test func noiseHasNoFace() throws {
    let detector = try Self.detector()
    for seed: UInt64 in 1...3 {
      #expect(detector.detect(randomImage(width: 160, height: 120, seed: seed)).isEmpty)
    }
  }

  // MARK: - Refusals

  @Test func missingNetworksAreTold() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("pnet.pt").path
      #expect(throws: FileError.notFound(path: path)) { try FaceDetector(contentsOf: folder) }
    }
  }

  @Test(
    .enabled(
      if: !FileManager.default.fileExists(atPath: FaceDetector.defaultFolder.path),
      "the networks are in the user's cache folder"))
  func networksThatWereNotFetchedAreTold() throws {
    let missing = FaceError.modelsMissing(folder: FaceDetector.defaultFolder.path)
    #expect(throws: missing) { try FaceDetector() }
    #expect(missing.description.contains("make models"))
    #expect(throws: missing) {
      try Editor(TinyModel.complete()).faces(in: smoothImage(width: 100, height: 90, seed: 1))
    }
  }

  // The first network under the second one's name: every tensor that is missing, misshapen or too much is
  // listed.
  @Test func anotherNetworkIsRefused() throws {
    try withTemporaryFolder { folder in
      for (name, original) in [("pnet.pt", "pnet.pt"), ("rnet.pt", "pnet.pt"), ("onet.pt", "onet.pt")] {
        try FileManager.default.copyItem(
          at: Shared.url("models/mtcnn/\(original)"), to: folder.appendingPathComponent(name))
      }
      let error = try #require(throws: WeightSourceError.self) { try FaceDetector(contentsOf: folder) }
      #expect(error.file.hasSuffix("rnet.pt"))
      let clauses = error.faults.map(\.description)
      #expect(clauses.contains("conv1.weight has shape [10, 3, 3, 3], expected [28, 3, 3, 3]"))
      #expect(clauses.contains("conv4_1.weight is not expected"))
      let isMissing = ["dense4.weight", "dense5_2.bias"].map { name in
        clauses.contains { $0.hasPrefix("\(name) is missing (the nearest spare are conv4_") }
      }
      #expect(isMissing == [true, true])
    }
  }

  // MARK: - Images

  private struct Expected: Decodable {
    let boxes: [[Double]]
    let probabilities: [Double]
    let landmarks: [[[Double]]]
  }

  private static func detector(threads: Int = 2) throws -> FaceDetector {
    try FaceDetector(contentsOf: Shared.url("models/mtcnn"), threads: threads)
  }

  private static func photo(_ name: String) throws -> Image {
    try Image(contentsOf: Shared.url("data/photos/\(name)"))
  }

  /// The image with rows of gray above it, and gray to its right to `times` its width.
  private static func inGray(_ image: Image, above: Int, times: Int) -> Image {
    let row = image.width * 3
    var pixels = [UInt8](repeating: 128, count: (above + image.height) * row * times)
    for y in 0..<image.height {
      let place = (above + y) * row * times
      pixels.replaceSubrange(place..<place + row, with: image.pixels[y * row..<(y + 1) * row])
    }
    return Image(width: image.width * times, height: above + image.height, pixels: pixels)
  }
}

extension Face {
  /// The box as its two corners.
  fileprivate var corners: [Double] { [box.x, box.y, box.x + box.width, box.y + box.height] }
  fileprivate var area: Double { box.width * box.height }
}
