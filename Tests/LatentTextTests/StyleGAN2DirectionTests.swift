import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import TestSupport
import Testing

/// Directions without words in the spaces of a StyleGAN2 of random weights.
struct StyleGAN2DirectionTests {
  private static let tiny = TinyStyleGAN2()

  private func open<Space: StyleGAN2Space>(_ space: Space.Type) throws -> StyleGAN2Generator<Space> {
    try Self.tiny.withCheckpoint { try StyleGAN2Generator<Space>(contentsOf: $0, threads: 2) }
  }

  private func inner(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  // n·A·Aᵀ = λ·n with λ falling, A being the columns of length 1 of all styles that depend on some rows.
  @Test(arguments: [nil, 2..<4]) func factorsAreEigenvectors(_ rows: Range<Int>?) throws {
    let generator = try open(WSpace.self)
    let directions = generator.factorizedDirections(count: 5, rows: rows)
    let twin = ReferenceStyleGAN2(tensors: Self.tiny.tensors, levels: 3)
    let columns = twin.layers.filter { (rows ?? 0..<8).contains($0.row) }.flatMap { layer in
      let weight = Self.tiny.tensors["\(layer.name).conv.modulation.weight"]?.elements ?? []
      return stride(from: 0, to: weight.count, by: 24).map { start in
        let column = Array(weight[start..<start + 24])
        let length = inner(column, column).squareRoot()
        return column.map { Float(Double($0) / length) }
      }
    }
    var values: [Double] = []
    for (index, direction) in directions.enumerated() {
      let along = columns.map { inner($0, direction.values) }
      let value = along.reduce(0) { $0 + $1 * $1 }
      let image = (0..<24).map { place in zip(columns, along).reduce(0) { $0 + Double($1.0[place]) * $1.1 } }
      #expect(worstError(direction.values, image.map { $0 / value }, scale: 1) <= 1e-5)
      for other in directions[..<index] { #expect(abs(inner(direction.values, other.values)) <= 1e-6) }
      values.append(value)
    }
    #expect(values.count == 5 && values == values.sorted(by: >))
  }

  // The images of ±n differ by more than those of a random direction as long.
  @Test func principalDirectionsChangeImagesMost() throws {
    let generator = try open(WSpace.self)
    let direction = generator.principalDirections(count: 2, samples: 100, seed: 3, threads: 2)[0]
    #expect(direction.values.count == 24)
    let center = generator.meanW()
    var stream = RandomStream(seed: 4, name: "other")
    let random = Direction<WSpace>(stream.normal(shape: [24]).elements)
    func change(_ direction: Direction<WSpace>) -> Double {
      let step = (0.1 / direction.length) * direction
      let images = generator.generate([center + step, center - step])
      return zip(images[0].pixels, images[1].pixels).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
    }
    #expect(change(direction) > 1.2 * change(random))
  }

  // Codes on two sides of a plane have its normal, whatever their space is called.
  @Test func boundariesAreOfAnySpace() throws {
    let generator = try open(StyleSpace.self)
    let codes = generator.randomCodes(200, seed: 5)
    var stream = RandomStream(seed: 6, name: "normal")
    let normal = Direction<StyleSpace>(stream.normal(shape: [generator.latentSize]).elements)
    let sides = codes.map { inner($0.values, normal.values) }
    let middle = sides.sorted()[100]
    let data = LabeledLatents(
      latents: Tensor(shape: [200, generator.latentSize], elements: codes.flatMap(\.values)),
      labels: sides.map { $0 > middle }, words: 1)
    let boundary = try #require(data.boundary(of: 0, in: StyleSpace.self, threads: 2))
    let means = try #require(data.differenceOfMeans(of: 0, in: StyleSpace.self))
    for direction in [boundary, means] {
      let along = codes.map { inner($0.values, direction.values) }
      let threshold = zip(along, sides).filter { $0.1 > middle }.map(\.0).min() ?? 0
      let wrong = zip(along, sides).count { $0.0 >= threshold && $0.1 <= middle }
      #expect(wrong < 60, "\(wrong)")
    }
    #expect(data.direction(of: 0, among: [normal, boundary], threads: 2) != nil)
  }
}
