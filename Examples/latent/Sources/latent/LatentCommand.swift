import ArgumentParser

@main
struct LatentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent", abstract: "Edits images of faces by words.",
    subcommands: [
      Edit.self, MakeSheet.self, Faces.self, Words.self, Sample.self, Train.self, Evaluate.self,
      Style.self, DrawFigures.self, Compress.self, Import.self, Cache.self, Inspect.self,
    ])

  static func main() async {
    do {
      try checkEncoding(of: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
      var command = try parseAsRoot()
      let waiting = WaitingLine()
      defer { waiting.end() }
      try StandardInput.keep()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      exit(withError: error)
    }
  }
}
