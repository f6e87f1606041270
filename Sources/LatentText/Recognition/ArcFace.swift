import Foundation
import LatentArithmetic
import LatentCore

/// Tells whether two images show one person, with gradients: ArcFace on IR-SE50, 512 numbers a face.
///
///     let identity = try ArcFace(contentsOf: url)
///     let loss = identity.features(ofFaces: images)
///
/// Source: Deng and others, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019; the weights are those
/// of `model_ir_se50.pth`, which StyleCLIP, pSp and e4e share, the crop that of StyleCLIP's `criteria/id_loss.py`.
public struct ArcFace: IdentityModel {
  /// Which part of an image is the face.
  public enum Region: Sendable {
    /// The face of an image aligned as FFHQ's are: of 256×256 pixels the rows 35 ..< 223 and the columns 32 ..< 220.
    case alignedPhoto
    /// The whole image, which is a crop of a face.
    case wholeImage
  }

  private let network: InferenceNetwork
  package var region: Region

  /// Reads the network from a checkpoint in any format that `TensorFile` reads.
  ///
  /// - Throws: `FileError`, `TensorFileError`; `WeightSourceError` with every tensor that is missing, misshapen or
  ///   not the network's.
  public init(contentsOf url: URL, region: Region = .alignedPhoto) throws {
    let file = try TensorFile(contentsOf: url)
    let prefix = file.prefix(beforeOneOf: ["input_layer.0.weight"])
    network = try IRSE50.network(WeightSource(file, prefix: prefix))
    self.region = region
  }

  /// The features of faces, [batch, height, width, 3] with −1 … 1 for black … white → [batch, 512].
  ///
  /// Images of any size are averaged to the network's, by PyTorch's adaptive average pooling, and the region is cut out.
  public func features(ofFaces faces: Variable) -> Variable {
    precondition(
      faces.shape.count == 4 && faces.shape[3] == 3,
      "A batch of images has the shape [count, height, width, 3], not \(faces.shape).")
    let crops = faces.resampled(
      rows: taps(from: faces.shape[1], cropping: 35..<223),
      columns: taps(from: faces.shape[2], cropping: 32..<220))
    return network(crops).unitLength()
  }

  private func taps(from size: Int, cropping range: Range<Int>) -> ResamplingTaps {
    switch region {
    case .alignedPhoto:
      ResamplingTaps.windowMeans(from: size, to: 256).followed(by: .crop(range, of: 256))
        .followed(by: .windowMeans(from: range.count, to: IRSE50.side))
    case .wholeImage: .windowMeans(from: size, to: IRSE50.side)
    }
  }
}
