import Foundation

/// How a BERT's tokenizer cuts a text into words before these are looked up.
///
/// 1. Control characters are dropped.
/// 2. Each ideograph becomes a word of its own.
/// 3. Accents are dropped: marks without a width in Unicode's form D.
/// 4. Letters are lowered, each by itself.
/// 5. White space separates words, and each punctuation mark is one.
///
/// Source: `BertNormalizer` and `BertPreTokenizer` of huggingface/tokenizers, which follow google-research/bert.
struct BERTWords: Sendable, Equatable, Codable {
  var lowersLetters = true
  /// Nil where it is done if letters are lowered.
  var dropsAccents: Bool?
  var separatesIdeographs = true
  var dropsControls = true

  /// The words of a text; of one with more than `limit` the first ones, which takes no longer than they do.
  func words(of text: some Sequence<Unicode.Scalar>, atMost limit: Int) -> [[Unicode.Scalar]] {
    var words: [[Unicode.Scalar]] = []
    var word: [Unicode.Scalar] = []
    func endWord() {
      if !word.isEmpty { words.append(word) }
      word = []
    }
    for scalar in text {
      if words.count >= limit { break }
      if dropsControls, Self.isControl(scalar) { continue }
      let standsAlone = separatesIdeographs && Self.isIdeograph(scalar)
      if standsAlone { endWord() }
      for scalar in normalized(scalar) {
        let isPunctuation = Self.isPunctuation(scalar)
        if isPunctuation || scalar.properties.isWhitespace { endWord() }
        if isPunctuation {
          words.append([scalar])
        } else if !scalar.properties.isWhitespace {
          word.append(scalar)
        }
      }
      if standsAlone { endWord() }
    }
    endWord()
    return Array(words.prefix(limit))
  }

  /// A character without its accents, lowered.
  ///
  /// Each is decomposed by itself: Foundation takes quadratic time for a whole text. What that leaves undone is the order
  /// of marks of one letter, which are dropped.
  private func normalized(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    var scalars = [scalar]
    if !scalar.isASCII, dropsAccents ?? lowersLetters {
      scalars = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
        .filter { $0.properties.generalCategory != .nonspacingMark }
    }
    return lowersLetters ? scalars.flatMap { $0.properties.lowercaseMapping.unicodeScalars } : scalars
  }

  /// What is dropped: controls other than white space, formats, private characters, and the sign for bytes that are none.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": false
    case "\u{FFFD}": true
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .privateUse: true
      default: false
      }
    }
  }

  /// The blocks of ideographs that BERT knows; kana and Hangul are not among them.
  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B820...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  /// Unicode's punctuation, and all of ASCII that is neither letter, digit nor white space: `$` and `^` too.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    case 0...0x7F: return false
    default:
      switch scalar.properties.generalCategory {
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
        .finalPunctuation, .otherPunctuation:
        return true
      default: return false
      }
    }
  }
}
