import LatentArithmetic
import LatentCore

/// The texts that a projector of texts learns from, and those it is measured on.
struct TextLessons {
  /// A text and what it says.
  struct Lesson {
    let text: String
    /// 1 for the attributes that it names, −1 for those it says are absent, as if nothing negated it.
    var signs: [Float]
    /// Whether it is negated.
    let isNegated: Bool
  }

  /// Words and phrases about one attribute, and what names several.
  let single: [Lesson]
  let compounds: [Lesson]
  /// Words of no meaning for a face, alone and in phrases.
  let neutral: [Lesson]
  /// Texts about one attribute that are held back, and words about none.
  let held: [AttributeTexts.Example]
  let heldNeutral: [String]

  /// Gathers the texts.
  ///
  /// - Parameters:
  ///   - texts: What is said of attributes.
  ///   - count: How many texts about several attributes are made up.
  ///   - others: Words that name nothing of a face, each tenth of which is held back.
  ///   - seed: Decides what is made up.
  init(_ texts: AttributeTexts, compounds count: Int, others: [String], seed: UInt64) {
    let attributes = texts.attributeNames.count
    single = Self.lessons(texts.examples.filter { !$0.isHeld }, attributes: attributes)
    held = texts.heldExamples
    var random = RandomStream(seed: seed, name: "made-up texts")
    compounds = Self.lessons((0..<count).flatMap { _ in texts.compound(&random) }, attributes: attributes)
    let zero = [Float](repeating: 0, count: attributes)
    heldNeutral = others.enumerated().filter { $0.offset % Self.heldShare == 0 }.map(\.element)
    let forms = TextKind.allCases.flatMap(\.forms).filter { !$0.isHeld }
    neutral = others.enumerated().filter { $0.offset % Self.heldShare != 0 }.flatMap { _, word in
      let form = forms[random.index(below: forms.count)]
      return [
        Lesson(text: word, signs: zero, isNegated: false),
        Lesson(text: form.phrase(about: word), signs: zero, isNegated: form.isNegated),
      ]
    }
  }

  /// What different texts say: a text that is listed for several attributes names them all.
  static func lessons(_ examples: [AttributeTexts.Example], attributes: Int) -> [Lesson] {
    var lessons: [Lesson] = []
    var places: [String: Int] = [:]
    for example in examples {
      let place = places[example.text] ?? lessons.count
      if place == lessons.count {
        places[example.text] = place
        lessons.append(
          Lesson(
            text: example.text, signs: [Float](repeating: 0, count: attributes), isNegated: example.isNegated)
        )
      }
      lessons[place].signs[example.target.attribute] = example.target.isReversed ? -1 : 1
    }
    return lessons
  }

  /// Of so many neutral words one is held back.
  private static let heldShare = 10
}
