import LatentArithmetic

/// The word that stands for each attribute of a training set, chosen among those a word file has.
public struct AttributeWords: Sendable {
  /// An attribute and its word.
  public struct Entry: Sendable, Hashable {
    /// The attribute's position in the list given to ``AttributeWords/init(attributeNames:in:)``.
    public let attributeIndex: Int
    /// A word that the word file has; no two entries share one.
    public let word: String
    /// Whether the word means that the attribute is absent, as `beard` does for `No_Beard`.
    public let isReversed: Bool
  }

  /// The attributes that have a word, in their own order.
  public let entries: [Entry]
  /// Further words of these attributes; the calibration gives each the direction of its attribute's word.
  public let synonyms: [Entry]
  /// The names of the attributes that have none, to be reported.
  public let missing: [String]

  /// Finds a word for each attribute.
  ///
  /// For the forty attributes of CelebA these are the words of "Latent Space Arithmetic with Images and Texts", or
  /// the nearest in meaning where the file lacks one. For any other attribute it is the attribute's own name in lower
  /// case. A word already taken by an earlier attribute is passed over.
  public init(attributeNames: [String], in vectors: WordVectors) {
    var entries: [Entry] = []
    var missing: [String] = []
    var taken: Set<String> = []
    for (index, name) in attributeNames.enumerated() {
      let choice = Self.choices[name] ?? Choice(words: [name.lowercased()], isReversed: false)
      if let word = choice.words.first(where: { vectors[$0] != nil && !taken.contains($0) }) {
        taken.insert(word)
        entries.append(Entry(attributeIndex: index, word: word, isReversed: choice.isReversed))
      } else {
        missing.append(name)
      }
    }
    self.entries = entries
    self.missing = missing
    synonyms = entries.flatMap { entry in
      let words = Self.choices[attributeNames[entry.attributeIndex]]?.words ?? []
      return words.filter { vectors[$0] != nil && taken.insert($0).inserted }.map {
        Entry(attributeIndex: entry.attributeIndex, word: $0, isReversed: entry.isReversed)
      }
    }
  }

  /// All words that could stand for an attribute of CelebA.
  static var vocabulary: [String] { choices.values.flatMap(\.words) }

  private struct Choice {
    /// The best first.
    let words: [String]
    let isReversed: Bool
  }

  /// Each attribute of CelebA with its words, the paper's first, after a dash where they mean its absence.
  private static let choices: [String: Choice] = {
    let table = """
      5_o_Clock_Shadow     stubble unshaven scruffy shadow
      Arched_Eyebrows      arched eyebrows arch
      Attractive           attractive beautiful handsome
      Bags_Under_Eyes      bags puffy
      Bald                 bald hairless
      Bangs                bangs fringe
      Big_Lips             lips mouth
      Big_Nose             nose nostrils
      Black_Hair           black dark
      Blond_Hair           blond blonde
      Blurry               blurry blurred fuzzy
      Brown_Hair           brown brunette
      Bushy_Eyebrows       bushy thick eyebrow
      Chubby               chubby plump fat
      Double_Chin          chin jowls
      Eyeglasses           eyeglasses glasses
      Goatee               goatee whiskers
      Gray_Hair            gray gray
      Heavy_Makeup         makeup cosmetics
      High_Cheekbones      cheekbones cheek cheeks
      Male                 male man masculine
      Mouth_Slightly_Open  open parted
      Mustache             mustache
      Narrow_Eyes          narrow slit
      No_Beard             - beard beards
      Oval_Face            oval
      Pale_Skin            pale
      Pointy_Nose          pointy pointed sharp
      Receding_Hairline    receding hairline forehead
      Rosy_Cheeks          rosy blush
      Sideburns            sideburns sideburn
      Smiling              smiling smile smiles
      Straight_Hair        straight
      Wavy_Hair            wavy curly
      Wearing_Earrings     earrings earring
      Wearing_Hat          hat cap hats
      Wearing_Lipstick     lipstick
      Wearing_Necklace     necklace pendant
      Wearing_Necktie      necktie tie
      Young                young
      """
    let choices = table.split(separator: "\n").map { line in
      let fields = line.split(separator: " ").map(String.init)
      let isReversed = fields[1] == "-"
      return (fields[0], Choice(words: Array(fields.dropFirst(isReversed ? 2 : 1)), isReversed: isReversed))
    }
    return Dictionary(uniqueKeysWithValues: choices)
  }()
}
