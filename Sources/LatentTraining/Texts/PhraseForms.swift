/// What a text is, which decides what phrases it goes into.
enum TextKind: String, CaseIterable {
  /// “smiling”: what a person is.
  case adjective = "is"
  /// “a beard”: what a face has.
  case feature = "has"
  /// “a hat”: what a face has and can take off.
  case worn = "wears"
  /// “woman”: who a person is.
  case person = "who"

  /// The phrases that such a text goes into.
  var forms: [PhraseForm] {
    switch self {
    case .adjective: PhraseForm.adjectives
    case .feature: PhraseForm.features
    case .worn: PhraseForm.features + PhraseForm.worn
    case .person: PhraseForm.persons
    }
  }
}

/// A phrase with a place for a text.
struct PhraseForm {
  /// The phrase; `{}` is the text, `{a}` the text with “a” or “an” before it, `{b}` the text without its article.
  let pattern: String
  /// Whether the phrase says the opposite of the text.
  let isNegated: Bool
  /// Whether the form was chosen before anything was trained to be measured on alone.
  let isHeld: Bool

  /// Whether it adds no word to a text.
  var isBare: Bool { pattern == "{}" || pattern == "{b}" }

  /// The phrase about a text.
  func phrase(about text: String) -> String {
    let bare = Self.articles.first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) } ?? text
    let article = text.first.map { "aeio".contains($0) } == true ? "an " : "a "
    return pattern.split(separator: "{", omittingEmptySubsequences: false)
      .enumerated().map { index, part in
        if index == 0 { return String(part) }
        let pieces = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
        let filled = pieces[0] == "b" ? bare : pieces[0] == "a" ? article + text : text
        return filled + (pieces.count > 1 ? pieces[1] : "")
      }.joined()
  }

  private static let articles = ["a ", "an ", "the "]

  // MARK: - The forms

  static let withArticle = PhraseForm(pattern: "{a}", isNegated: false, isHeld: false)

  /// Reads forms, one a line: those behind a minus negate, those behind a star are held back.
  private static func forms(_ lines: String) -> [PhraseForm] {
    lines.split(separator: "\n").map { line in
      let isHeld = line.hasSuffix("*")
      let isNegated = line.hasPrefix("- ")
      return PhraseForm(
        pattern: String(line.dropFirst(isNegated ? 2 : 0).dropLast(isHeld ? 1 : 0)), isNegated: isNegated,
        isHeld: isHeld)
    }
  }

  fileprivate static let adjectives = forms(
    """
    {}
    {} person
    {a} person
    {a} face
    someone who is {}
    looking {}
    looks {}
    very {}
    more {}
    is {}
    so {}
    a bit {}
    a picture of {a} person
    appears {}
    somebody {}
    be {}
    {} appearance*
    a face that is {}*
    make the person {}*
    - not {}
    - a person who is not {}
    - someone who isn't {}
    - less {}
    - never {}
    - a face that is not {}
    - far from {}
    - isn't {}
    - does not look {}
    - not looking {}
    - stop being {}
    - without being {}
    - hardly {}
    - the opposite of {}
    - no longer {}*
    - not at all {}*
    """)

  fileprivate static let features = forms(
    """
    {}
    {b}
    with {}
    a person with {}
    a face with {}
    someone with {}
    has {}
    having {}
    {b} on a face
    a photo of a person with {}
    put {} on the face
    who has {}
    there is {}
    the {b}
    got {}
    a picture that shows {}
    {b}, please
    a portrait of somebody with {}*
    add {}*
    give them {}*
    - no {b}
    - without {}
    - a person without {}
    - does not have {}
    - a face with no {b}
    - remove the {b}
    - without any {b}
    - minus the {b}
    - lacks {}
    - hasn't got {}
    - never had {}
    - there is no {b}
    - delete the {b}
    - lose the {b}
    - not with {}
    - not having {}
    - {b} removed
    - devoid of {b}
    - a photo of a person without {}
    - who has no {b}
    - erase the {b}
    - with no {b}
    - lacking {}*
    - free of {b}*
    - get rid of the {b}*
    """)

  fileprivate static let worn = forms(
    """
    wearing {}
    a person wearing {}
    wears {}
    in {}
    who wears {}
    dressed in {}
    a photo of someone wearing {}
    with {} on
    sporting {}*
    put on {}*
    - not wearing {}
    - take off the {b}
    - is not wearing {}
    - a person not wearing {}
    - doesn't wear {}
    - never wears {}
    - wearing no {b}
    - remove the {b} from the face
    - with the {b} off
    - who is not wearing {}
    - with the {b} taken off*
    """)

  fileprivate static let persons = forms(
    """
    {}
    {a}
    the face of {a}
    looks like {a}
    a photo of {a}
    like {a}
    the {}
    be {a}
    looking like {a}
    a picture of {a}
    resembles {a}
    someone who is {a}*
    turn into {a}*
    - not {a}
    - does not look like {a}
    - is not {a}
    - never {a}
    - someone who is not {a}
    - unlike {a}
    - isn't {a}*
    """)
}
