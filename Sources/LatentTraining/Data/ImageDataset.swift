import Foundation
import LatentArithmetic
import LatentCore

/// The images of a training set, and what is known of each.
public struct ImageDataset: Sendable {
  /// What an image is used for.
  ///
  /// The lists of CelebA know three: 0 is training, 1 validation, 2 test. Of the training images a tenth is kept apart
  /// for tuning: those of the people whose number ends in 0, or without a list of people a tenth by the file's name.
  public enum Split: String, Sendable, CaseIterable {
    /// Images that models are trained on.
    case train
    /// Images that settings are chosen by, such as how far a word's θ = 1 goes.
    case tuning
    /// Images that only the final numbers are measured on.
    case validation
    /// Images that nothing here is measured on.
    case test
  }

  /// Some of the people in a split, so that two networks can learn from different ones.
  public enum People: String, Sendable, Codable, CaseIterable {
    /// Everybody.
    case all
    /// Those whose number is even, or without a list of people every other image.
    case even
    /// The others.
    case odd
  }

  /// Which attributes an image has, by their position in ``ImageDataset/attributeNames``.
  public struct Attributes: Sendable, Hashable {
    /// Bit j is set when the image has attribute j.
    package var bits: UInt64 = 0

    /// Makes a set without any attribute.
    package init() {}

    /// Whether the image has the attribute.
    ///
    /// - Precondition: The index is in 0 ..< 64.
    public subscript(index: Int) -> Bool {
      get { bits & Self.bit(index) != 0 }
      set { bits = newValue ? bits | Self.bit(index) : bits & ~Self.bit(index) }
    }

    /// How many attributes an image can have.
    static var capacity: Int { UInt64.bitWidth }

    private static func bit(_ index: Int) -> UInt64 {
      precondition(
        (0..<capacity).contains(index), "An attribute's index is in 0 ..< \(capacity), not \(index).")
      return 1 << UInt64(index)
    }
  }

  /// One image of the set.
  public struct Entry: Sendable, Hashable {
    /// The name of its file in ``ImageDataset/folder``, or the path of one in a folder below.
    public let fileName: String
    /// Its attributes; nil in a set that has no list of them.
    public var attributes: Attributes?
    /// What it is used for; training, where no list says otherwise.
    public var split = Split.train
    /// The number of the person it shows, where a list says so.
    public var identity: Int?
    /// Whether it was taken as it came; false where a list says that it was chosen for what it shows.
    package var isNatural = true

    package init(fileName: String) { self.fileName = fileName }
  }

  /// The folder that holds the image files.
  public let folder: URL
  /// The names of the attributes; empty where there is no list of them.
  public let attributeNames: [String]
  /// All images, in the order of the list, or by name where there is none.
  public let images: [Entry]

  /// The paths of images of kinds that are not read, WebP and HEIC for example, in a folder without a list.
  public let passedOver: [String]

  /// How the images were cut out, nil where nothing says so and a training's recipe decides.
  ///
  /// It is what `crop.txt` in the folder that was opened says in one line: the raw value of an alignment, `celeba-wide` or
  /// `box 0.2` for example, or `square` for images that are no faces.
  public let framing: Framing?

  /// The lists that this set was read from, nil for a plain folder.
  let lists: ImageLists?

  /// Opens a folder of images, with labels or without.
  ///
  /// In the layout of CelebA the folder holds `list_attr_celeba.txt` and `img_align_celeba/`, and may hold
  /// `list_eval_partition.txt` and `identity_CelebA.txt`; each list may be a `.csv` with a header instead, as they go
  /// round, too.
  ///
  /// `natural.txt` in either may name the training images that were taken as they came, a row each, where others were
  /// chosen because they show something rare; random codes follow the former.
  ///
  /// A folder with `attributes.csv` has labels of its own: the header is `file` and a name for each attribute, a row for
  /// each image in the folder, and 1 or 0 (or -1, 1.0, 0.0, true, false, yes, no) for each attribute; semicolons may part the fields. Columns `split`, of train,
  /// validation and test, and `identity`, of numbers, are no attributes. Only the images listed are part of the set.
  ///
  /// Any other folder is taken for a plain one, whose PNG and JPEG files are the images, those of the folders in it
  /// included; links are followed. Images of other kinds are ``passedOver``. No image is opened.
  ///
  /// `crop.txt` in any of them says how the images were cut out, see ``framing``.
  ///
  /// - Throws: ``DatasetError`` with file, line and byte, `FileError` when a list cannot be read.
  public init(contentsOf folder: URL) throws {
    lists = ImageLists(in: folder)
    framing = try CropFile.framing(in: folder)
    if let lists {
      self.folder = lists.imageFolder
      (attributeNames, images) = try lists.read()
      passedOver = []
    } else {
      self.folder = folder
      attributeNames = []
      let found = try ImageFolder(at: folder)
      guard !found.images.isEmpty else {
        throw DatasetError.noImages(path: folder.path)
      }
      images = found.images.map { Entry(fileName: $0) }
      passedOver = found.others
    }
  }

  /// A sentence about the files that are ``passedOver``, nil where there are none.
  public var passedOverNote: String? {
    if passedOver.isEmpty { return nil }
    let kinds = Dictionary(grouping: passedOver) { ($0 as NSString).pathExtension.lowercased() }
    let counts = kinds.keys.sorted().map { "\(kinds[$0]?.count ?? 0) .\($0)" }.joined(separator: ", ")
    return "Passed over images of kinds that are not read: \(counts)."
  }

  /// The lists that a folder has, of attributes first, as ``init(contentsOf:)`` reads them; none of a plain folder.
  public static func lists(in folder: URL) -> [URL] {
    guard let lists = ImageLists(in: folder) else { return [] }
    return [lists.attributes, lists.splits, lists.identities, lists.naturals].compactMap { $0?.url }
  }

  /// Returns the images of one split, in order.
  public func images(in split: Split, of people: People = .all) -> [Entry] {
    let images = images.filter { $0.split == split }
    if people == .all { return images }
    return images.enumerated().filter { place, image in
      ((image.identity ?? place) % 2 == 0) == (people == .even)
    }.map(\.element)
  }

  /// Returns where an image's file is.
  public func url(of entry: Entry) -> URL { folder.appendingPathComponent(entry.fileName) }

  /// Opens an image and returns its face, `size` pixels square.
  ///
  /// - Throws: ``ImageError``, `FileError`.
  func face(
    of entry: Entry, by framing: Framing, size: Int
  ) throws -> Image {
    try Image(contentsOf: url(of: entry)).trainingCrop(framing, size: size)
  }
}
