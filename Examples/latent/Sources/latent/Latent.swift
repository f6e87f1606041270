import ArgumentParser

@main
struct Latent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Edits pictures of faces by words.",
    subcommands: [
      Edit.self, MakeSheet.self, Faces.self, Words.self, Sample.self, Train.self, Evaluate.self,
      DrawFigures.self, Compress.self, Cache.self, Inspect.self,
    ])
}
