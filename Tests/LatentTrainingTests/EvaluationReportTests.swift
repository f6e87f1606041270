import Foundation
import LatentTraining
import TestSupport
import Testing

struct EvaluationReportTests {
  private static func report() throws -> EvaluationReport {
    try EvaluationReport(jsonData: Data(contentsOf: Fixtures.url("evaluation.json")))
  }

  @Test func jsonComesBackAsItWent() throws {
    let report = try Self.report()
    let data = try report.jsonData()
    #expect(try EvaluationReport(jsonData: data) == report)
    #expect(try EvaluationReport(jsonData: data).jsonData() == data)
    // Every name and number is as in the text that was read.
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    let expected =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: Fixtures.url("evaluation.json"))) as? NSDictionary
    #expect(object == expected)
    #expect(object.count == 8)
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.count > 100
        && lines.first { $0.contains("\" :") || $0.contains("\":") }?.contains("baselines") == true)
    #expect(report.words[0].leakage["5_o_Clock"] == 0.03)
  }

  @Test func whatIsNilIsNull() throws {
    var report = try Self.report()
    report.reconstruction.psnr = nil
    report.words[0].leakage["Young"] = .some(nil)
    let data = try report.jsonData()
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let reconstruction = try #require(object?["reconstruction"] as? [String: Any])
    #expect(reconstruction["psnr"] is NSNull)
    let words = try #require(object?["words"] as? [[String: Any]])
    #expect((words[0]["leakage"] as? [String: Any])?["Young"] is NSNull)
    #expect(try EvaluationReport(jsonData: data) == report)
  }

  // The first release judged no finished photos.
  @Test func aReportOfTheFirstReleaseIsRead() throws {
    var report = try Self.report()
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: Fixtures.url("evaluation.json")))
    var object = try #require(json as? [String: Any])
    #expect(object.removeValue(forKey: "edits") != nil && report.edits?.removedShare.high == nil)
    report.edits = nil
    #expect(try EvaluationReport(jsonData: JSONSerialization.data(withJSONObject: object)) == report)
  }

  @Test func whatIsNotFiniteIsRefused() throws {
    var report = try Self.report()
    report.generated.fdScorer = .infinity
    #expect(throws: EncodingError.self) { try report.jsonData() }
  }
}
