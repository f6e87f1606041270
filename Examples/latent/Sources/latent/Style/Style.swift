import ArgumentParser

struct Style: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Edits images by sentences: StyleCLIP's three methods.",
    discussion: """
      What fits images to sentences is the small joint model that comes with the program, or CLIP. The generator is StyleGAN2's, or else that of a model, the face model's if none is named. What is edited is a photo, \
      a code of a file, a random image, or the mean image.
      """,
    subcommands: [
      StyleOptimize.self, StyleMap.self, StyleInvert.self, StyleTrainMapper.self, StyleDirection.self,
      StyleEdit.self,
    ])
}
