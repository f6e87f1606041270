import ArgumentParser
import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

/// An image that is edited in one of a generator's spaces.
struct StyleSubject<Space: LatentSpace>: Sendable {
  let generator: any DifferentiableGenerator<Space>
  let start: Latent<Space>
  fileprivate let place: PhotoPlace?

  /// What a code shows, in the photo if there is one.
  ///
  /// - Throws: `LatentError.tooFar` where the code left the range of numbers.
  func image(of code: Latent<Space>) throws -> Image {
    guard code.values.allSatisfy({ $0.magnitude < 1e30 }) else { throw LatentError.tooFar }
    let drawing = generator.generate(code)
    guard let place else { return drawing }
    switch place.rendering {
    case .keep:
      return place.photo.adding(changeFrom: generator.generate(start), to: drawing, in: place.frame)
    case .reconstruct: return place.photo.replacing(place.frame, by: drawing)
    }
  }

  /// The same in another space.
  fileprivate func moved<Other>(
    to generator: any DifferentiableGenerator<Other>, _ code: (Latent<Space>) -> Latent<Other>
  ) -> StyleSubject<Other> {
    StyleSubject<Other>(generator: generator, start: code(start), place: place)
  }
}

/// The photo that an image is in, and where.
private struct PhotoPlace: Sendable {
  let photo: Image
  let frame: FaceFrame
  let rendering: Rendering
}

extension StyleArguments {
  /// The image in the space of the face model's noise.
  func noiseSubject() throws -> StyleSubject<ZSpace> {
    let editor = try model.editor()
    let generator = try ConvolutionalGenerator(model.opened(), threads: model.threads)
    if let photo {
      let (place, code) = try inverted(Image(contentsOf: photo), by: editor.encoder)
      return StyleSubject(generator: generator, start: code, place: place)
    }
    let start =
      try firstCode(of: generator) ?? seed.map { generator.randomCodes(1, seed: $0)[0] }
      ?? editor.projector.meanCode
    return StyleSubject(generator: generator, start: start, place: nil)
  }

  /// The image in StyleGAN2's W⁺.
  func layeredSubject(_ url: URL) throws -> (StyleSubject<WPlusSpace>, StyleGAN2Generator<WPlusSpace>) {
    let generator = try StyleGAN2Generator<WPlusSpace>(contentsOf: url, threads: model.threads)
    if let photo, let encoder {
      let (place, code) = try inverted(
        Image(contentsOf: photo), by: E4EEncoder(contentsOf: encoder, threads: model.threads))
      guard code.values.count == generator.latentSize else {
        throw TextEditingError.otherCodeSize(
          of: "encoder", expected: generator.latentSize, got: code.values.count)
      }
      return (StyleSubject(generator: generator, start: code, place: place), generator)
    }
    let start =
      try firstCode(of: generator)
      ?? seed.map { generator.truncated(by: truncation).randomCodes(1, seed: $0)[0] }
      ?? generator.truncated(by: 0).randomCodes(1, seed: 0)[0]
    return (StyleSubject(generator: generator, start: start, place: nil), generator)
  }

  /// The image in the style space of either generator; a file of a code may be of that space, or of W⁺ or noise.
  ///
  /// StyleGAN2's own images are drawn toward the mean as StyleCLIP's statistics are: ψ = 0.7 in the first 8 vectors.
  func styleSubject() throws -> (StyleSubject<StyleSpace>, any StyleGenerator) {
    if let url = generator {
      do {
        let (layered, generator) = try layeredSubject(url)
        let styled = generator.in(StyleSpace.self)
        let subject = layered.moved(to: styled) { styled.styles(of: [$0])[0] }
        return (subject, styled.truncated(by: 0.7, rows: 8))
      } catch LatentError.otherCodes {
        let styled = try StyleGAN2Generator<StyleSpace>(contentsOf: url, threads: model.threads)
        return (try savedSubject(of: styled), styled.truncated(by: 0.7, rows: 8))
      }
    }
    let styled = try ConvolutionalGenerator(model.opened(), threads: model.threads).inStyleSpace
    do {
      return (try noiseSubject().moved(to: styled, styled.style(of:)), styled)
    } catch LatentError.otherCodes {
      return (try savedSubject(of: styled), styled)
    }
  }

  /// The image of a code of the style space in a file.
  private func savedSubject(
    of generator: any DifferentiableGenerator<StyleSpace>
  ) throws -> StyleSubject<StyleSpace> {
    guard let code = try firstCode(of: generator) else {
      preconditionFailure("Only the code of a file can be of another space.")
    }
    return StyleSubject(generator: generator, start: code, place: nil)
  }

  private func firstCode<Space>(of generator: any Generator<Space>) throws -> Latent<Space>? {
    try code.map { try Latent.codes(contentsOf: $0, size: generator.latentSize)[0] }
  }

  private func inverted<Space>(
    _ photo: Image, by encoder: any Encoder<Space>
  ) throws -> (PhotoPlace, Latent<Space>) {
    let frames = try photo.faceFrames(ofSize: encoder.imageSize, encoder.alignment)
    guard frames.count == 1 else { throw FaceError.severalFaces(count: frames.count) }
    let face = photo.cropped(to: frames[0], size: encoder.imageSize)
    return (
      PhotoPlace(photo: photo, frame: frames[0], rendering: rendering), try encoder.encode(face)
    )
  }
}
