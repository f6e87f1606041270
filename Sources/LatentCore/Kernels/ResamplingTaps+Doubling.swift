extension ResamplingTaps {
  /// Twice as many pixels: zeros between them, filtered by [1, 3, 3, 1]/4, with zeros outside.
  ///
  /// Output 2m is (x[m − 1] + 3·x[m])/4 and output 2m + 1 is (3·x[m] + x[m + 1])/4.
  ///
  /// Source: "Analyzing and Improving the Image Quality of StyleGAN", Karras and others 2020, the skip connections.
  ///
  /// - Precondition: There is at least one input.
  public static func smoothDoubling(of inputs: Int) -> ResamplingTaps {
    precondition(inputs > 0, "An axis to be doubled has at least one pixel, not \(inputs).")
    return ResamplingTaps(
      inputs: inputs,
      (0..<2 * inputs).map { output in
        let pixel = output / 2
        if output % 2 == 0 { return pixel == 0 ? (0, [0.75]) : (pixel - 1, [0.25, 0.75]) }
        return pixel == inputs - 1 ? (pixel, [0.75]) : (pixel, [0.75, 0.25])
      })
  }
}
