import LatentCore

/// What words, phrases and sentences say of the attributes of a data set.
///
/// Texts about an attribute are listed; phrase forms make phrases of them, negations among them, and compounds name
/// several. A part of the texts and of the forms is held back from training, whole synonyms and whole forms, so that
/// what was learned can be measured on others.
public struct AttributeTexts: Sendable {
  /// The attributes that texts are about, in the data set's order.
  public let attributeNames: [String]
  private let listed: [Listed]

  fileprivate struct Listed {
    let attribute: Int
    let kind: TextKind
    /// Whether the text means that the attribute is absent.
    let isOpposite: Bool
    let text: String
    let isHeld: Bool
  }

  /// A text and what it says.
  package struct Example: Sendable, Hashable {
    package let text: String
    /// The attribute that the text is about, and whether what it says of it is that it is absent, negations aside.
    package let target: AttributeTarget
    /// Whether the text or its form is one that training does not see.
    package let isHeld: Bool
    /// Whether it is a text as listed, with or without its article, in no phrase.
    package let isBare: Bool
    /// Whether the phrase negates the text.
    package let isNegated: Bool

    /// What it asks of an image.
    var meant: AttributeTarget { isNegated ? target.opposite : target }
  }

  /// The texts about attributes: for those of CelebA a list that comes with the library, for any other its own name.
  public init(attributeNames: [String]) { self.init(attributeNames: attributeNames, table: Self.celebA) }

  /// What is said of faces: of all attributes that the library's list is about.
  public static let faces = AttributeTexts(
    attributeNames: celebA.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map(String.init))

  /// Every listed text in every phrase of its kind, each once, but for those that are held back.
  public var phrases: [String] {
    var seen: Set<String> = []
    return examples.filter { !$0.isHeld && seen.insert($0.text).inserted }.map(\.text)
  }

  /// What training does not see: texts of which none is learned under another attribute or form.
  package var heldExamples: [Example] {
    let learned = Set(phrases)
    return examples.filter { $0.isHeld && !learned.contains($0.text) }
  }

  /// Reads a table of texts.
  ///
  /// A line without an indent names an attribute. The lines below, indented, list texts behind their kind, `is`, `has`,
  /// `wears` or `who`, and behind `not` those that say the opposite; texts with a star are held back. What the table says
  /// of attributes that are not asked for is passed over.
  init(attributeNames: [String], table: String) {
    self.attributeNames = attributeNames
    var listed: [Listed] = []
    var attribute: Int?
    for line in table.split(separator: "\n") {
      guard line.hasPrefix(" ") else {
        attribute = attributeNames.firstIndex(of: String(line))
        continue
      }
      let words = line.drop { $0 == " " }
      guard let attribute, let colon = words.firstIndex(of: ":") else { continue }
      let isOpposite = words.hasPrefix("not ")
      guard let kind = TextKind(rawValue: String(words[..<colon].dropFirst(isOpposite ? 4 : 0))) else {
        preconditionFailure("“\(words[..<colon])” is no kind of text.")
      }
      let texts = words[words.index(after: colon)...].split(separator: ",").map { $0.drop { $0 == " " } }
      listed += texts.map { text in
        let isHeld = text.hasSuffix("*")
        return Listed(
          attribute: attribute, kind: kind, isOpposite: isOpposite,
          text: String(text.dropLast(isHeld ? 1 : 0)), isHeld: isHeld)
      }
    }
    let known = Set(listed.map(\.attribute))
    listed += attributeNames.indices.filter { !known.contains($0) }.map { index in
      let name = attributeNames[index].lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 }
      return Listed(attribute: index, kind: .feature, isOpposite: false, text: String(name), isHeld: false)
    }
    self.listed = listed
  }

  /// Every text in every phrase of its kind.
  package var examples: [Example] {
    listed.flatMap { entry in
      entry.kind.forms.map { form in
        let text = form.phrase(about: entry.text)
        return Example(
          text: text,
          target: AttributeTarget(attribute: entry.attribute, isReversed: entry.isOpposite),
          isHeld: entry.isHeld || form.isHeld, isBare: form.isBare, isNegated: form.isNegated)
      }
    }
  }

  /// A sentence that says that a face has an attribute, “a face with a beard”, of the first text that is listed; nil where only
  /// texts that deny it are.
  package func sentence(about attribute: Int) -> String? {
    guard let entry = listed.first(where: { $0.attribute == attribute && !$0.isOpposite && !$0.isHeld })
    else {
      return nil
    }
    let form = entry.kind.forms.first { !$0.isHeld && !$0.isNegated && $0.pattern.contains("face") }
    return form?.phrase(about: entry.text)
  }

  /// A text about several attributes at once, negating none, such as “smiling bald man” or “curly blond hair”.
  ///
  /// - Parameter random: Chooses among the texts that training sees.
  /// - Returns: The text, for each attribute that it names; empty where the lists have too few.
  package func compound(_ random: inout RandomStream) -> [Example] {
    let seen = listed.filter { !$0.isHeld }
    let isOfHair = random.uniform() < Self.shareOfHair
    let modifiers = seen.filter { isOfHair ? $0.hairModifier != nil : $0.kind == .adjective }
    let nouns = seen.filter { isOfHair ? $0.hairModifier != nil : $0.kind == .person }
    guard !modifiers.isEmpty else { return [] }
    var parts = (0..<(1 + random.index(below: 2))).map { _ in modifiers[random.index(below: modifiers.count)]
    }
    var words = parts.map { isOfHair ? $0.hairModifier ?? $0.text : $0.text }
    if nouns.isEmpty {
      words.append("person")
    } else {
      let noun = nouns[random.index(below: nouns.count)]
      parts.append(noun)
      words.append(noun.text)
    }
    let text = words.joined(separator: " ")
    return parts.map { part in
      Example(
        text: isOfHair ? text : PhraseForm.withArticle.phrase(about: text),
        target: AttributeTarget(attribute: part.attribute, isReversed: part.isOpposite), isHeld: false,
        isBare: false, isNegated: false)
    }
  }

  /// How many of compounds are about hair alone.
  private static let shareOfHair = 0.3
}

extension AttributeTexts.Listed {
  /// What is said of hair, “curly” of “curly hair”; nil for a text about anything else.
  fileprivate var hairModifier: String? {
    kind == .feature && text.hasSuffix(" hair") ? String(text.dropLast(5)) : nil
  }
}
