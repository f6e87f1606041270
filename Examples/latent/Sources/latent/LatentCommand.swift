import ArgumentParser

@main
struct LatentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent", abstract: "Edits images of faces by words.",
    subcommands: [
      Edit.self, MakeSheet.self, Faces.self, Words.self, Sample.self, Train.self, Evaluate.self,
      Style.self, DrawFigures.self, Compress.self, Import.self, Cache.self, Inspect.self,
    ])
}
