extension EvaluationReport {
  /// The photos that users get, after θ = 1 of a word is added or taken off, as a scorer judges them.
  public struct Edits: Codable, Hashable, Sendable {
    /// How edits got into the photos: the raw value of a `Rendering`.
    public var rendering: String
    /// How many photos there were.
    public var photos: Int
    /// The mean over the words of ``Word/share``.
    public var share: Interval
    /// How many words have a share of at least 0.9.
    public var wordsNearReal: Int
    /// The mean over the words of ``Word/namesItself``.
    public var namesItself: Double?
    /// The mean over the words of ``Word/leakage``.
    public var leakage: Double?
    /// The mean over the words of ``Word/samePerson``, but for male and young, which are to change who is seen.
    public var samePerson: Double?
    /// The similarity that one in a hundred pairs of photos of different people exceeds.
    public var personThreshold: Double?
    /// The mean over the edits of the share of pixels outside the face's frame that changed; it is to be 0.
    public var changedOutside: Double?
    /// What each word does that is added.
    public var added: [Word]
    /// The mean over the words that are taken off of ``Word/share``.
    public var removedShare: Interval
    /// What words do that are taken off, at θ = −1.
    public var removed: [Word]
    /// The same for some of the people.
    public var groups: [Group]

    /// A mean over words, and between which means nineteen in twenty samples of the photos lie.
    public struct Interval: Codable, Hashable, Sendable {
      /// The mean.
      public var mean: Double?
      /// The end below.
      public var low: Double?
      /// The end above.
      public var high: Double?
    }

    /// What one word does at θ = 1, or taken off at θ = −1.
    public struct Word: Codable, Hashable, Sendable {
      /// The word.
      public var word: String
      /// The attribute it is to change.
      public var attribute: String
      /// How many photos were edited: those that lack the word by label and by scorer, or to take it off have it.
      public var photos: Int
      /// The share of them in which the scorer finds the word after the edit, or no longer finds it.
      public var success: Double?
      /// The share of real photos with the word, or without it, of which the scorer finds so.
      public var recall: Double?
      /// Success divided by recall, at most 1.
      public var share: Double?
      /// The share of edits that change the word's own attribute most, in units of spread, in the right direction.
      public var namesItself: Double?
      /// The median over photos of the mean over the other attributes of their changes per change of the word's own, in
      /// units of spread.
      public var leakage: Double?
      /// The share of edits after which a face network takes the person for the same; nil without a face network.
      public var samePerson: Double?
      /// The mean share of pixels outside the face's frame that changed.
      public var changedOutside: Double?
    }

    /// What words do to photos of some of the people.
    public struct Group: Codable, Hashable, Sendable {
      /// Whose.
      public var name: String
      /// How many photos of them there were.
      public var photos: Int
      /// How many words had at least ten edited and ten real photos of them.
      public var words: Int
      /// The mean share of these words, recall being the group's own.
      public var share: Interval
      /// The share of these people's edits after which the person is the same, over all words but male and young.
      public var samePerson: Double?
    }
  }

  /// What texts of one kind do that were held back from training, as a part of what the words of their attributes do to the
  /// same photos.
  public struct Texts: Codable, Hashable, Sendable {
    /// `words`, `phrases` or `negations`.
    public var kind: String
    /// How many texts there were.
    public var texts: Int
    /// The mean of ``Edits/Word/share``, by that of the attributes' words.
    public var share: Double?
    /// The mean of ``Edits/Word/namesItself``, by that of the attributes' words.
    public var namesItself: Double?
  }

  /// How well photos are found by texts of one kind.
  public struct Retrieval: Codable, Hashable, Sendable {
    /// `words`, `phrases` and `negations`, which were held back from training, or `compounds` about two or three attributes.
    public var kind: String
    /// How many texts there were that some photos agree with, and not all.
    public var texts: Int
    /// Of the photos that fit a text best, as many as agree with it and ten at most, the share that do; the mean over texts.
    public var precision: Double?
    /// The same for photos drawn at random.
    public var chance: Double?
  }

  /// What one of StyleCLIP's methods does to photos that lack what sentences say.
  public struct Sentences: Codable, Hashable, Sendable {
    /// `optimization`, `direction` or `mapper`.
    public var method: String
    /// The mean over the sentences of ``Edits/Word/success``.
    public var success: Double?
    /// The mean over the sentences of ``Edits/Word/share``.
    public var share: Double?
    /// The mean over the sentences of ``Edits/Word/namesItself``.
    public var namesItself: Double?
    /// The mean over the sentences of ``Edits/Word/leakage``.
    public var leakage: Double?
    /// The mean over the sentences of ``Edits/Word/samePerson``, but for those about gender and age.
    public var samePerson: Double?
    /// What each sentence does.
    public var sentences: [Edits.Word]

    init(method: String, of sentences: [Edits.Word], personIsToStay: (String) -> Bool) {
      (self.method, self.sentences) = (method, sentences)
      success = sentences.compactMap(\.success).mean.ifFinite
      share = sentences.compactMap(\.share).mean.ifFinite
      namesItself = sentences.compactMap(\.namesItself).mean.ifFinite
      leakage = sentences.compactMap(\.leakage).mean.ifFinite
      samePerson = sentences.filter { personIsToStay($0.attribute) }.compactMap(\.samePerson).mean.ifFinite
    }
  }
}
