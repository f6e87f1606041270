// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "LatentArithmetic",
  products: [
    .library(name: "LatentArithmetic", targets: ["LatentArithmetic"]),
    .library(name: "LatentText", targets: ["LatentText"]),
    .library(name: "LatentTraining", targets: ["LatentTraining"]),
    .library(name: "LatentFaces", targets: ["LatentFaces"]),
    // For those who write networks of their own, or read files of tensors.
    .library(name: "LatentCore", targets: ["LatentCore"]),
    .library(name: "LatentWorkloads", targets: ["LatentWorkloads"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Work on several machines, by MPI."),
    .trait(name: "WebP", description: "WebP images can be read, by libwebp."),
    .trait(name: "HEIC", description: "HEIC photos can be read, by libheif."),
  ],
  targets: [
    // MARK: - Public API
    .target(
      name: "LatentFaces", dependencies: ["LatentText", "LatentArithmetic"],
      resources: [
        .copy("Resources/faces.safetensors"), .copy("Resources/scorer.safetensors"),
        .copy("Resources/calibrating.safetensors"), .copy("Resources/sentences.safetensors"),
        .copy("Resources/joint.safetensors"),
      ]),
    .target(name: "LatentTraining", dependencies: ["LatentText", "LatentArithmetic", "LatentCore"]),
    .target(name: "LatentText", dependencies: ["LatentArithmetic", "LatentCore", "CZlib"]),
    .target(name: "LatentArithmetic", dependencies: ["LatentCore", "CImageCodecs"]),

    // MARK: - Implementation details
    .target(
      name: "LatentCore",
      dependencies: [
        "CKernels", "CZlib", .target(name: "CMessagePassing", condition: .when(traits: ["MPI"])),
      ]),
    .target(
      name: "CMessagePassing", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("LATENT_MPI", .when(traits: ["MPI"]))],
      linkerSettings: [.linkedLibrary("mpi", .when(traits: ["MPI"]))]),
    .target(
      name: "CKernels", dependencies: ["COpenBLAS", "CLAPACKE"],
      // A kernel names the headers of other families by their folder.
      cSettings: [.headerSearchPath(".")],
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke"), .linkedLibrary("m")]),
    .target(
      name: "CImageCodecs",
      dependencies: [
        "CPNG", "CJPEG", "CZlib", .target(name: "CWebP", condition: .when(traits: ["WebP"])),
        .target(name: "CHEIF", condition: .when(traits: ["HEIC"])),
      ],
      cSettings: [
        .define("IC_WEBP", .when(traits: ["WebP"])), .define("IC_HEIC", .when(traits: ["HEIC"])),
      ],
      linkerSettings: [
        .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z"),
        .linkedLibrary("webp", .when(traits: ["WebP"])), .linkedLibrary("webpdemux", .when(traits: ["WebP"])),
        .linkedLibrary("heif", .when(traits: ["HEIC"])),
      ]),

    // MARK: - System libraries
    // pkg-config tells where they lie. Without it they are expected where the compiler looks by itself, hence the
    // linked libraries above.
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/SystemLibraries/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CLAPACKE", path: "Sources/SystemLibraries/CLAPACKE", pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/SystemLibraries/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/SystemLibraries/CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/SystemLibraries/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CWebP", path: "Sources/SystemLibraries/CWebP", pkgConfig: "libwebpdemux",
      providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .systemLibrary(
      name: "CHEIF", path: "Sources/SystemLibraries/CHEIF", pkgConfig: "libheif",
      providers: [.apt(["libheif-dev"]), .brew(["libheif"])]),
    .systemLibrary(
      name: "CMPI", path: "Sources/SystemLibraries/CMPI", pkgConfig: "ompi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),

    // MARK: - Benchmarks
    // A target of this package, so that what it measures need not be public; Benchmarks/ has the program.
    .target(
      name: "LatentWorkloads",
      dependencies: ["LatentArithmetic", "LatentText", "LatentTraining", "LatentCore"],
      path: "Benchmarks/Workloads"),

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
