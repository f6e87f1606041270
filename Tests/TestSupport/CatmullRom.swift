/// A patch between its pixels: Σᵢⱼ h(y − i)·h(x − j)·patch[i, j, channel], the border repeated.
///
/// h is the cubic of Keys (1981) for a = −½.
///
/// The patch has the shape [height, width, channels]; the place is a point of it, from (0, 0) at its corner to (1, 1)
/// opposite to it.
package func catmullRom(
  _ patch: [Double], height: Int, width: Int, channels: Int, channel: Int, at place: (s: Double, t: Double)
) -> Double {
  func h(_ x: Double) -> Double {
    let d = abs(x)
    if d < 1 { return 1 + d * d * (1.5 * d - 2.5) }
    return d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0
  }
  let (x, y) = (place.s * Double(width) - 0.5, place.t * Double(height) - 0.5)
  var sum = 0.0
  for i in Int(y.rounded(.down)) - 1...Int(y.rounded(.down)) + 2 {
    for j in Int(x.rounded(.down)) - 1...Int(x.rounded(.down)) + 2 {
      let (row, column) = (min(max(i, 0), height - 1), min(max(j, 0), width - 1))
      sum += h(y - Double(i)) * h(x - Double(j)) * patch[(row * width + column) * channels + channel]
    }
  }
  return sum
}
