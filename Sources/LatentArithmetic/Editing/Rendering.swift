/// How what a generator draws gets into the photo that is edited.
public enum Rendering: String, Sendable, CaseIterable {
  /// A painter that was trained for it paints the edit: colors, and a mask that says where in the photo they go. What the
  /// mask leaves alone is the photo's own.
  case paint
  /// The difference between the generated images with and without the edit is added to the photo, which so keeps the
  /// detail that the generator cannot draw.
  case keep
  /// The generated image takes the place of the face, as in the paper.
  case reconstruct
}
