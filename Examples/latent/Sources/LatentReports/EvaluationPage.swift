import Foundation
import LatentArithmetic
import LatentTraining

extension EvaluationReport {
  /// An image for the page, such as a sheet of edits.
  package struct Figure: Sendable {
    /// Its name.
    package var title: String
    /// What it shows.
    package var caption: String
    /// The image.
    package var image: Image

    /// Makes a figure.
    package init(title: String, caption: String, image: Image) {
      (self.title, self.caption, self.image) = (title, caption, image)
    }
  }

  /// The report as one page that needs no other file, script or network, in the light or dark that the reader
  /// uses.
  ///
  /// It is HTML that is also XML. The images are PNG within it, without their Exif blocks, which may tell
  /// where a photo was taken.
  ///
  /// - Throws: ``ImageError`` when an image is too large for PNG.
  package func html(figures: [Figure]) throws(ImageError) -> String {
    var body = [summary]
    if !figures.isEmpty {
      var elements: [String] = []
      for figure in figures { elements.append(try figure.html) }
      body.append(Self.section("Images", "", elements))
    }
    body +=
      (edits.map { [$0.section] } ?? []) + [
        wordsSection, leakageSection, baselinesSection, reconstructionSection, varianceSection, cosineSection,
        continuitySection, generatedSection,
      ]
    return """
      <!DOCTYPE html>
      <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title>Evaluation</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <h1>Evaluation</h1>
      \(body.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  /// A titled part of the page; the text is the page's own, not escaped.
  static func section(_ title: String, _ text: String, _ elements: [String]) -> String {
    let paragraph = text.isEmpty ? [] : ["<p>\(text)</p>"]
    return (["<section>", "<h2>\(title)</h2>"] + paragraph + elements + ["</section>"])
      .joined(separator: "\n")
  }

  private var summary: String {
    func percent(_ value: Double?) -> String { value.map { $0 * 100 }.formatted(digits: 1) + " %" }
    func mean(_ value: (Word) -> Double?) -> Double? { words.mean(value) }
    let numbers = [
      ("Share of real photos, words added", percent(edits?.share.mean)),
      ("The same, words taken off", percent(edits?.removedShare.mean)),
      ("Same person", percent(edits?.samePerson)),
      ("Words that reach their attribute", percent(mean(\.success))),
      ("Leakage, mean", mean(\.leakageMean).formatted(digits: 2)),
      ("Identity after an edit", mean(\.identity).formatted(digits: 2)),
      ("Reconstruction", reconstruction.psnr.formatted(digits: 2) + " dB"),
      ("Structural similarity", reconstruction.ssim.formatted(digits: 3)),
      ("Variance explained, of free directions’", percent(explainedVariance.share)),
      ("|cos| of co-occurring words", cosine.coOccurring.formatted(digits: 2)),
      ("Continuity, Spearman’s ρ", continuity.spearman.formatted(digits: 2)),
      ("Fréchet distance, scorer", generated.fdScorer.formatted(digits: 2)),
      ("Precision", percent(generated.precision)), ("Recall", percent(generated.recall)),
    ]
    let items = numbers.map { name, value in
      "<div><dt>\(name.escapedForHTML)</dt><dd>\(value)</dd></div>"
    }
    return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
  }

  private static let style = """
    :root { color-scheme: light dark; --text: #1b2026; --muted: #59636e; --line: #d5dae0; --ground: #ffffff;
      --panel: #f5f6f8; }
    @media (prefers-color-scheme: dark) {
      :root { --text: #e4e8ec; --muted: #9aa4af; --line: #353c45; --ground: #14171b; --panel: #1d2127; }
    }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; color: var(--text);
      background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1.5rem; }
    h2 { font-size: 1.25rem; margin: 3rem 0 0.5rem; }
    h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
    p { max-width: 44rem; margin: 0 0 1rem; color: var(--muted); }
    small { color: var(--muted); font-weight: 400; }
    dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.75rem;
      margin: 0; }
    dl div { background: var(--panel); border-radius: 0.5rem; padding: 0.75rem 1rem; }
    dt { color: var(--muted); font-size: 0.85rem; }
    dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
    .scroll { overflow-x: auto; margin: 0 0 1rem; }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.75rem; text-align: right; white-space: nowrap;
      border-bottom: 1px solid var(--line); }
    thead th { vertical-align: bottom; font-weight: 600; border-bottom: 2px solid var(--line); }
    th:first-child, td.text { text-align: left; }
    tbody th { font-weight: 400; position: sticky; left: 0; background: var(--ground); }
    .matrix { font-size: 0.75rem; }
    .matrix th, .matrix td { padding: 0.15rem 0.3rem; }
    .matrix thead th:not(:first-child) span { writing-mode: vertical-rl; transform: rotate(180deg); }
    details { margin: 0 0 0.75rem; }
    summary { cursor: pointer; padding: 0.25rem 0; }
    figure { margin: 1.5rem 0; }
    img { max-width: 100%; height: auto; border-radius: 0.25rem; }
    figcaption { color: var(--muted); font-size: 0.9rem; max-width: 44rem; }
    figcaption b { color: var(--text); }
    """
}

extension [EvaluationReport.Word] {
  /// The mean over the words that have the number.
  func mean(_ value: (Element) -> Double?) -> Double? {
    let values = compactMap(value)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

extension EvaluationReport.Figure {
  fileprivate var html: String {
    get throws(ImageError) {
      var image = image
      image.metadata.exif = nil
      let data = try image.pngData().base64EncodedString()
      let name = title.escapedForHTML
      return """
        <figure>
        <img alt="\(name)" width="\(image.width)" height="\(image.height)"
          src="data:image/png;base64,\(data)"/>
        <figcaption><b>\(name)</b> \(caption.escapedForHTML)</figcaption>
        </figure>
        """
    }
  }
}
