// swift-tools-version: 6.2

import PackageDescription

// A package found by path is named after its folder, which is whatever the clone is called.
let root = Context.packageDirectory.split(separator: "/").dropLast(2).last.map(String.init) ?? ""

let library = ["LatentArithmetic", "LatentText", "LatentTraining", "LatentFaces"].map {
  Target.Dependency.product(name: $0, package: root)
}

let package = Package(
  name: "latent",
  traits: [.trait(name: "MPI", description: "Work on several machines, by MPI.")],
  dependencies: [
    .package(
      path: "../..", traits: ["WebP", "HEIC", .trait(name: "MPI", condition: .when(traits: ["MPI"]))]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "latent",
      dependencies: library + [
        "LatentReports", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Sheets, figures, pages and summaries that the program shows.
    .target(
      name: "LatentReports",
      dependencies: [
        .product(name: "LatentArithmetic", package: root), .product(name: "LatentTraining", package: root),
      ]),
    .testTarget(name: "LatentCommandTests", dependencies: library + ["latent", "LatentReports"]),
  ],
  swiftLanguageModes: [.v6]
)
