import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a part of a model: first gan, then encoder, then projector.",
    subcommands: [TrainGAN.self, TrainEncoder.self, TrainProjector.self, TrainScorer.self])
}
