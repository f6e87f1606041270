import Foundation
import LatentArithmetic
import LatentCore
import LatentTraining
import Testing
import TestSupport

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct EvaluationReportTests {
  /// A word that would break a page that did not escape it.
  private static let hostile = #"a<b & "c">"#

  private static let json = #"""
    {
      "reconstruction": {
        "images": 100, "psnr": 21.25, "ssim": 0.75, "identity": 0.5,
        "refined": [
          {"steps": 50, "parts": "code and channels", "images": 20, "psnr": 24.5, "identity": 0.625}],
        "pca": [{"components": 100, "psnr": 22.5}]
      },
      "explained_variance": {
        "projector": 0.25, "free_directions": 0.375, "share": 0.6667,
        "pca": [{"components": 20, "share": 0.4375}], "pairs": 5000
      },
      "cosine": {
        "co_occurring": 0.1875, "pairs": 61, "all": 0.125, "chance": 0.08,
        "matrix": {"words": ["smiling", "a<b & \"c\">"], "values": [[1, -0.3125], [-0.3125, null]]}
      },
      "continuity": {
        "spearman": 0.4375, "pairs": 780, "right_share": 0.5,
        "untrained": [
          {"word": "grinning", "neighbor": "smiling", "expected": "Smiling", "first": "Smiling", "is_right": true},
          {"word": "elderly", "neighbor": "young", "expected": "Young", "first": "Bald", "is_right": false}]
      },
      "words": [
        {"word": "smiling", "attribute": "Smiling", "theta_is_weak": false, "before": -3.5, "recall": 0.9,
         "steps": [{"theta": 0.5, "score": -1.25, "success": 0.3125}, {"theta": 1, "score": 2.5, "success": 0.9375}],
         "success": 0.9375, "leakage_mean": 0.0625, "leakage_max": 0.34375, "leakage": {"Young": -0.34375, "5_o_Clock": 0.03},
         "identity": 0.875, "monotony": 1, "photos": 40},
        {"word": "a<b & \"c\">", "attribute": "Odd", "theta_is_weak": true, "before": 0.125, "recall": 0.9, "steps": [],
         "success": null, "leakage_mean": null, "leakage_max": null, "leakage": {"Young": null},
         "identity": null, "monotony": 0.5, "photos": 3}
      ],
      "baselines": [
        {"name": "difference of means", "words": [
          {"word": "smiling", "attribute": "Smiling", "before": null, "recall": 0.9, "success": 0.84375, "leakage_mean": 0.1,
           "leakage_max": 0.5, "leakage": {"Young": 0.5}, "identity": 0.75, "monotony": null, "photos": 40}]}
      ],
      "generated": {
        "fd_scorer": 12.5, "precision": 0.6875, "recall": 0.28125, "images": 1500,
        "nearest_neighbor": {"generated_median": 4.5, "validation_median": 4.25}
      }
    }
    """#

  private static func report() throws -> EvaluationReport {
    try EvaluationReport(jsonData: Data(json.utf8))
  }

  // MARK: - JSON

  @Test func jsonComesBackAsItWent() throws {
    let report = try Self.report()
    let data = try report.jsonData()
    #expect(try EvaluationReport(jsonData: data) == report)
    #expect(try EvaluationReport(jsonData: data).jsonData() == data)
    // Every name and number is as in the text that was read.
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    let expected = try JSONSerialization.jsonObject(with: Data(Self.json.utf8)) as? NSDictionary
    #expect(object == expected)
    #expect(object.count == 7)
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.count > 100
        && lines.first { $0.contains("\" :") || $0.contains("\":") }?.contains("baselines") == true)
    #expect(report.words[0].leakage["5_o_Clock"]?.wrappedValue == 0.03)
  }

  @Test func whatIsNotFiniteIsNull() throws {
    var report = try Self.report()
    report.reconstruction.psnr = .infinity
    report.generated.fdScorer = .nan
    report.words[0].leakage["Young"] = Finite(wrappedValue: -.infinity)
    let data = try report.jsonData()
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let reconstruction = try #require(object?["reconstruction"] as? [String: Any])
    #expect(reconstruction["psnr"] is NSNull)
    #expect((object?["generated"] as? [String: Any])?["fd_scorer"] is NSNull)
    let words = try #require(object?["words"] as? [[String: Any]])
    #expect((words[0]["leakage"] as? [String: Any])?["Young"] is NSNull)
    #expect(try EvaluationReport(jsonData: data) == report)
  }

  // MARK: - Page

  @Test func thePageShowsEveryWord() throws {
    let report = try Self.report()
    let page = try Page(report.html(figures: []))
    for word in ["smiling", Self.hostile, "grinning", "elderly", "young"] {
      #expect(page.cells.contains(word), "\(word)")
    }
    for text in [
      "difference of means", "21.25", "93.8", "−0.34", "12.500", "–", "θ = 0.50", "weak", "5_o_Clock",
    ] {
      #expect(page.cells.contains(text), "\(text)")
    }
    #expect(Set(page.elements).isDisjoint(with: ["script", "link", "iframe", "img"]))
    #expect(page.source.contains("prefers-color-scheme: dark") && !page.source.contains("a<b"))
    #expect(page.source.components(separatedBy: "://").count == 2, "only the name of XHTML's own namespace")
  }

  @Test func thePageHoldsItsImages() throws {
    var image = randomImage(width: 7, height: 5, seed: 3)
    image.metadata.exif = Data([0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0])
    let html = try Self.report().html(figures: [
      .init(title: "Smiles & <more>", caption: "From θ = 0 to \u{1}1", image: image)
    ])
    let page = try Page(html)
    let source = try #require(page.images.first?["src"])
    #expect(page.images.count == 1 && page.images[0]["alt"] == "Smiles & <more>")
    let prefix = "data:image/png;base64,"
    #expect(source.hasPrefix(prefix))
    let data = try #require(Data(base64Encoded: String(source.dropFirst(prefix.count))))
    let held = try Image(data: data)
    #expect(held == image && held.metadata.exif == nil)
    #expect(page.text.contains("From θ = 0 to \u{FFFD}1"))
  }
}

/// A page as an XML parser reads it, which refuses one that is not well-formed.
private final class Page: NSObject, XMLParserDelegate {
  let source: String
  private(set) var elements: [String] = []
  private(set) var cells: Set<String> = []
  private(set) var images: [[String: String]] = []
  private(set) var text = ""
  private var cellStart: String.Index?

  init(_ source: String) throws {
    self.source = source
    super.init()
    let parser = XMLParser(data: Data(source.utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    if !isWellFormed { Issue.record("line \(parser.lineNumber): \(String(describing: parser.parserError))") }
    #expect(elements.count > 100)
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append(name)
    if name == "img" { images.append(attributes) }
    if name == "td" || name == "th" { cellStart = text.endIndex }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if name == "td" || name == "th", let start = cellStart { cells.insert(String(text[start...])) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
