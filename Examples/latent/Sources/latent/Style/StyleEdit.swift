import ArgumentParser
import Foundation
import LatentArithmetic
import LatentText

struct StyleEdit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Moves an image along directions that others published.",
    discussion: """
      Example: latent style edit --direction age.pt=2 --channel 9_409=8 --generator ffhq.pt --seed 1 --out older.png
      Directions of W move all vectors of W⁺, or those that the file says. Components of a table are told by their number: \
      ffhq_pca.pt#10=2. Channels are StyleSpace's, the layer and the channel in it, moved by so many standard deviations.
      """)

  @Option(help: DirectionChange.help, transform: DirectionChange.init)
  var direction: [DirectionChange] = []

  @Option(
    help: ArgumentHelp(
      "A channel and how far it moves, from -1000 to 1000. May be given several times.",
      valueName: "layer_channel=θ"),
    transform: ChannelChange.init)
  var channel: [ChannelChange] = []

  @OptionGroup var spread: StatisticsArguments
  @OptionGroup var style: StyleArguments

  func validate() throws {
    if direction.isEmpty, channel.isEmpty { throw ValidationError("Give --direction or --channel.") }
    if channel.isEmpty, spread.isGiven {
      throw ValidationError("--statistics and --samples are of channels, and take --channel.")
    }
    if !direction.isEmpty, !channel.isEmpty {
      throw ValidationError(
        "--direction and --channel are of different spaces; give one, and go on from --save-code.")
    }
  }

  func run() throws {
    if !channel.isEmpty {
      let (face, generator) = try style.styleFace()
      let statistics = try spread.statistics(of: generator)
      return try write(
        face,
        channel.map {
          try $0.theta
            * Direction(layer: $0.layer, channel: $0.channel, of: generator, statistics: statistics)
        })
    }
    if let generator = try style.generator.styleGAN2() {
      return try write(
        style.layeredFace(of: generator),
        direction.map {
          try $0.theta * Direction(contentsOf: $0.file, for: generator, component: $0.component)
        })
    }
    let face = try style.noiseFace()
    try write(face, direction.map { try $0.direction(size: face.generator.latentSize) })
  }

  private func write<Space>(_ face: EditedFace<Space>, _ directions: [Direction<Space>]) throws {
    let code = directions.reduce(face.code, +)
    try style.out.write(face.rendered(as: code))
    if let url = style.saveCode { try code.write(to: url) }
  }
}

/// LAYER_CHANNEL=θ as typed.
struct ChannelChange {
  let layer: Int
  let channel: Int
  let theta: Float

  @Sendable init(_ argument: String) throws {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    let place = parts[0].split(separator: "_").compactMap { Int($0) }
    guard parts.count == 2, place.count == 2 else {
      throw ValidationError(
        "A channel is its layer, its number and how far it moves: 9_409=8, not “\(argument)”.")
    }
    (layer, channel) = (place[0], place[1])
    theta = try within(possibleSteps)(String(parts[1]))
  }
}
