import Foundation
import LatentArithmetic
import LatentCore

/// Tells whether two images show one person: MobileFaceNet, 128 numbers a face.
///
///     let recognizer = try FaceRecognizer(contentsOf: url)
///     recognizer.feature(of: before).similarity(to: recognizer.feature(of: after))
///
/// Images are crops of one upright face. The network is trained on crops whose 112×112 pixels have the eyes near
/// (38, 52) and (74, 52), the tip of the nose near (56, 72) and the corners of the mouth near (42, 92) and (71, 92); the
/// more crops differ from that, and from each other, the less a similarity means.
///
/// Source: Chen et al. 2018, with the weights of foamliu's implementation.
public struct FaceRecognizer: Sendable {
  package let network: InferenceNetwork
  private let threads: Int

  /// Reads the network from a PyTorch state dictionary.
  ///
  /// - Throws: `FileError`, `TensorFileError`, `WeightSourceError`, which lists every tensor that is missing, misshapen
  ///   or not the network's.
  public init(contentsOf url: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount) throws {
    let layers = MobileFaceNet.layers
    let source = try WeightSource(TensorFile(contentsOf: url))
    network = InferenceNetwork(layers, try source.parameters(layers.parameters))
    self.threads = threads
  }

  /// The feature of a face, after the image is resized to 112×112.
  public func feature(of face: Image) -> FaceFeature { features(of: [face])[0] }

  /// The features of several faces, in their order.
  public func features(of faces: [Image]) -> [FaceFeature] {
    guard !faces.isEmpty else { return [] }
    let side = MobileFaceNet.side
    let images = faces.map { $0.resized(width: side, height: side) }
    let batch = Tensor(unsafeUninitialized: [faces.count, side, side, 3]) { elements in
      var next = elements.startIndex
      for image in images {
        for (index, value) in image.pixels.enumerated() {
          let channel = index % 3
          elements.initializeElement(
            at: next, to: (Float(value) / 255 - Self.mean[channel]) / Self.deviation[channel])
          next += 1
        }
      }
    }
    return features(ofNormalized: batch)
  }

  /// The features of images [count, 112, 112, 3], each channel of mean 0 and deviation 1.
  package func features(ofNormalized batch: Tensor) -> [FaceFeature] {
    let answers = network(batch, threads: threads).elements
    let count = MobileFaceNet.featureCount
    return stride(from: 0, to: answers.count, by: count).map { FaceFeature(answers[$0..<$0 + count]) }
  }

  /// ImageNet's, of red, green and blue from 0 to 1.
  package static let mean: [Float] = [0.485, 0.456, 0.406]
  package static let deviation: [Float] = [0.229, 0.224, 0.225]
}
