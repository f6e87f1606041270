// swift-tools-version: 6.2

import PackageDescription

// A package found by path is named after its folder, which is whatever the clone is called.
let root = Context.packageDirectory.split(separator: "/").dropLast(2).last.map(String.init) ?? ""

let package = Package(
  name: "sliders",
  dependencies: [
    .package(path: "../..", traits: ["WebP", "HEIC"]),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "sliders",
      dependencies: [
        .product(name: "LatentArithmetic", package: root), .product(name: "LatentText", package: root),
        .product(name: "LatentFaces", package: root), .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.copy("Page")]),
    .testTarget(
      name: "SlidersTests",
      dependencies: [
        "sliders", .product(name: "LatentArithmetic", package: root),
        .product(name: "LatentFaces", package: root),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
