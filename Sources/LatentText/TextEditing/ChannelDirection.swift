import LatentArithmetic

extension Direction where Space == StyleSpace {
  /// The direction of one channel, as long as its standard deviation.
  ///
  /// Source: "StyleSpace Analysis", Wu and others 2021, whose channels are told likewise: (9, 409).
  ///
  /// - Parameters:
  ///   - layer: Which of the generator's ``StyleGenerator/styleLayers``, from 0, those of colors included.
  ///   - channel: Which of its channels, from 0.
  ///   - generator: What draws the codes.
  ///   - statistics: Of the generator's style codes.
  /// - Throws: ``TextEditingError/channelMissing(layer:channel:)``.
  public init(
    layer: Int, channel: Int, of generator: any StyleGenerator, statistics: StyleStatistics
  ) throws {
    let layers = generator.styleLayers
    guard layers.indices.contains(layer), (0..<layers[layer].range.count).contains(channel) else {
      throw TextEditingError.channelMissing(layer: layer, channel: channel)
    }
    var values = [Float](repeating: 0, count: generator.latentSize)
    let place = layers[layer].range.lowerBound + channel
    values[place] = statistics.deviation[place]
    self.init(values)
  }
}
