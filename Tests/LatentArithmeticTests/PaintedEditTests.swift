import Foundation
import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// Photos edited by a model with a painter.
struct PaintedEditTests {
  private let photo = Image(
    width: 178, height: 218, pixels: smoothImage(width: 178, height: 218, seed: 3).pixels,
    alpha: (0..<178 * 218).map { UInt8(255 - $0 % 90) }, metadata: .init(exif: Data([7, 8, 9])))

  @Test func aPainterTravelsInTheModelFile() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model")
      let model = TinyModel.painting()
      try model.write(to: url, precision: .single)
      var read = try Model(contentsOf: url)
      #expect(read.painter == PainterConfiguration(width: 4, attributes: 2))
      #expect(try read.parameters(of: .painter).bits == model.parameters(of: .painter).bits)
      // It depends on generator and encoder, and keeps its own directions: another projector leaves it where it is.
      read.set(.projector, to: try read.parameters(of: .projector), record: "")
      #expect(read.painter != nil)
      read.set(.encoder, to: try read.parameters(of: .encoder), record: "")
      #expect(read.painter == nil)
      #expect(throws: ModelError.self) { try read.parameters(of: .painter) }
    }
  }

  @Test func noEditIsThePhotoBitForBit() throws {
    let editor = try Editor(TinyModel.painting())
    for words in [[:], ["smiling": 0], ["smiling": 0.001]] as [[String: Float]] {
      #expect(try editor.edit(photo, adding: words, framed: .alignedCelebA, rendering: .paint) == photo)
    }
  }

  // Where a model has a painter it is the default; what is outside the frame, alpha and metadata stay.
  @Test func anEditIsPaintedInTheFrame() throws {
    let editor = try Editor(TinyModel.painting())
    let edited = try editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA)
    #expect(
      edited == (try editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA, rendering: .paint)))
    #expect(
      edited != (try editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA, rendering: .keep)))
    #expect(edited.alpha == photo.alpha && edited.metadata == photo.metadata)
    var changed = 0
    for index in 0..<178 * 218
    where edited.pixels[3 * index..<3 * index + 3] != photo.pixels[3 * index..<3 * index + 3] {
      changed += 1
      let (x, y) = (index % 178, index / 178)
      #expect((15..<163).contains(x) && (40..<188).contains(y))
    }
    #expect(changed > 100)
    var face = try editor.faces(in: photo, framed: .alignedCelebA)[0]
    face["smiling"] = 1
    #expect(try face.rendered() == edited)
    // In a batch of another size sums are rounded in another order.
    let both = try face.rendered("smiling", at: [0, 1])
    #expect(both[0] == photo)
    #expect(zip(both[1].pixels, edited.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  // What follows starts from what is seen: no further edit leaves it as it is, bit for bit.
  @Test func editsFollowOneAnother() throws {
    let editor = try Editor(TinyModel.painting())
    var face = try editor.faces(in: photo, framed: .alignedCelebA)[0]
    face["smiling"] = 1
    let first = try face.rendered()
    var second = try face.edited()
    #expect(second.photo == first && second.words.isEmpty)
    #expect(try second.rendered() == first)
    #expect(second.code == face.code + (try editor.projector.direction(for: "smiling")))
    second["blond"] = 1
    #expect(try second.rendered() != first)
  }

  // X + (G(z′) − G(z)) + (G(z″) − G(z′)) = X + (G(z″) − G(z)): one rounding to 8 bits more, and what is clipped between.
  @Test func keptEditsAddUp() throws {
    let editor = try Editor(TinyModel.complete(.dcgan))
    let photo = Image(
      width: 178, height: 218,
      pixels: smoothImage(width: 178, height: 218, seed: 3).pixels.map { 96 + $0 / 4 })
    var face = try editor.faces(in: photo, framed: .alignedCelebA)[0]
    face["smiling"] = 0.2
    var second = try face.edited()
    second["blond"] = -0.2
    face["blond"] = -0.2
    let (one, two) = (try face.rendered().pixels, try second.rendered().pixels)
    var compared = 0
    let between = try #require(second.photo).pixels
    for (index, (a, b)) in zip(one, two).enumerated()
    where [a, b, between[index]].allSatisfy({ (8...247).contains($0) }) {
      #expect(abs(Int(a) - Int(b)) <= 2)
      compared += 1
    }
    #expect(one != photo.pixels && compared > 9 * one.count / 10)
  }

  // ⟨gradient, v⟩ is the difference of ⟨images, cotangent⟩ a little ahead and behind along v. Single precision and the corners
  // of leaky rectifiers leave some parts in a thousand.
  @Test(arguments: ["edits", "after"]) func paintingsHaveGradients(of input: String) throws {
    let model = TinyModel.painting()
    let painter = try #require(Painter(model, threads: 1))
    var stream = RandomStream(seed: 9, name: "painting")
    let crop = stream.uniform(shape: [1, 160, 160, 3], limit: 1)
    let before = stream.uniform(shape: [1, 80, 80, 3], limit: 0.5)
    let point = [
      "edits": stream.normal(shape: [2, TinyModel.latentSize], deviation: 0.3),
      "after": stream.uniform(shape: [2, 80, 80, 3], limit: 0.5),
    ]
    func images(_ point: [String: Tensor]) throws -> (tape: Tape, painted: Variable) {
      let tape = Tape(threads: 1)
      let variables = point.map { ($0.key, tape.watch($0.value, path: $0.key)) }
      let inputs = Dictionary(uniqueKeysWithValues: variables)
      let painted = painter.paintedCrops(
        crop, before: before, after: try #require(inputs["after"]), edits: try #require(inputs["edits"]))
      return (tape, painted)
    }
    // What is recorded does not keep its tape: one of which no gradient is taken is let go.
    weak var dropped = try images(point).tape
    #expect(dropped == nil)
    let cotangent = stream.normal(shape: [2, 160, 160, 3])
    func product(_ a: Tensor, _ b: Tensor) -> Double {
      zip(a.elements, b.elements).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let at = try images(point)
    // At the point the two ways that edits are painted agree.
    let expected = painter.paint(
      crop, before: before, after: try #require(point["after"]), edits: try #require(point["edits"]))
    let photos = Tensor.concatenated([crop, crop])
    let tape = Tape(threads: 1)
    let laid = tape.constant(expected.colors).laid(over: photos, through: tape.constant(expected.masks)).value
    #expect(zip(laid.elements, at.painted.value.elements).allSatisfy { abs($0 - $1) <= 1e-5 })
    let gradient = try #require(at.tape.gradients(of: at.painted, cotangent: cotangent)[input])
    // Along the gradient itself the difference is largest beside what rounding makes of it.
    let most = gradient.elements.reduce(0) { max($0, abs($1)) }
    let way = Tensor(shape: gradient.shape, elements: gradient.elements.map { $0 / most })
    let step: Float = 1e-3
    let sides = try [step, -step].map { step in
      var moved = point
      moved[input] = Kernels.linearCombination(1, try #require(point[input]), step, way, threads: 1)
      return product(try images(moved).painted.value, cotangent)
    }
    let numeric = (sides[0] - sides[1]) / Double(2 * step)
    let analytic = product(gradient, way)
    #expect(abs(numeric - analytic) <= 0.01 * abs(numeric), "\(numeric) \(analytic)")
  }

  @Test func withoutAPainterNothingIsPainted() throws {
    let editor = try Editor(TinyModel.complete(.dcgan))
    #expect(throws: EditingError.painterMissing) {
      try editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA, rendering: .paint)
    }
    #expect(
      try editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA)
        == editor.edit(photo, adding: ["smiling": 1], framed: .alignedCelebA, rendering: .keep))
  }
}
