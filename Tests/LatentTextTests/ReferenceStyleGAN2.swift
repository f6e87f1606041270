import LatentCore
import TestSupport

/// A StyleGAN2 in double precision and in the form of its paper: weights of each image's own, modulated, demodulated
/// and convolved in plain loops over NCHW.
struct ReferenceStyleGAN2 {
  let tensors: [String: Tensor]
  let levels: Int

  /// The names of the layers in the order of their styles, with the row of W⁺ that each takes.
  var layers: [(name: String, row: Int)] {
    var layers = [(name: "conv1", row: 0), (name: "to_rgb1", row: 1)]
    for level in 0..<levels {
      layers.append((name: "convs.\(2 * level)", row: 2 * level + 1))
      layers.append((name: "convs.\(2 * level + 1)", row: 2 * level + 2))
      layers.append((name: "to_rgbs.\(level)", row: 2 * level + 3))
    }
    return layers
  }

  private struct Image {
    var channels: Int, size: Int
    var values: [Double]
    subscript(c: Int, i: Int, j: Int) -> Double {
      i < 0 || j < 0 || i >= size || j >= size ? 0 : values[(c * size + i) * size + j]
    }
  }

  private func tensor(_ name: String) -> [Double] { tensors[name]?.elements.map { Double($0) } ?? [.nan] }

  private func dense(_ name: String, _ x: [Double], scale: Double, rate: Double) -> [Double] {
    let (weight, bias) = (tensor(name + ".weight"), tensor(name + ".bias"))
    return bias.indices.map { o in
      x.indices.reduce(bias[o] * rate) { $0 + weight[o * x.count + $1] * scale * rate * x[$1] }
    }
  }

  func mapped(_ z: [Double]) -> [Double] {
    let length = (z.reduce(0) { $0 + $1 * $1 } / Double(z.count) + 1e-8).squareRoot()
    return (1...TinyStyleGAN2.mappings).reduce(z.map { $0 / length }) { x, index in
      dense("style.\(index)", x, scale: 1 / Double(x.count).squareRoot(), rate: 0.01)
        .map { ($0 > 0 ? $0 : 0.2 * $0) * 2.0.squareRoot() }
    }
  }

  /// The styles of all layers, one after the other, from vectors of W⁺ one after the other.
  func styles(_ rows: [Double]) -> [Double] {
    let size = TinyStyleGAN2.styleSize
    return layers.flatMap { layer in
      dense(
        "\(layer.name).conv.modulation", Array(rows[layer.row * size..<(layer.row + 1) * size]),
        scale: 1 / Double(size).squareRoot(), rate: 1)
    }
  }

  /// The image of all styles, [height, width, 3].
  func image(_ styles: [Double], noise: Bool = true) -> [Double] {
    var next = 0
    func style(_ name: String) -> [Double] {
      let count = tensors["\(name).conv.modulation.bias"]?.count ?? 0
      defer { next += count }
      return Array(styles[next..<next + count])
    }
    var x = Image(channels: TinyStyleGAN2.channels[0], size: 4, values: tensor("input.input"))
    x = styled("conv1", 0, style("conv1"), x, doubling: false, noise)
    var colors = colored("to_rgb1", style("to_rgb1"), x)
    for level in 0..<levels {
      let (first, second) = ("convs.\(2 * level)", "convs.\(2 * level + 1)")
      x = styled(first, 2 * level + 1, style(first), x, doubling: true, noise)
      x = styled(second, 2 * level + 2, style(second), x, doubling: false, noise)
      let added = colored("to_rgbs.\(level)", style("to_rgbs.\(level)"), x)
      colors = filtered(spread(colors, to: 2 * colors.size + 3, offset: 2), size: 2 * colors.size)
      for index in colors.values.indices { colors.values[index] += added.values[index] }
    }
    let size = colors.size
    return (0..<size * size * 3).map { colors[$0 % 3, $0 / 3 / size, $0 / 3 % size] }
  }

  private func modulated(_ name: String, _ style: [Double], taps: Int, demodulates: Bool) -> [Double] {
    var w = tensor(name + ".conv.weight")
    let (inside, area) = (style.count, taps * taps)
    let scale = 1 / Double(inside * area).squareRoot()
    for index in w.indices { w[index] *= scale * style[index / area % inside] }
    guard demodulates else { return w }
    let each = inside * area
    for out in 0..<w.count / each {
      let range = out * each..<(out + 1) * each
      let factor = 1 / (w[range].reduce(0) { $0 + $1 * $1 } + 1e-8).squareRoot()
      for index in range { w[index] *= factor }
    }
    return w
  }

  private func styled(
    _ name: String, _ index: Int, _ style: [Double], _ x: Image, doubling: Bool, _ hasNoise: Bool
  ) -> Image {
    let w = modulated(name, style, taps: 3, demodulates: true)
    let (inside, out) = (style.count, w.count / style.count / 9)
    var y = Image(
      channels: out, size: doubling ? 2 * x.size + 1 : x.size, values: [])
    y.values = [Double](repeating: 0, count: out * y.size * y.size)
    for o in 0..<out {
      for c in 0..<inside {
        for p in 0..<3 {
          for q in 0..<3 {
            let weight = w[((o * inside + c) * 3 + p) * 3 + q]
            if doubling {
              for i in 0..<x.size {
                for j in 0..<x.size {
                  y.values[(o * y.size + 2 * i + p) * y.size + 2 * j + q] += weight * x[c, i, j]
                }
              }
            } else {
              for i in 0..<y.size {
                for j in 0..<y.size {
                  y.values[(o * y.size + i) * y.size + j] += weight * x[c, i + p - 1, j + q - 1]
                }
              }
            }
          }
        }
      }
    }
    if doubling { y = filtered(spread(y, to: y.size + 2, offset: 1, step: 1), size: 2 * x.size) }
    let (noise, bias) = (tensor("noises.noise_\(index)"), tensor(name + ".activate.bias"))
    let strength = hasNoise ? tensor(name + ".noise.weight")[0] : 0
    let area = y.size * y.size
    for place in y.values.indices {
      let value = y.values[place] + strength * noise[place % area] + bias[place / area]
      y.values[place] = (value > 0 ? value : 0.2 * value) * 2.0.squareRoot()
    }
    return y
  }

  private func colored(_ name: String, _ style: [Double], _ x: Image) -> Image {
    let (w, bias) = (modulated(name, style, taps: 1, demodulates: false), tensor(name + ".bias"))
    let area = x.size * x.size
    var y = Image(channels: 3, size: x.size, values: [Double](repeating: 0, count: 3 * area))
    for place in y.values.indices {
      y.values[place] = style.indices.reduce(bias[place / area]) {
        $0 + w[place / area * style.count + $1] * x.values[$1 * area + place % area]
      }
    }
    return y
  }

  /// The pixels at offset + step·i of a larger image of zeros.
  private func spread(_ x: Image, to size: Int, offset: Int, step: Int = 2) -> Image {
    var y = Image(
      channels: x.channels, size: size, values: [Double](repeating: 0, count: x.channels * size * size))
    for place in x.values.indices {
      let (i, j) = (place / x.size % x.size, place % x.size)
      y.values[(place / x.size / x.size * size + offset + step * i) * size + offset + step * j] =
        x.values[place]
    }
    return y
  }

  /// Each `size` × `size` result from the 4×4 pixels from it on, by [1, 3, 3, 1] ⊗ [1, 3, 3, 1]/64·4.
  private func filtered(_ x: Image, size: Int) -> Image {
    let taps: [Double] = [1, 3, 3, 1]
    var y = Image(channels: x.channels, size: size, values: [])
    for c in 0..<x.channels {
      for i in 0..<size {
        for j in 0..<size {
          var sum = 0.0
          for p in 0..<4 {
            for q in 0..<4 { sum += taps[p] * taps[q] / 16 * x[c, i + p, j + q] }
          }
          y.values.append(sum)
        }
      }
    }
    return y
  }
}
