import Foundation
import LatentArithmetic
import LatentTraining
import TestSupport
import Testing

/// Labels out of comma-separated tables: CelebA's as they go round, and one's own.
struct ImageTableTests {
  private func write(_ files: KeyValuePairs<String, String>, in folder: URL) throws {
    for (name, text) in files {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  // A header instead of the count; -1 and 1 in quotes or not; people as a table or as published.
  @Test(arguments: [true, false]) func celebAAsTables(hasPeopleTable: Bool) throws {
    try withTemporaryFolder { folder in
      try write(
        [
          "list_attr_celeba.csv":
            "image_id,5_o_Clock_Shadow,Smiling\n1.jpg,-1,1\n\"2.jpg\",\"1\",-1\n3.jpg,1,1\n",
          "list_eval_partition.csv": "image_id,partition\r\n1.jpg,0\r\n2.jpg,1\r\n3.jpg,2",
          hasPeopleTable ? "identity_CelebA.csv" : "identity_CelebA.txt": hasPeopleTable
            ? "image_id,identity\n1.jpg,2880\n3.jpg,5\n" : "1.jpg 2880\n3.jpg 5\n",
        ], in: folder)
      var dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.attributeNames == ["5_o_Clock_Shadow", "Smiling"])
      #expect(dataset.images.map(\.fileName) == ["1.jpg", "2.jpg", "3.jpg"])
      #expect(dataset.images.map { $0.attributes?.bits } == [0b10, 0b01, 0b11])
      #expect(dataset.images.map(\.split) == [.tuning, .validation, .test])
      #expect(dataset.images.map(\.identity) == [2880, nil, 5])
      #expect(dataset.folder.path == folder.path + "/img_align_celeba")
      // The archive has the folder of images in a folder of that name.
      try write(["img_align_celeba/img_align_celeba/1.jpg": ""], in: folder)
      dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.url(of: dataset.images[0]).path.hasSuffix("/img_align_celeba/img_align_celeba/1.jpg"))
    }
  }

  // The same image list, whichever way RFC 4180 allows to write it, with a byte order mark or without.
  @Test(arguments: [
    "file,smiling,big hat\na.png,1,0\n\"b, 2.png\",0,1\n",
    "\u{FEFF}file,smiling,big hat\r\na.png,yes,-1\r\n\"b, 2.png\",no,true",
    "\"file\",\"smiling\",\"big hat\"\n\n\"a.png\",\"TRUE\",\"False\"\n \"b, 2.png\" , 0 ,\t1 \n\n",
    "FILE,smiling,big hat\r\n\r\na.png,1,no\r\n\"b, 2.png\",-1,Yes\r\n",
    "file;smiling;big hat\na.png;1,0;0,0\nb, 2.png;0;1\n",
    "file,smiling,big hat\na.png,1.0,0.0\n\"b, 2.png\",0.0,1.0\n",
    ",file,smiling,big hat\n0,a.png,1,0\n1,\"b, 2.png\",0,1\n",
    "Unnamed: 0,image_id,smiling,big hat\n0,a.png,1,0\n1,\"b, 2.png\",0,1\n",
  ])
  func oneTableInManyHands(text: String) throws {
    try withTemporaryFolder { folder in
      try write(["attributes.csv": text, "a.png": "", "b, 2.png": "", "left out.png": ""], in: folder)
      let dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.attributeNames == ["smiling", "big hat"])
      #expect(dataset.images.map(\.fileName) == ["a.png", "b, 2.png"])
      #expect(dataset.images.map { $0.attributes?.bits } == [0b01, 0b10])
      #expect(dataset.folder == folder && dataset.images.allSatisfy { $0.identity == nil })
    }
  }

  // Names that hold quotes and line ends; columns that are no attributes stand where they like. The columns' names are
  // the words.
  @Test func columnsThatAreNoAttributes() throws {
    try withTemporaryFolder { folder in
      try write(
        [
          "attributes.csv": """
          image_id,split,smiling,identity,"a ""b""
          c"
          1.png,train,1,11,0
          2.png,Validation,0,,1
          3.png,test,1,-7,1
          4.png,train,0,20,0

          """, "1.png": "", "2.png": "", "3.png": "", "4.png": "",
        ], in: folder)
      let dataset = try ImageDataset(contentsOf: folder)
      #expect(dataset.attributeNames == ["smiling", "a \"b\"\nc"])
      #expect(dataset.images.map(\.split) == [.train, .validation, .test, .tuning])
      #expect(dataset.images.map(\.identity) == [11, nil, -7, 20])
      #expect(dataset.images.map { $0.attributes?.bits } == [0b01, 0b10, 0b11, 0])
      let vectors = WordVectors(words: ["smiling", "hat"], values: [1, 2, 3, 4])
      let words = AttributeWords(attributeNames: dataset.attributeNames, in: vectors)
      #expect(words.entries.map(\.word) == ["smiling"] && words.missing == ["a \"b\"\nc"])
    }
  }

  // Each sentence names the line, and the byte at which the row or the field begins.
  @Test(arguments: [
    ("", 1, 0, "a header whose first column is file or image_id", "nothing"),
    ("a.png,1\n", 1, 0, "a header whose first column is file or image_id", "“a.png”"),
    ("file\na.png\n", 1, 0, "1 to 64 names", "0"),
    ("file,x,\na.png,1,1\n", 1, 0, "a name for each attribute", "an empty one"),
    ("file,x,y,x\na.png,1,1,1\n", 1, 0, "each attribute once", "“x” again"),
    ("file,x\n\n", 1, 0, "rows below the header", "none"),
    ("file,x\na.png,1\nb.png\n", 3, 15, "2 fields, as many as in the header", "1"),
    ("file,x\na.png,1,\n", 2, 7, "2 fields, as many as in the header", "3"),
    ("file,x,y\na.png,1,2\n", 2, 17, "1, 0, -1, true, false, yes or no for y", "“2”"),
    ("file,x\na.png,\n", 2, 13, "1, 0, -1, true, false, yes or no for x", "“”"),
    ("file,x\na.png,1\nb.png,0\na.png,0\n", 4, 23, "each file once", "“a.png” again"),
    ("file,x\nc.png,1\n", 2, 7, "an image in the folder", "“c.png”, which is not there"),
    ("file,x\n../a.png,1\n", 2, 7, "the name of a file in the folder", "“../a.png”"),
    ("file,x\n..,1\n", 2, 7, "the name of a file in the folder", "“..”"),
    ("file,x\na.png,\"1\nb.png,0\n", 2, 13, "a closing quote", "the end of the file"),
    ("file,x\na.png,\"1\"1\n", 2, 16, "a comma or the line's end after a closing quote", "more text"),
    ("file,x\na.p\"ng,1\n", 2, 10, "quotes around all of a field that holds one", "one within it"),
    ("file,x,split\na.png,1,dev\n", 2, 13, "train, validation or test as the split", "“dev”"),
    ("file,x,identity\na.png,1,anna\n", 2, 16, "a number as the identity", "“anna”"),
    (
      "file,Smiling,age\na.png,1,35\n", 2, 25,
      "1, 0, -1, true, false, yes or no for age (a column that is no attribute has to be taken out)", "“35”"
    ),
    ("\u{FEFF}file,x\r\na.png,7\r\n", 2, 17, "1, 0, -1, true, false, yes or no for x", "“7”"),
  ])
  func malformedTablesAreNamed(text: String, line: Int, byte: Int, expected: String, got: String) throws {
    try withTemporaryFolder { folder in
      try write(["attributes.csv": text, "a.png": "", "b.png": ""], in: folder)
      let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
      #expect(
        error
          == .malformedList(file: "attributes.csv", line: line, byte: byte, expected: expected, got: got))
      #expect(
        error?.description
          == "“attributes.csv”, line \(line), byte \(byte): expected \(expected), got \(got).")
    }
  }

  // As spreadsheets save it.
  @Test func utf16IsNamed() throws {
    try withTemporaryFolder { folder in
      try write(["a.png": ""], in: folder)
      let text = try #require("file,x\na.png,1\n".data(using: .utf16))
      try text.write(to: folder.appendingPathComponent("attributes.csv"))
      let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
      #expect(error?.description.contains("UTF-16") == true)
    }
  }

  // A line of more than 2²⁰ bytes and one of more than 2¹⁰ fields are refused without their being read to the end.
  @Test func hugeLinesAreRefused() throws {
    try withTemporaryFolder { folder in
      let long = String(repeating: "x", count: 1 << 20)
      for (text, expected) in [
        ("file,\(long)\na.png,1\n", "at most 1048576 bytes in a line"),
        ("file,\"\(long)\"\na.png,1\n", "at most 1048576 bytes in a line"),
        ("file" + String(repeating: ",x", count: 1 << 10) + "\n", "at most 1024 fields"),
      ] {
        try write(["attributes.csv": text, "a.png": ""], in: folder)
        #expect(
          throws: DatasetError.malformedList(
            file: "attributes.csv", line: 1, byte: 0, expected: expected, got: "more")
        ) { try ImageDataset(contentsOf: folder) }
      }
    }
  }

  // What is wrong in CelebA's other tables is named by their own names.
  @Test func otherTablesAreNamed() throws {
    try withTemporaryFolder { folder in
      try write(["list_attr_celeba.csv": "image_id,x\n1.jpg,1\n"], in: folder)
      for (name, text, sentence) in [
        (
          "list_eval_partition.csv", "1.jpg,0\n",
          "line 1, byte 0: expected a header whose first column is file or image_id, got “1.jpg”."
        ),
        (
          "list_eval_partition.csv", "image_id,partition\n1.jpg,3\n",
          "line 2, byte 19: expected a file name and 0, 1 or 2, got “1.jpg 3”."
        ),
        (
          "list_eval_partition.csv", "image_id,partition\n1.jpg,0\n1.jpg,0\n",
          "line 3, byte 27: expected each file once, got “1.jpg” again."
        ),
        (
          "identity_CelebA.csv", "image_id,identity\n1.jpg,one\n",
          "line 2, byte 18: expected a file name and a number, got “1.jpg one”."
        ),
      ] {
        try write([name: text], in: folder)
        let error = #expect(throws: DatasetError.self) { try ImageDataset(contentsOf: folder) }
        #expect(error?.description == "“\(name)”, " + sentence)
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
      }
    }
  }
}

/// Tables that become those of a data set of faces.
@Suite(.enabled(if: Shared.isAvailable, "the development data folder is not here"))
struct ImageTableBuildingTests: FaceDatasetTesting {
  // The images kept have the labels, splits and people of their photos, in lists of the same form.
  @Test(arguments: [true, false]) func labelsAreCarriedOver(isOwn: Bool) async throws {
    try await withPhotos { photos, target in
      let source = target.deletingLastPathComponent().appendingPathComponent("source")
      let names = Self.photos.dropLast().map(\.0).reversed() + ["two-faces.jpg"]
      let rows = names.enumerated().map { row, name in
        (name: name, flags: (0..<2).map { row >> $0 & 1 == 1 }, person: 3 + 7 * row, split: row % 3)
      }
      func write(_ name: String, _ lines: [String]) throws {
        try Data(lines.map { $0 + "\r\n" }.joined().utf8).write(to: source.appendingPathComponent(name))
      }
      if isOwn {
        try FileManager.default.moveItem(at: photos, to: source)
        try write(
          "attributes.csv",
          ["file,\"hat, big\",identity,smiling,split"]
            + rows.map { row in
              "\(row.name),\(row.flags[0]),\(row.person),\(row.flags[1] ? "yes" : "no"),"
                + ["train", "validation", "test"][row.split]
            })
      } else {
        try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: photos, to: source.appendingPathComponent("img_align_celeba"))
        try write(
          "list_attr_celeba.csv",
          ["image_id,Hat,Smiling"]
            + rows.map { row in
              ([row.name] + row.flags.map { $0 ? "1" : "-1" }).joined(separator: ",")
            })
        try write("list_eval_partition.csv", ["image_id,partition"] + rows.map { "\($0.name),\($0.split)" })
        try write("identity_CelebA.csv", ["image_id,identity"] + rows.map { "\($0.name),\($0.person)" })
      }
      let summary = try builder(source, target).build(resumes: false, threads: 2)
      #expect(summary.kept == 3)
      let old = try ImageDataset(contentsOf: source), new = try ImageDataset(contentsOf: target)
      #expect(new.attributeNames == old.attributeNames && new.images.count == 3)
      #expect(new.attributeNames == (isOwn ? ["hat, big", "smiling"] : ["Hat", "Smiling"]))
      for image in new.images {
        let photo = image.fileName.replacing(".png", with: ".jpg")
        let row = try #require(rows.first { $0.name == photo })
        let origin = try #require(old.images.first { $0.fileName == photo })
        #expect((0..<2).allSatisfy { image.attributes?[$0] == row.flags[$0] }, "\(photo)")
        #expect(image.identity == row.person && image.split == origin.split, "\(photo)")
        _ = try Image(contentsOf: new.url(of: image))
      }
      let lists = try fileNames(in: target).filter { $0.hasSuffix(".csv") }
      #expect(
        lists
          == (isOwn
            ? ["attributes.csv"]
            : ["identity_CelebA.csv", "list_attr_celeba.csv", "list_eval_partition.csv"]))
    }
  }
}
