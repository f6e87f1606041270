import ArgumentParser

struct Style: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Edits images by sentences, with CLIP: StyleCLIP's three methods.",
    discussion: """
      The generator is StyleGAN2's, or else that of the face model. What is edited is a photo, a code of a file, an image \
      of noise, or the mean image.
      """,
    subcommands: [StyleOptimize.self, StyleMap.self, StyleTrainMapper.self, StyleDirection.self])
}
