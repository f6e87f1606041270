// A researcher's program, of public declarations alone: a model of weights from elsewhere gets the parts that it lacks.

import Foundation
import LatentArithmetic
import LatentTraining

/// What must hold for the example to be an example.
func check(_ condition: Bool, _ sentence: String) {
  guard condition else {
    FileHandle.standardError.write(Data("The researcher failed: \(sentence)\n".utf8))
    exit(1)
  }
}

/// Numbers that look random, from −limit to limit.
func numbers(_ shape: [Int], limit: Float, seed: inout UInt64) -> Tensor {
  let elements = (0..<shape.reduce(1, *)).map { _ -> Float in
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let share = Float(seed >> 40) / Float(1 << 24)
    return limit * (2 * share - 1)
  }
  return Tensor(shape: shape, elements: elements)
}

/// Squares on a ground, with a table of what is to be seen: whether they are large, and whether red.
func writeImages(_ count: Int, to folder: URL) throws {
  var table = "file,smiling,male,split\n"
  for index in 0..<count {
    let (isLarge, isRed) = (index % 2 == 0, index / 2 % 2 == 0)
    let (radius, x, y) = (isLarge ? 20 : 8, 28 + index % 9, 28 + index % 7)
    let pixels = (0..<64 * 64).flatMap { place -> [UInt8] in
      max(abs(place % 64 - x), abs(place / 64 - y)) < radius
        ? (isRed ? [220, 40, 40] : [40, 40, 220]) : [90, 120, 90]
    }
    try Image(width: 64, height: 64, pixels: pixels).write(to: folder.appendingPathComponent("\(index).png"))
    table +=
      "\(index).png,\(isLarge ? 1 : 0),\(isRed ? 1 : 0),\(index < count - 4 ? "train" : "validation")\n"
  }
  try Data(table.utf8).write(to: folder.appendingPathComponent("attributes.csv"))
  // They are no faces.
  try Data("square\n".utf8).write(to: folder.appendingPathComponent("crop.txt"))
}

@main
struct Researcher {
  static func main() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "researcher-\(UUID().uuidString)")
    let data = folder.appendingPathComponent("data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try writeImages(64, to: data)
    let file = folder.appendingPathComponent("model.safetensors")

    // A generator of weights from elsewhere,
    let network = NetworkConfiguration(architecture: .paper, latentSize: 8, width: 4, imageSize: 64)
    var seed: UInt64 = 1
    var weights: [String: Tensor] = [:]
    for (path, shape) in network.tensorShapes.sorted(by: { $0.key < $1.key })
    where path.hasPrefix("generator.") {
      let inputs = shape.count > 1 ? shape.dropLast().reduce(1, *) : 100
      weights[path] = numbers(shape, limit: 2.5 / Float(inputs).squareRoot(), seed: &seed)
    }
    let dataset = try ImageDataset(contentsOf: data)
    var model = Model(network: network, framing: dataset.framing ?? .centerSquare)
    var incomplete = weights
    incomplete["generator.more"] = incomplete.removeValue(forKey: weights.keys.sorted()[0])
    do {
      try model.setParts(incomplete)
      check(false, "what does not fit the network is refused.")
    } catch {
      check(error.faults.count == 2 && model.tensors.isEmpty, "what is refused changes nothing.")
    }
    try model.setParts(weights)
    try model.write(to: file, precision: .single)

    // an encoder and a projector that are trained for it,
    func training(_ part: String) -> Training {
      let options = RunOptions(folder: folder.appendingPathComponent(part), threads: 2)
      return Training(dataset: dataset, model: file, seed: 1, options: options)
    }
    var encoder = EncoderRecipe()
    (encoder.batch, encoder.steps) = (8, 8)
    try training("encoder").trainEncoder(encoder)
    let vectors = WordVectors(
      words: ["smiling", "male", "house"], values: [1, 0, 0.2, 0, 1, -0.2, -1, -1, 1])
    var projector = ProjectorRecipe()
    (projector.hiddenUnits, projector.batch, projector.steps) = (16, 16, 20)
    try training("projector").trainProjector(projector, vectors: vectors)

    // and edits by words,
    model = try Model(contentsOf: file)
    for (path, tensor) in weights {
      check(model.tensors[path]?.elements == tensor.elements, "trainings leave \(path) alone.")
    }
    let photo = try Image(contentsOf: dataset.url(of: dataset.images[1]))
    let editor = try Editor(contentsOf: file)
    let edited = try editor.edit(photo, adding: ["smiling": 2])
    check(edited != photo, "a word changes the image.")

    // or by directions that are found in another way.
    let images = dataset.images(in: .train)
    let codes = try images.map { image in
      let photo = try Image(contentsOf: dataset.url(of: image))
      return try editor.encoder.encode(
        photo.cropped(to: .trained(in: photo, by: editor.encoder.framing), size: 64))
    }
    func mean(_ isLarge: Bool?) -> Latent<ZSpace> {
      let chosen = codes.indices.filter { isLarge == nil || images[$0].attributes?[0] == isLarge }
      return Latent(
        (0..<network.latentSize).map { place in
          chosen.reduce(0) { $0 + codes[$1].values[place] } / Float(chosen.count)
        })
    }
    let larger = mean(true) - mean(false)
    try model.setDirections(["larger": larger], meanCode: mean(nil))
    try model.write(to: file, precision: .single)
    let another = try Editor(contentsOf: file)
    check(try another.projector.direction(for: "larger") == larger, "a file keeps directions.")
    check(
      try another.edit(photo, adding: ["larger": 2]) == editor.edit(photo, along: 2 * larger),
      "a word stands for its direction.")
    print(
      "A model of \(model.tensors.count) tensors edits by \(try another.projector.words.count) word of its own."
    )
  }
}
