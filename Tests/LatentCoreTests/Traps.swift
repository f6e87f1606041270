import Testing

/// Expects the sentence of a trap among what a process wrote before it ended.
///
/// Only debug builds say why they trap; a release build does not hold the sentences.
func expectSentence(
  _ sentence: String, from result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard _isDebugAssertConfiguration(), let result else { return }
  let output = String(decoding: result.standardErrorContent, as: UTF8.self)
  #expect(output.contains(sentence), sourceLocation: sourceLocation)
}
