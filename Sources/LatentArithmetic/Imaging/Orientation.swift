/// How a camera held the image: the Exif tag Orientation (EXIF 2.3, tag 0x0112), whose values are these raw values.
///
/// A stored image is turned upright by exchanging its axes if `swapsAxes`, then flipping.
enum Orientation: UInt16 {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows of the stored image are columns of the upright one.
  var swapsAxes: Bool { rawValue >= 5 }
  /// Whether x of the upright image runs against its stored axis.
  var reversesX: Bool { [.mirrored, .turnedHalf, .turnedRight, .transversed].contains(self) }
  /// Whether y of the upright image runs against its stored axis.
  var reversesY: Bool { [.turnedHalf, .flipped, .transversed, .turnedLeft].contains(self) }
}

extension Image {
  /// Turns an image as stored to the image as meant, its transparency and metadata kept.
  func transformed(by orientation: Orientation) -> Image {
    if orientation == .upright { return self }
    var metadata = metadata
    if orientation.swapsAxes { metadata.density = metadata.density?.turned }
    return Image(
      width: orientation.swapsAxes ? height : width, height: orientation.swapsAxes ? width : height,
      pixels: rearranged(pixels, channels: 3, by: orientation),
      alpha: alpha.map { rearranged($0, channels: 1, by: orientation) }, metadata: metadata)
  }

  private func rearranged(_ values: [UInt8], channels: Int, by orientation: Orientation) -> [UInt8] {
    let (outWidth, outHeight) = orientation.swapsAxes ? (height, width) : (width, height)
    var out: [UInt8] = []
    out.reserveCapacity(values.count)
    for y in 0..<outHeight {
      let v = orientation.reversesY ? outHeight - 1 - y : y
      for x in 0..<outWidth {
        let u = orientation.reversesX ? outWidth - 1 - x : x
        let source = (orientation.swapsAxes ? u * width + v : v * width + u) * channels
        for channel in 0..<channels { out.append(values[source + channel]) }
      }
    }
    return out
  }
}
