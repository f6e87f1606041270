import LatentTraining

extension EvaluationReport {
  var reconstructionSection: String {
    let codes: [HTMLTable.Cell] = [
      .text("Encoder"), .count(reconstruction.images), .number(reconstruction.psnr, digits: 2),
      .number(reconstruction.ssim, digits: 3), .number(reconstruction.identity, digits: 3),
    ]
    let refined: [[HTMLTable.Cell]] = reconstruction.refined.map {
      [
        .text("\($0.steps) steps of descent on \($0.parts)"), .count($0.images),
        .number($0.psnr, digits: 2), .number(nil, digits: 3), .number($0.identity, digits: 3),
      ]
    }
    let components: [[HTMLTable.Cell]] = reconstruction.pca.map {
      [
        .text("\($0.components) principal components of pixels"), .count(reconstruction.images),
        .number($0.psnr, digits: 2), .number(nil, digits: 3), .number(nil, digits: 3),
      ]
    }
    let table = HTMLTable(
      columns: [
        .init("Image from"), .init("Photos"), .init("PSNR", unit: "dB"), .init("SSIM"),
        .init("Identity", unit: "cos"),
      ], rows: [codes] + refined + components)
    return Self.section(
      "Reconstruction",
      "Photos that no training saw, encoded and generated again, without an edit. All are means over photos.",
      [table.html])
  }

  var varianceSection: String {
    var rows: [[HTMLTable.Cell]] = [
      [.text("Words, by the projector"), .share(explainedVariance.projector)],
      [.text("Directions trained freely"), .share(explainedVariance.freeDirections)],
      [.text("Words, of those trained freely"), .share(explainedVariance.share)],
    ]
    rows += explainedVariance.pca.map {
      [.text("\($0.components) principal components of codes"), .share($0.share)]
    }
    let table = HTMLTable(columns: [.init("Directions"), .init("Explained", unit: "%")], rows: rows)
    return Self.section(
      "Explained variance",
      """
      How much of the difference between the codes of two photos lies along the directions of the words in \
      which they differ, over \(explainedVariance.pairs) pairs of photos.
      """, [table.html])
  }

  var cosineSection: String {
    let means = HTMLTable(
      columns: [.init("Pairs of words"), .init("Mean |cos|")],
      rows: [
        [.text("Co-occurring, \(cosine.pairs) pairs"), .number(cosine.coOccurring, digits: 3)],
        [.text("All"), .number(cosine.all, digits: 3)],
        [.text("Random directions"), .number(cosine.chance, digits: 3)],
      ])
    let matrix = HTMLTable(
      columns: [.init("cos")] + cosine.matrix.words.map { .init($0) },
      rows: zip(cosine.matrix.words, cosine.matrix.values).map { word, values in
        [.text(word)] + values.map { .shaded($0, digits: 2) }
      }, isMatrix: true)
    return Self.section(
      "Cosines of directions",
      """
      Words whose attributes occur together or exclude each other (|φ| ≥ 0.2) tempt a model to mix their \
      directions. A low cosine alone proves nothing: read it beside the leakage.
      """, [means.html, matrix.html])
  }

  var continuitySection: String {
    let right = continuity.rightShare.map { $0 * 100 }.formatted(digits: 1)
    let table = HTMLTable(
      columns: [
        .init("Untrained word"), .init("Nearest trained"), .init("Expected"), .init("Changed most"),
        .init("Right"),
      ],
      rows: continuity.untrained.map {
        [
          .text($0.word), .text($0.neighbor), .text($0.expected), .text($0.first),
          .text($0.isRight ? "yes" : "no"),
        ]
      })
    return Self.section(
      "Continuity",
      """
      Spearman’s ρ between the cosines of word vectors and of directions is \
      \(continuity.spearman.formatted(digits: 3)) over \(continuity.pairs) pairs of words. Of the words \
      never trained on, \(right) % change most what their nearest trained word is to change.
      """, [table.html])
  }

  var generatedSection: String {
    let table = HTMLTable(
      columns: [.init("Measure"), .init("Value")],
      rows: [
        [.text("Fréchet distance of the scorer’s features"), .number(generated.fdScorer, digits: 3)],
        [.text("Precision, %"), .share(generated.precision)], [.text("Recall, %"), .share(generated.recall)],
        [
          .text("Distance to the nearest photo trained on, generated images, median"),
          .number(generated.nearestNeighbor.generatedMedian, digits: 3),
        ],
        [
          .text("The same, photos not trained on, median"),
          .number(generated.nearestNeighbor.validationMedian, digits: 3),
        ],
      ])
    return Self.section(
      "Generated images",
      """
      \(generated.images) images drawn of noise, beside photos that no training saw, by the features of \
      the scorer: the distance is not comparable with FID. Images nearer to those trained on than new \
      photos would be memorized.
      """, [table.html])
  }
}
