import Foundation
import LatentArithmetic
import Synchronization

/// A photo that is being edited: its file, a view of it, and the faces in that.
package final class Session: Sendable {
  /// Known to whoever opened the session alone.
  package let id: String
  /// The file as it was uploaded, which is decoded again for the download.
  package let file: Data
  /// The photo's size in pixels.
  let width: Int, height: Int
  /// What the file holds and an edited one will not, fragments of a sentence.
  let losses: [String]
  /// The photo at no more than ``mostViewPixels`` a side, opaque.
  package let view: Image
  package let faces: [ViewFace]
  /// How many faces were found; the clearest are kept.
  let found: Int
  private let moves = Atomic(0)
  private let optimized = Mutex<[Optimized: Direction<ZSpace>]>([:])
  private let background = Mutex<Background?>(nil)

  static let mostViewPixels = 1024
  /// The most pixels a side of what a move sends: painting them and encoding them is most of its time.
  static let mostFacePixels = 400
  static let mostFaces = 16
  /// Below 90 a JPEG file has half as many values of color, and takes half as long.
  private static let moveQuality = 85
  /// An optimization is forgotten when so many came after it.
  private static let mostOptimized = 32

  /// A face in the view, cut down to the part of the view that its edits can change.
  package struct ViewFace: Sendable {
    /// Where the face is in the view.
    package let frame: FaceFrame
    package let box: PixelBox
    /// The face in that part of the view alone.
    package let face: EditedFace<ZSpace>
  }

  private struct Optimized: Hashable {
    let face: Int
    let text: String
  }

  /// The view with the edits of all faces but one.
  private struct Background {
    let others: [[Edit]]
    let image: Image
  }

  /// Decodes a photo, and finds and encodes its faces.
  ///
  /// - Throws: `ImageError`, `FaceError`, `EditingError`.
  package init(
    file: Data, name: String, framing: Framing, mostPixels: Int, editor: Editor<ZSpace>
  ) throws {
    let photo = try Image(data: file, name: name, maximumPixels: mostPixels)
    var random = SystemRandomNumberGenerator()
    id = (0..<4).map { _ in String(format: "%016lx", random.next() as UInt64) }.joined()
    (self.file, width, height) = (file, photo.width, photo.height)
    losses = photo.losses(writingTo: URL(fileURLWithPath: "edited.\(Self.isPNG(file) ? "png" : "jpg")"))
    let (largest, found) = try Self.view(of: photo, editor, framing)
    let (view, frames) = Self.reduced(largest, found)
    (self.view, self.found) = (view, frames.count)
    faces = try frames.prefix(Self.mostFaces).map { frame in
      let box = PixelBox(around: frame, in: view)
      let inBox = frame.moved(x: -Double(box.x), y: -Double(box.y))
      let face = try editor.faces(in: view.part(box), framed: .frames([inBox]))[0]
      return ViewFace(frame: frame, box: box, face: face)
    }
  }

  /// A photo at no more than ``mostViewPixels`` a side, with the frames of its faces.
  private static func view(
    of photo: Image, _ editor: Editor<ZSpace>, _ framing: Framing
  ) throws -> (Image, [FaceFrame]) {
    let scale = min(1, Double(mostViewPixels) / Double(max(photo.width, photo.height)))
    var view = photo.scaled(by: scale)
    view.metadata.colorProfile = photo.metadata.colorProfile.flatMap { $0.count <= 1 << 16 ? $0 : nil }
    return (view, try editor.frames(in: view, framed: framing))
  }

  /// A view so small that a move of its largest face takes no longer than ``mostFacePixels`` allow.
  private static func reduced(_ view: Image, _ frames: [FaceFrame]) -> (Image, [FaceFrame]) {
    let boxes = frames.prefix(mostFaces).map { PixelBox(around: $0, in: view) }
    let largest = boxes.map { max($0.width, $0.height) }.max() ?? 0
    guard largest > mostFacePixels else { return (view, frames) }
    var small = view.scaled(by: Double(mostFacePixels) / Double(largest))
    small.metadata.colorProfile = view.metadata.colorProfile
    let (x, y) = (
      Double(small.width) / Double(view.width), Double(small.height) / Double(view.height)
    )
    return (small, frames.map { $0.scaled(x: x, y: y) })
  }

  /// The memory that the session takes, in bytes: its file, view and faces, and a second view once several faces are edited.
  package var size: Int {
    let crops = 160 * 160 * 3 * MemoryLayout<Float>.size + 80 * 80 * 3
    return file.count + view.pixels.count * (faces.count > 1 ? 2 : 1)
      + faces.reduce(0) { $0 + $1.box.width * $1.box.height * 3 + crops }
  }

  private static func isPNG(_ file: Data) -> Bool { file.first == 0x89 }

  // MARK: - Moves

  /// Counts a move that arrives, which is overtaken when another arrives before it is made.
  package func announceMove() -> Int { moves.add(1, ordering: .relaxed).newValue }

  /// A face's part of the view, as edits make it, as a JPEG file.
  ///
  /// - Throws: ``ServiceError/overtaken``; what the edits are refused by.
  package func moved(_ number: Int, face index: Int, by edits: Edits, _ editor: Editor<ZSpace>) throws -> Data
  {
    guard moves.load(ordering: .relaxed) == number else { throw ServiceError.overtaken }
    let face = try face(index)
    try edits.check(faces: faces.count)
    let direction = try direction(of: edits, face: index, editor)
    let part = try background(of: index, edits, editor).part(face.box)
    return try face.face.rendered(along: direction, into: part).jpegData(quality: Self.moveQuality)
  }

  /// The face of a number, from 0.
  func face(_ index: Int) throws(ServiceError) -> ViewFace {
    guard faces.indices.contains(index) else { throw .noSuchFace(index + 1, count: faces.count) }
    return faces[index]
  }

  /// The view with the edits of all faces but one, made anew only when these change.
  private func background(of index: Int, _ edits: Edits, _ editor: Editor<ZSpace>) throws -> Image {
    let others = faces.indices.map { $0 == index ? [] : edits.edits(ofFace: $0) }
    if others.allSatisfy(\.isEmpty) { return view }
    if let known = background.withLock({ $0 }), known.others == others { return known.image }
    var image = view
    for (other, face) in faces.enumerated() where !others[other].isEmpty {
      let direction = try direction(of: edits, face: other, editor)
      let part = try face.face.rendered(along: direction, into: image.part(face.box))
      image = image.replacing(face.box, by: part)
    }
    background.withLock { [image] in $0 = Background(others: others, image: image) }
    return image
  }

  /// Σ θ·w of a face's sliders.
  private func direction(
    of edits: Edits, face: Int, _ editor: Editor<ZSpace>
  ) throws -> Direction<ZSpace> {
    let edits = edits.edits(ofFace: face)
    let words = try Dictionary(
      edits.filter { !$0.isOptimized }.map { ($0.text, Float($0.theta)) },
      uniquingKeysWith: { _, _ in throw ServiceError.sliderTwice })
    return try edits.filter(\.isOptimized).reduce(editor.projector.direction(of: words)) { sum, edit in
      let key = Optimized(face: face, text: edit.text)
      guard let found = optimized.withLock({ $0[key] }) else {
        throw ServiceError.notOptimized(edit.text)
      }
      return sum + Float(edit.theta) * found
    }
  }

  /// Remembers where an optimization led, so that a slider can go there.
  func remember(_ direction: Direction<ZSpace>, toward text: String, face: Int) {
    optimized.withLock { optimized in
      if optimized.count >= Self.mostOptimized { optimized = [:] }
      optimized[Optimized(face: face, text: text)] = direction
    }
  }

  // MARK: - Download

  /// The photo at its own resolution with all edits and its metadata: a PNG as such, all else as JPEG.
  ///
  /// - Throws: What the edits are refused by; `ImageError`; `CancellationError`.
  package func photo(_ edits: Edits, _ editor: Editor<ZSpace>) throws -> (file: Data, type: String) {
    try edits.check(faces: faces.count)
    let edited = faces.indices.filter { !edits.edits(ofFace: $0).isEmpty }
    let directions = try edited.map { try direction(of: edits, face: $0, editor) }
    let photo = try Image(data: file)
    let (x, y) = (
      Double(width) / Double(view.width), Double(height) / Double(view.height)
    )
    let frames = edited.map { faces[$0].frame.scaled(x: x, y: y) }
    let image = try zip(editor.faces(in: photo, framed: .frames(frames)), directions)
      .reduce(photo) { image, next in
        try Task.checkCancellation()
        return try next.0.rendered(along: next.1, into: image)
      }
    return Self.isPNG(file)
      ? (try image.pngData(), "image/png") : (try image.jpegData(quality: 95), "image/jpeg")
  }
}
