import Foundation
import LatentArithmetic
import LatentCore
import LatentReports
import Testing

struct FileSummaryTests {
  private func summary(of data: Data, named name: String = "file") throws -> FileSummary {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent(name)
      try data.write(to: url)
      return try FileSummary(contentsOf: url)
    }
  }

  // Names say nothing: each file is called alike.
  @Test func filesAreToldByTheirBytes() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("file")
      let array = StoredTensor(
        "x", Tensor(shape: [2, 3], elements: [0.5, -1, 2, 3.25, 0, 8]), as: .float16)
      func isExpected(_ summary: FileSummary) -> Bool {
        summary.tensors?.map(\.name) == ["x"] && summary.tensors?.map(\.shape) == [[2, 3]]
          && summary.tensors?.map(\.type) == ["F16"]
      }

      try TensorFile.writeSafeTensors([array], metadata: ["format": "pt"], to: url)
      var found = try FileSummary(contentsOf: url)
      #expect(found.format == "safetensors" && found.metadata == ["format": "pt"])
      #expect(isExpected(found) && found.numbers == 6)
      #expect(found.description.hasSuffix("  format = pt\n1 tensor, 6 numbers\n  x  F16  2×3"))

      try TensorFile.writeNumPyArchive([array], isCompressed: true, to: url)
      found = try FileSummary(contentsOf: url)
      #expect(found.format == "npz" && isExpected(found) && found.metadata == nil)

      try randomImage(width: 7, height: 5, seed: 2).pngData().write(to: url)
      found = try FileSummary(contentsOf: url)
      #expect(found.format == "PNG" && found.photo?.width == 7 && found.photo?.height == 5)

      try Data("the 0.5 -1.25\nof 3 4\n".utf8).write(to: url)
      found = try FileSummary(contentsOf: url)
      #expect(found.words?.count == 2 && found.words?.dimension == 2 && found.words?.first == ["the", "of"])
      #expect(found.tensors == nil && found.photo == nil && found.images == nil)

      try Data("neither this nor that".utf8).write(to: url)
      #expect(throws: TensorFileError.formatUnknown(file: url.path)) { try FileSummary(contentsOf: url) }
      try Data("the 0.5\nof half\n".utf8).write(to: url)
      #expect(throws: WordVectorsError.self) { try FileSummary(contentsOf: url) }
    }
  }

  // Of four images 3 smile and 1 is blond; p0 … p3 are of three people.
  @Test func dataSetsAreCounted() throws {
    try withTemporaryFolder { folder in
      for index in 0..<4 {
        try randomImage(width: 4, height: 4, seed: UInt64(index)).write(
          to: folder.appendingPathComponent("p\(index).png"))
      }
      let table = folder.appendingPathComponent("attributes.csv")
      try Data(
        """
        file,smiling,blond,split,identity
        p0.png,1,0,train,1
        p1.png,1,1,validation,2
        p2.png,0,0,validation,2
        p3.png,1,0,test,3

        """.utf8
      ).write(to: table)
      for url in [folder, table] {
        let found = try #require(try FileSummary(contentsOf: url).images)
        #expect(found.count == 4 && found.people == 3)
        #expect(found.splits == ["train": 1, "validation": 2, "test": 1])
        #expect(found.attributes == ["smiling": 0.75, "blond": 0.25])
      }
    }
  }
}
