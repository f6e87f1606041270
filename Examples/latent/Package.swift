// swift-tools-version: 6.2

import PackageDescription

// A package found by path is named after its folder, which is whatever the clone is called.
let root = Context.packageDirectory.split(separator: "/").dropLast(2).last.map(String.init) ?? ""

let package = Package(
  name: "latent",
  dependencies: [
    .package(path: "../.."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "latent",
      dependencies: [
        .product(name: "LatentArithmetic", package: root), .product(name: "LatentText", package: root),
        .product(name: "LatentTraining", package: root),
        .product(name: "LatentFaces", package: root),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "LatentCommandTests",
      dependencies: ["latent", .product(name: "LatentArithmetic", package: root)]),
  ],
  swiftLanguageModes: [.v6]
)
