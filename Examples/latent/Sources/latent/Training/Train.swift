import ArgumentParser

struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: """
      Trains a part of a model: autoencoder, or gan and then encoder; then projector; then painter and texts. Trains what \
      stands beside models: scorer, sentences, joint.
      """,
    subcommands: [
      TrainAutoencoder.self, TrainGAN.self, TrainEncoder.self, TrainProjector.self, TrainPainter.self,
      TrainTexts.self, TrainScorer.self, TrainSentences.self, TrainJoint.self,
    ])
}
