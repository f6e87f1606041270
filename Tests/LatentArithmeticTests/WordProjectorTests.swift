import LatentArithmetic
import LatentCore
import TestSupport
import Testing

/// The directions of words, from vectors and from a model's table.
struct WordProjectorTests {
  @Test func unknownWordsAreTold() throws {
    let projector = try WordProjector(TinyModel.complete(), threads: 1)
    #expect(throws: WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])) {
      try projector.direction(for: "smilling")
    }
    #expect(throws: WordVectorsError.unknownWord("smilling", suggestions: ["smiling"])) {
      try projector.nearest(to: "smilling", count: 2)
    }
    #expect(throws: WordVectorsError.unknownWord("", suggestions: [])) { try projector.direction(for: "") }
  }

  /// The model with a table that its projector made from the vectors.
  private func modelWithItsOwnTable(of vectors: WordVectors) throws -> Model {
    var model = TinyModel.complete()
    model.directions = WordVectors(
      words: vectors.words,
      values: TinyModel.projector.layers.inferred(
        vectors.matrix, try model.parameters(of: .projector), threads: 1
      ).elements)
    return model
  }

  // Table and network agree where both know a word, up to the rounding of sums of 16 terms.
  @Test func wordVectorsGoThroughTheProjector() throws {
    let vectors = TinyModel.vectors
    let model = try modelWithItsOwnTable(of: vectors)
    let table = try WordProjector(model, threads: 1)
    let network = try WordProjector(model, vectors: vectors, threads: 1)
    #expect(table.words == vectors.words && network.words == vectors.words)
    for word in vectors.words {
      let expected = try table.direction(for: word).values.map { Double($0) }
      let got = try network.direction(for: word).values
      #expect(relativeError(got, expected) <= roundingTolerance(terms: TinyModel.hiddenUnits))
    }
  }

  // The vectors go before the table, which still knows the words they lack.
  @Test func wordVectorsGoBeforeTheTable() throws {
    let model = TinyModel.complete()
    let vectors = WordVectors(words: ["smiling", "beard"], values: randomFloats(count: 10, seed: 8))
    let table = try WordProjector(model, threads: 1)
    let both = try WordProjector(model, vectors: vectors, threads: 1)
    #expect(both.words == vectors.words)
    #expect(try both.direction(for: "Smiling") != table.direction(for: "smiling"))
    #expect(try both.direction(for: "blond") == table.direction(for: "blond"))
    let input = Tensor(shape: [1, 5], elements: try vectors.vector(for: "beard"))
    let expected = TinyModel.projector.layers.inferred(
      input, try model.parameters(of: .projector), threads: 1)
    #expect(try both.direction(for: "beard").values == expected.elements)
    #expect(throws: WordVectorsError.unknownWord("board", suggestions: ["beard"])) {
      try both.direction(for: "board")
    }
  }

  @Test func vectorsOfAnotherLengthAreRefused() throws {
    let vectors = WordVectors(words: ["smiling", "beard"], values: randomFloats(count: 8, seed: 8))
    #expect(throws: ModelError.wrongWordVectors(expected: 5, got: 4)) {
      try Editor(TinyModel.complete(), vectors: vectors)
    }
  }

  // The cosines are those of the table's directions, the word itself left out however it is written.
  @Test func neighborsAreThoseOfTheTable() throws {
    let model = TinyModel.complete()
    let projector = try WordProjector(model, threads: 1)
    let neighbors = try projector.nearest(to: "Smiling", count: 10)
    #expect(Set(neighbors.map(\.word)) == Set(TinyModel.words).subtracting(["smiling"]))
    let smiling = try projector.direction(for: "smiling")
    for neighbor in neighbors {
      let cosine = smiling.cosine(to: try projector.direction(for: neighbor.word))
      #expect(abs(neighbor.cosine - cosine) <= Float(roundingTolerance(terms: 6)))
    }
    let cosines = neighbors.map(\.cosine)
    #expect(cosines == cosines.sorted(by: >))
    #expect(try projector.nearest(to: "smiling", count: 2) == Array(neighbors.prefix(2)))
  }
}
