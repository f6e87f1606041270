import Foundation
import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining
import LatentFaces
import Testing

struct InspectTests {
  @Test func aModelIsShown() throws {
    try withTemporaryFolder { folder in
      try Model.faces().write(to: folder.appendingPathComponent("model"))
      let text = try Command.run(["inspect", "model"], in: folder)
      #expect(text.status == 0 && text.errors.isEmpty)
      #expect(text.output.contains("model: safetensors\n"))
      #expect(text.output.contains("  format = LatentArithmetic 1\n"))
      let width = try 8 * Model.faces().network.width
      #expect(text.output.contains("\n  generator.input.norm.scale  F16  \(width)\n"))

      let json = try Command.run(["inspect", "model", "--json"], in: folder)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(object["format"] as? String == "safetensors")
      #expect((object["tensors"] as? [[String: Any]])?.count ?? 0 > 20)
    }
  }

  @Test func whatIsNothingIsToldInOneSentence() throws {
    try withTemporaryFolder { folder in
      try Data([1, 2, 3, 0, 255]).write(to: folder.appendingPathComponent("noise"))
      for name in ["noise", "nowhere"] {
        let result = try Command.run(["inspect", name], in: folder)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("Error: ") && result.errors.contains(name))
        #expect(result.errors.split(separator: "\n").count == 1)
      }
    }
  }
}
