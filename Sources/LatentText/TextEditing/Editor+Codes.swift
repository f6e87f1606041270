import Foundation
import LatentArithmetic
import LatentCore

extension Editor {
  /// The codes of many photos: what a mapper is trained on.
  ///
  ///     let codes = try editor.codes(ofPhotos: urls) { print($0.lastPathComponent, $1.localizedDescription) }
  ///     try codes.write(to: url)
  ///
  /// A photo has one code, that of its most probable face where faces are detected. Photos are read a few at a time, so that
  /// memory does not grow with their number.
  ///
  /// - Parameters:
  ///   - photos: PNG and JPEG files.
  ///   - framing: Where their faces are; the encoder's `framing` if left out.
  ///   - refinementSteps: How many steps make each code better; codes stay as the encoder finds them if left out. The
  ///     generator stays as it is: a file of codes has no other.
  ///   - report: Called after every few photos.
  ///   - leaving: Called with a photo that has no face or cannot be read, and with the error that tells; it is left out.
  /// - Returns: The codes of the photos that are not left out, in their order.
  /// - Throws: `EditingError`; `FaceError.modelsMissing(folder:)`; what the encoder throws; `RefinementError`;
  ///   `CancellationError` when the task is cancelled.
  /// - Precondition: A refinement makes at least one step.
  public func codes(
    ofPhotos photos: [URL], framed framing: Framing? = nil, refinementSteps: Int? = nil,
    report: (StepProgress) -> Void = { _ in }, leaving: (URL, any Error) -> Void
  ) throws -> [Latent<Space>] {
    let encoder = try encoder
    if case .detected = framing ?? encoder.framing, detector == nil {
      throw FaceError.modelsMissing(folder: FaceDetector.defaultFolder.path)
    }
    let refined = try refinementSteps.map { steps in
      (by: Refinement(steps: steps, parts: .code), with: try generator.differentiable)
    }
    var codes: [Latent<Space>] = []
    // An encoder may read its weights anew for each batch; a refinement takes so long that each photo is reported.
    let batch = refined == nil ? 8 : 1
    try StepLoop.forEach("encoding", of: photos.count, batch: batch, report: report) { items in
      var framed: [(photo: Image, frame: FaceFrame)] = []
      for url in photos[items] {
        try Task.checkCancellation()
        do {
          let photo = try Image(contentsOf: url)
          guard let frame = try frames(in: photo, framed: framing).first else { throw FaceError.noFace }
          framed.append((photo, frame))
        } catch  where error is ImageError || error is FileError || error is FaceError {
          leaving(url, error)
        }
      }
      if framed.isEmpty { return }
      let found = try encoder.encode(framed.map { $0.photo.cropped(to: $0.frame, size: encoder.imageSize) })
      guard let refined else { return codes += found }
      for (place, code) in zip(framed, found) {
        let target = place.photo.cropped(to: place.frame, size: generator.imageSize)
        codes.append(
          try refined.with.inversion(of: target, from: code, by: refined.by, report: { _ in }).code)
      }
    }
    return codes
  }
}

extension Collection {
  /// Writes codes as the rows of a safetensors file of one tensor, as `Latent.codes(contentsOf:size:)` reads them.
  ///
  /// - Precondition: There is at least one, and all have as many numbers.
  /// - Throws: `FileError` when the file cannot be written; nothing half-written is left.
  public func write<Space>(to url: URL) throws where Element == Latent<Space> {
    try Latent.write(Array(self), to: url)
  }
}
