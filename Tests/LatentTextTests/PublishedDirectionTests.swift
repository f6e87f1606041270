import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import TestSupport
import Testing

// What others published, as they published it. The numbers are compared with those that NumPy and PyTorch read.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct PublishedDirectionTests {
  private static let (vectors, width) = (18, 512)

  private func direction(_ name: String, _ component: Int? = nil, vectors: Int = 18) throws -> [Float] {
    let url = try Shared.url("real/directions/\(name)")
    return try DirectionFile(contentsOf: url, size: vectors * Self.width)
      .direction(component, vectors: vectors, width: Self.width)
  }

  // InterFaceGAN's boundaries are unit normals; one vector moves each of W⁺'s alike.
  @Test(arguments: [
    "stylegan_ffhq_smile_w_boundary.npy", "stylegan_ffhq_age_c_gender_boundary.npy",
    "pggan_celebahq_eyeglasses_c_age_gender_boundary.npy",
  ])
  func boundariesAreUnitNormals(_ name: String) throws {
    let one = try direction(name, vectors: 1)
    #expect(one.count == 512 && abs(Direction<ZSpace>(one).length - 1) <= 1e-5)
    #expect(
      try Direction<ZSpace>(contentsOf: Shared.url("real/directions/\(name)"), size: 512).values == one)
    #expect(try direction(name) == (0..<18).flatMap { _ in one })
  }

  @Test(arguments: ["e4e-pose.pt", "stit-smile.npy", "stit-yaw.npy", "ganspace-ffhq_rgb_0.npy"])
  func directionsOfLayersAreAsTheyAre(_ name: String) throws {
    let file = try TensorFile(contentsOf: Shared.url("real/directions/\(name)"))
    #expect(try direction(name) == file.tensor("").elements)
  }

  @Test func aDirectionOfOneVectorMovesAll() throws {
    let age = try TensorFile(contentsOf: Shared.url("real/directions/e4e-age.pt")).tensor("").elements
    #expect(try direction("e4e-age.pt") == (0..<18).flatMap { _ in age })
  }

  @Test func componentsAreAsLongAsTheirDeviation() throws {
    let file = try TensorFile(contentsOf: Shared.url("real/directions/e4e-ffhq_pca.pt"))
    let (components, deviations) = (try file.tensor("comp").elements, try file.tensor("std").elements)
    for index in [0, 10, 79] {
      let expected = components[index * 512..<(index + 1) * 512].map { deviations[index] * $0 }
      #expect(try direction("e4e-ffhq_pca.pt", index) == (0..<18).flatMap { _ in expected })
    }
    for index in [nil, -1, 80] {
      #expect(throws: LatentError.self) { try direction("e4e-ffhq_pca.pt", index) }
    }
  }

  // “Light direction” of GANSpace moves the vector 8 alone, by a component of length 1 times 1.0335018634796143.
  @Test func editsOfGANSpaceMoveTheirVectors() throws {
    let values = try direction("ganspace-light_direction.pkl")
    for row in 0..<18 {
      let length = Direction<ZSpace>(Array(values[row * 512..<(row + 1) * 512])).length
      #expect(abs(length - (row == 8 ? 1.0335019 : 0)) <= 1e-5, "\(row)")
    }
  }

  @Test func codesOfPhotosAreRead() throws {
    let codes = try Latent<WPlusSpace>.codes(
      contentsOf: Shared.url("real/codes/styleclip-w_plus.npy"), size: 18 * 512)
    #expect(codes.count == 68)
  }

  @Test func statisticsOfStylesAreRead() throws {
    let url = try Shared.url("real/codes/stit-S_mean_std")
    let file = try TensorFile(contentsOf: url)
    #expect(file.format == .pickle && file.names.count == 52)
    #expect(try file.names.prefix(26).reduce(0) { try $0 + file.tensor($1).count } == 9088)
  }

  // Which space and size the file is of.
  @Test func whatDoesNotFitIsNamed() throws {
    let url = try Shared.url("real/directions/stit-smile.npy")
    let error = #expect(throws: LatentError.self) { try Direction<ZSpace>(contentsOf: url, size: 200) }
    #expect(
      error?.description.contains("[18, 512], W⁺ of a StyleGAN2 of 1024 pixels") == true,
      "\(error?.description ?? "")")
  }
}
