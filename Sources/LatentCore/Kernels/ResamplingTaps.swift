/// A linear map along one axis of an image, each output a weighted sum of neighboring inputs.
///
/// Every reduction, enlargement and crop of images that is separable is such a table for the rows and one for the
/// columns, and so is its adjoint. Tables are chained with ``followed(by:)``: nearest neighbors and then means of
/// blocks are one table.
///
/// Inputs and outputs are pixels: output i of n covers the part i/n … (i + 1)/n of the axis.
package struct ResamplingTaps: Sendable, Equatable {
  /// How many inputs the axis has.
  package let inputs: Int
  /// How many outputs it gets.
  package var outputs: Int { firsts.count }

  /// The first input of each output.
  let firsts: [UInt32]
  /// How many inputs each output has.
  let counts: [UInt32]
  /// Their weights, `reach` for each output, zero beyond its count.
  let weights: [Double]
  /// The most inputs that an output has.
  let reach: Int

  /// Makes a table of the weights of neighboring inputs, for each output.
  ///
  /// - Precondition: The inputs of each output lie in 0 ..< `inputs`.
  init(inputs: Int, _ rows: [(first: Int, weights: [Double])]) {
    self.inputs = inputs
    let reach = rows.reduce(1) { max($0, $1.weights.count) }
    for row in rows {
      precondition(
        row.first >= 0 && row.first + row.weights.count <= inputs,
        "An axis of \(inputs) pixels has none from \(row.first) to \(row.first + row.weights.count).")
    }
    self.reach = reach
    firsts = rows.map { UInt32($0.first) }
    counts = rows.map { UInt32($0.weights.count) }
    weights = rows.flatMap { $0.weights + [Double](repeating: 0, count: reach - $0.weights.count) }
  }

  /// The first input of an output, and the weights of it and of those behind it.
  private func row(_ output: Int) -> (first: Int, weights: ArraySlice<Double>) {
    (Int(firsts[output]), weights[output * reach..<output * reach + Int(counts[output])])
  }

  /// Pillow's bicubic filter with a = −½, as wide as an output's pixel where that is larger than an input's.
  ///
  /// With the scale s = max(inputs/outputs, 1), output i at c = (i + ½)·inputs/outputs sees the pixels whose centers
  /// lie within 2s of c, each weighted by k((pixel + ½ − c)/s) and all divided by their sum;
  /// k(x) = (a + 2)|x|³ − (a + 3)|x|² + 1 for |x| < 1, a(|x|³ − 5|x|² + 8|x| − 4) for |x| < 2.
  ///
  /// Source: Pillow's `Image.resize(…, BICUBIC)`; Keys, "Cubic convolution interpolation", 1981.
  package static func bicubic(from inputs: Int, to outputs: Int) -> ResamplingTaps {
    check(inputs, outputs)
    let step = Double(inputs) / Double(outputs)
    let scale = max(step, 1)
    let rows = (0..<outputs).map { output -> (Int, [Double]) in
      let center = (Double(output) + 0.5) * step
      let first = max(Int(center - 2 * scale + 0.5), 0)
      let end = min(Int(center + 2 * scale + 0.5), inputs)
      // The quotient is taken as Pillow takes it, or a weight that is a tie would be rounded the other way.
      let inverse = 1 / scale
      let raw = (first..<end).map { cubic((Double($0) - center + 0.5) * inverse) }
      let sum = raw.reduce(0, +)
      return (first, raw.map { $0 / sum })
    }
    return ResamplingTaps(inputs: inputs, rows)
  }

  private static func cubic(_ x: Double) -> Double {
    let (a, x) = (-0.5, abs(x))
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }

  /// Means over windows: output i of the inputs ⌊i·inputs/outputs⌋ ..< ⌈(i + 1)·inputs/outputs⌉.
  ///
  /// Source: PyTorch's `adaptive_avg_pool2d`; of a length that `outputs` divides also `avg_pool2d`.
  package static func windowMeans(from inputs: Int, to outputs: Int) -> ResamplingTaps {
    check(inputs, outputs)
    return ResamplingTaps(
      inputs: inputs,
      (0..<outputs).map { output in
        let first = output * inputs / outputs
        let count = ((output + 1) * inputs + outputs - 1) / outputs - first
        return (first, [Double](repeating: 1 / Double(count), count: count))
      })
  }

  /// Means over a window of five about each input, weighted by [1, 4, 6, 4, 1]/16; at the ends over those that exist.
  ///
  /// - Precondition: There is at least one input.
  package static func binomialMeans(of inputs: Int) -> ResamplingTaps {
    check(inputs, inputs)
    let binomials = [1.0, 4, 6, 4, 1]
    return ResamplingTaps(
      inputs: inputs,
      (0..<inputs).map { center in
        let window = max(center - 2, 0)..<min(center + 3, inputs)
        let sum = window.reduce(0) { $0 + binomials[$1 - center + 2] }
        return (window.lowerBound, window.map { binomials[$0 - center + 2] / sum })
      })
  }

  /// The input ⌊i·inputs/outputs⌋ for each output i.
  ///
  /// Source: PyTorch's `interpolate(mode="nearest")`.
  package static func nearest(from inputs: Int, to outputs: Int) -> ResamplingTaps {
    check(inputs, outputs)
    return ResamplingTaps(inputs: inputs, (0..<outputs).map { ($0 * inputs / outputs, [1]) })
  }

  /// Straight lines between the two inputs that are nearest.
  ///
  /// Output i lies at i·(inputs − 1)/(outputs − 1) where corners are aligned, else at
  /// max((i + ½)·inputs/outputs − ½, 0). A reduction skips inputs: nothing is averaged.
  ///
  /// Source: PyTorch's `interpolate(mode="bilinear", align_corners=…)`.
  package static func bilinear(
    from inputs: Int, to outputs: Int, aligningCorners: Bool
  ) -> ResamplingTaps {
    check(inputs, outputs)
    return ResamplingTaps(
      inputs: inputs,
      (0..<outputs).map { output in
        let place =
          aligningCorners
          ? (outputs > 1 ? Double(output) * Double(inputs - 1) / Double(outputs - 1) : 0)
          : max((Double(output) + 0.5) * Double(inputs) / Double(outputs) - 0.5, 0)
        let first = min(Int(place), inputs - 1)
        let part = place - Double(first)
        return first + 1 < inputs ? (first, [1 - part, part]) : (first, [1])
      })
  }

  /// The inputs of a range as they are.
  ///
  /// - Precondition: 0 ..< `inputs` contains the range.
  package static func crop(_ range: Range<Int>, of inputs: Int) -> ResamplingTaps {
    ResamplingTaps(inputs: inputs, range.map { ($0, [1]) })
  }

  /// This map and then another: one table for both.
  ///
  /// - Precondition: The other's inputs are as many as these outputs.
  package func followed(by next: ResamplingTaps) -> ResamplingTaps {
    precondition(
      next.inputs == outputs,
      "A table of \(outputs) outputs is not followed by one of \(next.inputs) inputs.")
    return ResamplingTaps(
      inputs: inputs,
      (0..<next.outputs).map { output in
        let (begin, weights) = next.row(output)
        let parts = weights.enumerated().map { (row($0.offset + begin), $0.element) }
        guard let first = parts.map(\.0.first).min() else { return (0, []) }
        let end = parts.reduce(first) { max($0, $1.0.first + $1.0.weights.count) }
        var sum = [Double](repeating: 0, count: end - first)
        for (part, weight) in parts {
          for (index, inner) in part.weights.enumerated() {
            sum[part.first - first + index] += weight * inner
          }
        }
        return (first, sum)
      })
  }

  /// The adjoint map, from outputs to inputs.
  var transposed: ResamplingTaps {
    // Between the first and the last output that an input has a part in, the weights of those that lack it are zero.
    var spans = [Range<Int>](repeating: 0..<0, count: inputs)
    for output in 0..<outputs {
      for input in row(output).first..<row(output).first + Int(counts[output]) {
        spans[input] = (spans[input].isEmpty ? output : spans[input].lowerBound)..<output + 1
      }
    }
    return ResamplingTaps(
      inputs: outputs,
      spans.enumerated().map { input, span in
        let column = span.map { output -> Double in
          let tap = input - Int(firsts[output])
          return tap >= 0 && tap < counts[output] ? weights[output * reach + tap] : 0
        }
        return (span.lowerBound, column)
      })
  }

  private static func check(_ inputs: Int, _ outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "An axis of \(inputs) pixels cannot be resampled to \(outputs).")
  }
}
