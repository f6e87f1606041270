import Foundation
import Testing
import TestSupport

/// Checks of what the parity tests stand on: the archives' reader and the parameters by formula.
struct GoldenFilesTests {
  // The value that golden/README.md gives for the name `input.z`.
  @Test func formulaGivesThePublishedNumbers() {
    #expect(formulaValues(name: "input.z", count: 4) == [-0.67124736, 0.57201517, -0.65695798, 0.02906084])
    let shifted = formulaValues(name: "input.z", count: 4, scale: 2, shift: 1)
    #expect(worstError(shifted, [-0.34249472, 2.14403034, -0.31391596, 1.05812168], scale: 1) <= 0x1p-23)
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func parametersAreListed() throws {
    let table = try Shared.url("golden/parameters.json")
    let parameters = try FormulaParameter.parameters(of: "dcgan-80", in: table)
    #expect(parameters.count == 35)
    let last = try #require(parameters.last)
    #expect(last.name == "encoder.conv4.weight" && last.shape == [100, 256, 5, 5])
    #expect(last.values.count == 640_000)
    #expect(last.values.allSatisfy { abs(Double($0)) <= last.scale + 1e-8 })
    #expect(throws: FormulaParameter.UnknownNetwork.self) {
      try FormulaParameter.parameters(of: "dcgan", in: table)
    }
  }

  // latent-mapper.npz stores the input that the formula makes, so that the two readers check each other.
  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func archiveHoldsTheFormulasNumbers() throws {
    let arrays = try NumPyArchive.arrays(contentsOf: Shared.url("golden/latent-mapper.npz"))
    let wplus = try #require(arrays["wplus"])
    #expect(wplus.shape == [2, 18, 512])
    let made = formulaValues(name: "input.wplus", count: 2 * 18 * 512, scale: 3.0.squareRoot())
    #expect(worstError(made, wplus.values, scale: 1) == 0)
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func everyArchiveIsRead() throws {
    let folder = try Shared.url("golden")
    let archives = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "npz" }
    #expect(archives.count == 12)
    for archive in archives {
      let arrays = try NumPyArchive.arrays(contentsOf: archive)
      #expect(!arrays.isEmpty)
      for (name, array) in arrays {
        #expect(array.values.count == array.shape.reduce(1, *), "\(name)")
        #expect(array.values.allSatisfy(\.isFinite) && array.values.contains { $0 != 0 }, "\(name)")
      }
    }
    // Unit norm, through half a million inputs: ‖feature‖ = 1 in each row.
    let features = try #require(
      NumPyArchive.arrays(contentsOf: Shared.url("golden/arcface-irse50.npz"))["feature"])
    for row in 0..<2 {
      let norm = features.values[row * 512..<(row + 1) * 512].reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - 1) <= 1e-5)
    }
  }

  @Test(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
  func compressedArchiveIsInflatedAndFortranOrderRefused() throws {
    let url = try Shared.url("golden/checkpoints/arrays-compressed.npz")
    let error = try #require(throws: NumPyArchive.Malformed.self) { try NumPyArchive.arrays(contentsOf: url) }
    // The array before it was inflated and passed its checksum.
    #expect(error.description == "“f.npy” is not in C order.")
  }
}
