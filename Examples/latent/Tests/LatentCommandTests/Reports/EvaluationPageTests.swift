import Foundation
import LatentArithmetic
import LatentReports
import LatentTraining
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct EvaluationPageTests {
  /// A word that would break a page that did not escape it.
  private static let hostile = #"a<b & "c">"#

  /// The report that the tests of the library read.
  private static func report() throws -> EvaluationReport {
    // Examples/latent/Tests/LatentCommandTests/Reports and this file's name are below the root.
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<6 { root.deleteLastPathComponent() }
    let url = root.appendingPathComponent("Tests/Fixtures/evaluation.json")
    return try EvaluationReport(jsonData: Data(contentsOf: url))
  }

  @Test func thePageShowsEveryWord() throws {
    let report = try Self.report()
    let page = try Page(report.html(figures: []))
    for word in ["smiling", Self.hostile, "grinning", "elderly", "young"] {
      #expect(page.cells.contains(word), "\(word)")
    }
    for text in [
      "difference of means", "21.25", "93.8", "−0.34", "12.500", "–", "θ = 0.50", "weak", "5_o_Clock",
      "46.2 (43.8 to 48.4)", "59.4 (56.2 to –)", "1 of 2", "90.6", "darker skin", "42.2 (40.6 to 45.3)",
      "hat",
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
