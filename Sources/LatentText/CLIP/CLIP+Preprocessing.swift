import LatentArithmetic
import LatentCore

extension CLIP {
  /// Drawings [batch, height, width, 3] in −1 … 1, as the vision tower reads them.
  package func prepared(_ images: Variable) -> Variable {
    precondition(
      images.shape.count == 4 && images.shape[3] == 3 && images.shape[1] > 0 && images.shape[2] > 0,
      "CLIP sees images of shape [batch, height, width, 3], not \(images.shape).")
    let (height, width) = (images.shape[1], images.shape[2])
    switch fidelity {
    case .reference:
      return images.resampled(rows: blockMeans(height), columns: blockMeans(width))
    case .corrected:
      let (rows, columns) = reduction(height: height, width: width)
      let deviation = zip(Self.mean, Self.deviation)
      // ((x + 1)/2 − mean)/deviation; the filter keeps what is constant, so that it may come first.
      return images.resampled(rows: rows, columns: columns).normalized(
        scale: images.tape.constant(Tensor(shape: [3], elements: deviation.map { 0.5 / $1 })),
        offset: images.tape.constant(Tensor(shape: [3], elements: deviation.map { (0.5 - $0) / $1 })),
        mean: Tensor(shape: [3], repeating: 0), variance: Tensor(shape: [3], repeating: 1), epsilon: 0,
        activation: .identity)
    }
  }

  /// Each of `size` pixels as often as 32 goes into the model's size, then means.
  private func blockMeans(_ size: Int) -> ResamplingTaps {
    let larger = size * max(imageSize / 32, 1)
    return .nearest(from: size, to: larger).followed(by: .windowMeans(from: larger, to: imageSize))
  }

  /// The shorter side to the model's size, then the middle of the longer one.
  private func reduction(height: Int, width: Int) -> (rows: ResamplingTaps, columns: ResamplingTaps) {
    func axis(_ length: Int, _ shorter: Int) -> ResamplingTaps {
      let scaled = imageSize * length / shorter
      // Python rounds a half to the even number.
      let start = Int((Double(scaled - imageSize) / 2).rounded(.toNearestOrEven))
      return .bicubic(from: length, to: scaled).followed(by: .crop(start..<start + imageSize, of: scaled))
    }
    let shorter = min(height, width)
    return (axis(height, shorter), axis(width, shorter))
  }

  /// Images by CLIP's official pre-processing, [count, size, size, 3]: Pillow's bicubic resizing of the shorter side,
  /// rounded to bytes, the middle of the longer side, and mean and deviation of each channel.
  package func prepared(_ images: [Image]) -> Tensor {
    let levels = (0..<3).map { channel in
      (0..<256).map { (Float($0) / 255 - Self.mean[channel]) / Self.deviation[channel] }
    }
    return Tensor(unsafeUninitialized: [images.count, imageSize, imageSize, 3]) { elements in
      var next = elements.startIndex
      for image in images {
        let (rows, columns) = reduction(height: image.height, width: image.width)
        let pixels = Kernels.resample(
          image.laidOverWhite().pixels, channels: 3, rows: rows, columns: columns)
        for (index, value) in pixels.enumerated() {
          elements.initializeElement(at: next, to: levels[index % 3][Int(value)])
          next += 1
        }
      }
    }
  }

  /// Of red, green and blue from 0 to 1, over the images that CLIP was trained with.
  private static let mean: [Float] = [0.48145466, 0.4578275, 0.40821073]
  private static let deviation: [Float] = [0.26862954, 0.26130258, 0.27577711]
}
