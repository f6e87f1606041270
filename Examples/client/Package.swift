// swift-tools-version: 6.2

import PackageDescription

// A package found by path is named after its folder, which is whatever the clone is called.
let root = Context.packageDirectory.split(separator: "/").dropLast(2).last.map(String.init) ?? ""

let package = Package(
  name: "client",
  dependencies: [.package(path: "../..")],
  targets: [
    .executableTarget(
      name: "client",
      dependencies: [
        .product(name: "LatentArithmetic", package: root),
        .product(name: "LatentFaces", package: root),
      ]),
    .executableTarget(
      name: "researcher", dependencies: [.product(name: "LatentTraining", package: root)]),
  ],
  swiftLanguageModes: [.v6]
)
