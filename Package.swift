// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "LatentArithmetic",
  products: [
    .library(name: "LatentArithmetic", targets: ["LatentArithmetic"]),
    .library(name: "LatentText", targets: ["LatentText"]),
    .library(name: "LatentTraining", targets: ["LatentTraining"]),
    .library(name: "LatentFaces", targets: ["LatentFaces"]),
  ],
  targets: [
    // MARK: - Public API
    .target(
      name: "LatentFaces", dependencies: ["LatentArithmetic"],
      resources: [.copy("Resources/faces.safetensors"), .copy("Resources/scorer.safetensors")]),
    .target(name: "LatentTraining", dependencies: ["LatentArithmetic", "LatentCore"]),
    .target(name: "LatentText", dependencies: ["LatentArithmetic", "LatentCore", "CZlib"]),
    .target(name: "LatentArithmetic", dependencies: ["LatentCore", "CImageCodecs"]),

    // MARK: - Implementation details
    .target(name: "LatentCore", dependencies: ["CKernels", "CZlib"]),
    .target(
      name: "CKernels",
      // A kernel names the headers of other families by their folder.
      cSettings: [.headerSearchPath(".")],
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke"), .linkedLibrary("m")]),
    .target(
      name: "CImageCodecs",
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z")]),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"])]),

    // MARK: - Tests
    .target(name: "CKernelsReference", dependencies: ["CKernels"], path: "Tests/CKernelsReference"),
    .target(
      name: "TestSupport",
      dependencies: [
        "LatentTraining", "LatentText", "LatentArithmetic", "LatentCore", "CKernels", "CKernelsReference",
        "CZlib",
      ],
      path: "Tests/TestSupport"),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "CKernelsReference", "TestSupport"]),
    .testTarget(name: "LatentCoreTests", dependencies: ["LatentCore", "TestSupport"]),
    .testTarget(
      name: "LatentArithmeticTests",
      dependencies: ["CKernelsReference", "LatentArithmetic", "LatentFaces", "TestSupport"]),
    .testTarget(
      name: "LatentTextTests",
      dependencies: ["LatentText", "LatentTraining", "LatentFaces", "TestSupport"]),
    .testTarget(
      name: "LatentTrainingTests",
      dependencies: ["CKernelsReference", "LatentTraining", "LatentFaces", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
