import CKernels
import TestSupport
import Testing

private let kinds = [CK_RELU, CK_LEAKY_RELU, CK_ELU, CK_TANH]

/// Kernels read and write their arguments and nothing else: a kernel that does not is stopped, and so each family has
/// a process of its own.
@Suite struct BoundsTests {
  @Test func flatKernelsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      let holds = Fences.hold(shapes: 30) { stream, fences in
        let n = stream.size(upTo: 70_000, near: [16, 32_768, 65_536])
        ck_linear_combination(n, 0.5, fences.random(n), 2, fences.random(n), fences.room(n), 2)
        _ = ck_dot(n, fences.random(n), fences.random(n), 2)
        _ = ck_binary_cross_entropy(n, fences.random(n), fences.random(n), fences.room(n), 2)
        _ = ck_mean_squared_error(n, fences.random(n), fences.random(n), fences.room(n), 2)
        ck_dropout(n, 0.3, 7, fences.random(n), fences.room(n), 2)
        let settings = ck_adam_settings(rate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-8)
        let second = fences.fenced(randomFloats(count: n, seed: 2).map { $0 * $0 })
        ck_adam(n, settings, 3, fences.random(n), fences.random(n), fences.random(n), second, 2)
        ck_rectified_adam(n, settings, 5, 9, fences.random(n), fences.random(n), fences.random(n), second, 2)
        let halves = fences.fenced([UInt16](repeating: 0, count: n))
        ck_half_from_float(n, fences.random(n), halves)
        ck_float_from_half(n, halves, fences.room(n))
      }
      #expect(holds)
    }
  }

  @Test func channelKernelsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      let holds = Fences.hold(shapes: 30) { stream, fences in
        let c = stream.size(upTo: 200, near: [4, 16, 32, 63, 64])
        let rows = stream.size(upTo: 70_000 / c + 1, near: [4, 32_768 / c])
        let (n, kind) = (rows * c, kinds.randomElement(using: &stream) ?? CK_RELU)
        let (x, dy, vector, dx) = (fences.random(n), fences.random(n), fences.random(c), fences.room(n))
        ck_bias_activation_forward(kind, 0.2, rows, c, x, vector, fences.room(n), 2)
        ck_bias_activation_backward(kind, 0.2, rows, c, x, dy, dx, fences.room(c), 2)
        ck_prelu_forward(rows, c, x, vector, fences.room(n), 2)
        ck_prelu_backward(rows, c, x, vector, dy, dx, fences.room(c), 2)
        for (length, inner) in [(c, 1), (rows, c)] {
          ck_normalize_length_forward(n / (length * inner), length, inner, 1, 0, x, fences.room(n), 2)
          ck_normalize_length_backward(n / (length * inner), length, inner, 1, 0, x, dy, dx, 2)
        }
        let (pictures, each) = rows % 3 == 0 ? (3, rows / 3) : (1, rows)
        let factors = fences.random(pictures * c)
        ck_scale_channels_forward(pictures, each, c, x, factors, fences.room(n), 2)
        ck_scale_channels_backward(
          pictures, each, c, x, factors, dy, fences.room(n), fences.room(pictures * c), 2)
        var style = ck_style(
          demodulation: fences.random(pictures * c), noise: fences.random(each), bias: vector, slope: 0.2,
          gain: 1.4)
        ck_style_forward(&style, pictures, each, c, x, fences.room(n), 2)
        ck_style_backward(&style, pictures, each, c, x, dy, fences.room(n), fences.room(pictures * c), 2)
        let pad = each > 1 ? 1 + rows % 2 : 2
        style.noise = UnsafePointer(fences.random((each + 2 * pad - 3) * (2 * pad - 1)))
        let blurred = fences.room(pictures * (each + 2 * pad - 3) * (2 * pad - 1) * c)
        ck_blur(
          pictures, each, 2, c, pad, &style, fences.random(pictures * each * 2 * c), blurred, 2)
        let (mean, variance) = (fences.room(c), fences.room(c))
        // Doubles, each in the room of two floats.
        let sums = UnsafeMutableRawPointer(fences.room(4 * c)).assumingMemoryBound(to: Double.self)
        ck_batch_norm_moments(rows, c, x, sums, 2)
        ck_batch_norm_statistics(rows, c, sums, mean, variance)
        ck_batch_norm_forward(
          kind, 0.2, rows, c, 1e-5, x, vector, vector, mean, variance, fences.room(n), 2)
        ck_batch_norm_gradient_sums(
          kind, 0.2, rows, c, 1e-5, x, vector, vector, mean, variance, dy, sums, 2)
        ck_batch_norm_vector_gradients(c, 1e-5, variance, sums, fences.room(c), fences.room(c))
        for sums in [UnsafePointer(sums), nil] {
          ck_batch_norm_backward(
            kind, 0.2, rows, c, 1e-5, x, vector, vector, mean, variance, dy, sums, rows, dx, 2)
        }
      }
      #expect(holds)
    }
  }

  @Test func productsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      let holds = Fences.hold(shapes: 60) { stream, fences in
        let m = stream.size(upTo: 300, near: [14, 28, 128, 256])
        let (n, k) = (stream.size(upTo: 100, near: [16, 32, 64]), stream.size(upTo: 600, near: [16, 512]))
        let (a, b) = (fences.random(m * k), fences.random(k * n))
        for transposes in 0..<4 {
          let (alpha, beta) = (transposes % 3 == 0 ? 1 : Float(0.5), Float(transposes % 3) / 2)
          let c = fences.random(m * n)
          ck_gemm(transposes & 1 != 0, transposes & 2 != 0, m, n, k, alpha, a, b, beta, c, 2)
        }
      }
      #expect(holds)
    }
  }

  @Test func convolutionsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      for (index, shape) in ConvolutionShapes.random.enumerated() {
        let holds = Fences.hold(shapes: 1) { _, fences in convolve(shape, fences) }
        #expect(holds, "\(index): \(shape)")
      }
    }
  }

  @Test func windowsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      for shape in PoolingTests.shapes.suffix(40) {
        let holds = Fences.hold(shapes: 1) { _, fences in
          var shape = shape
          let inputs = shape.batch * shape.in_height * shape.in_width * shape.channels
          let outputs = shape.batch * shape.out_height * shape.out_width * shape.channels
          let (x, y) = (fences.random(inputs), fences.room(outputs))
          ck_max_pool_forward(&shape, x, y, 2)
          ck_max_pool_backward(&shape, x, y, fences.random(outputs), fences.room(inputs), 2)
        }
        #expect(holds, "\(shape)")
      }
      for shape in DepthwiseTests.shapes.suffix(43) {
        let holds = Fences.hold(shapes: 1) { _, fences in
          var shape = shape
          let channels = shape.in_channels
          let inputs = shape.batch * shape.in_height * shape.in_width * channels
          let outputs = shape.batch * shape.out_height * shape.out_width * channels
          let taps = shape.kernel_height * shape.kernel_width * channels
          let (x, dy, w) = (fences.random(inputs), fences.random(outputs), fences.random(taps))
          ck_depthwise_forward(&shape, x, w, fences.random(channels), CK_RELU, 0, fences.room(outputs), 2)
          ck_depthwise_backward_input(&shape, dy, w, fences.room(inputs), 2)
          ck_depthwise_backward_filter(&shape, x, dy, fences.room(taps), 2)
        }
        #expect(holds, "\(shape)")
      }
    }
  }

  @Test func transformerKernelsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      for shape in TransformerTests.attentionShapes {
        let holds = Fences.hold(shapes: 1) { _, fences in
          var shape = shape
          let (tokens, width) = (shape.tokens, shape.width)
          let rows = shape.batch * tokens
          let (qkv, y) = (fences.random(rows * width * 3), fences.room(rows * width))
          let dy = fences.random(rows * width)
          ck_attention_forward(&shape, qkv, y, 2)
          ck_attention_backward(&shape, qkv, dy, fences.room(rows * width * 3), 2)
          let (x, vector) = (fences.random(rows * width), fences.random(width))
          ck_layer_norm_forward(rows, width, 1e-5, x, vector, vector, y, 2)
          ck_layer_norm_backward(
            rows, width, 1e-5, x, vector, dy, y, fences.room(width), fences.room(width), 2)
          for form in [CK_GELU_EXACT, CK_GELU_LOGISTIC] {
            ck_gelu_forward(form, rows * width, x, y, 2)
            ck_gelu_backward(form, rows * width, x, dy, y, 2)
          }
          let own = fences.random(shape.batch * (tokens - 1) * width)
          ck_positions_forward(
            shape.batch, tokens, width, own, vector, fences.random(tokens * width), y)
          ck_positions_backward(
            shape.batch, tokens, width, true, dy, fences.room(shape.batch * (tokens - 1) * width),
            fences.room(width), fences.room(tokens * width))
          let indices = fences.fenced((0..<rows).map { UInt32($0 % 7) })
          ck_add_rows(rows, width, indices, dy, fences.random(7 * width))
        }
        #expect(holds, "\(shape)")
      }
    }
  }

  @Test func trainingKernelsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      let holds = Fences.hold(shapes: 40) { stream, fences in
        let (words, d) = (stream.size(upTo: 20, near: [8, 16]), stream.size(upTo: 210, near: [16, 64, 200]))
        let batch = stream.size(upTo: min(100, 60_000 / (words * d)), near: [16, 32])
        let mask = fences.fenced((0..<batch * words).map { _ in UInt8.random(in: 0...1, using: &stream) })
        for shared in [false, true] {
          let count = (shared ? 1 : batch) * words * d
          ck_theta_loss(
            batch, words, d, shared, 1e-8, fences.random(count), fences.random(batch * d), mask,
            fences.room(batch * words), fences.room(batch), fences.room(count), 2)
        }
        let (height, width) = (stream.size(upTo: 20), stream.size(upTo: 20))
        let channels = stream.size(upTo: 5, near: [3])
        let change = fences.fenced(
          (0..<batch).map { _ in
            ck_augmentation(
              brightness: 0.1, saturation: 1.5, contrast: 0.7,
              shift_down: .random(in: -Int32(height)...Int32(height), using: &stream),
              shift_right: .random(in: -Int32(width)...Int32(width), using: &stream))
          })
        let count = batch * height * width * channels
        for augment in [ck_augment_forward, ck_augment_backward] {
          augment(batch, height, width, channels, change, fences.random(count), fences.room(count), 2)
        }
      }
      #expect(holds)
    }
  }

  // A gradient of more than 4 million values is stored past the caches, half a vector at a time where a row ends. The
  // last word of each pair is inactive, and so is zero to the end.
  @Test func largeGradientsKeepToTheirRoom() async {
    await #expect(processExitsWith: .success) {
      let (batch, words, d) = (130, 164, 200)
      let fences = Fences(.behind)
      let mask = fences.fenced((0..<batch * words).map { UInt8($0 % words == words - 1 ? 0 : 1) })
      let dw = fences.room(batch * words * d)
      ck_theta_loss(
        batch, words, d, false, 1e-8, fences.random(batch * words * d), fences.random(batch * d), mask,
        fences.room(batch * words), fences.room(batch), dw, 2)
      #expect(Int(bitPattern: dw) % 32 == 0 && fences.areIntact)
    }
  }

  @Test func pictureKernelsKeepToTheirArguments() async {
    await #expect(processExitsWith: .success) {
      let holds = Fences.hold(shapes: 60) { stream, fences in
        let (height, width) = (stream.size(upTo: 60), stream.size(upTo: 60))
        let (rows, columns) = (stream.size(upTo: 40), stream.size(upTo: 40))
        let channels = stream.size(upTo: 4, near: [3])
        func bytes(_ count: Int) -> UnsafeMutablePointer<UInt8> {
          fences.fenced([UInt8](repeating: 100, count: count))
        }
        let image = bytes(height * width * channels)
        let tables = [
          ResampleTests.Table(inputs: height, outputs: rows, reach: 2, seed: 1).shrunk,
          ResampleTests.Table(inputs: width, outputs: columns, reach: 2, seed: 2).shrunk,
        ]
        tables[0].with { vertical in
          tables[1].with { horizontal in
            ck_resample(
              1, vertical, horizontal, channels, fences.random(height * width * channels),
              fences.room(rows * columns * channels), 2)
            ck_resample_bytes(vertical, horizontal, channels, image, bytes(rows * columns * channels))
          }
        }
        let (h, w) = (Double(height), Double(width))
        ck_resize(
          image, height, width, channels, -h * .random(in: -0.9...0.9, using: &stream),
          -w * .random(in: -0.9...0.9, using: &stream), h * .random(in: 0.1...2, using: &stream),
          w * .random(in: 0.1...2, using: &stream), rows, columns, bytes(rows * columns * channels))
        let crop = fences.fenced([
          ck_crop(top: height / 3, left: width / 2, height: height - height / 3, width: width - width / 2)
        ])
        ck_area_resize(
          image, width, channels, 1, crop, rows, columns, rows / 2, rows - rows / 2, 127.5, 0.5,
          fences.room((rows - rows / 2) * columns * channels), 2)
        let frame = fences.fenced((0..<6).map { _ in Double.random(in: -30...60, using: &stream) })
        let picture = bytes(height * width * 3)
        ck_cut_frame(picture, height, width, frame, rows, columns, bytes(rows * columns * 3), 2)
        ck_put_back_frame(
          picture, height, width, frame, fences.random(rows * columns * 4), rows, columns,
          fences.fenced([0.2, 0, 0.1, 0.5]), 2)
      }
      #expect(holds)
    }
  }
}

/// All passes, each by all algorithms that can compute it.
private func convolve(_ shape: ck_convolution, _ fences: Fences) {
  var shape = shape
  let inputs = shape.batch * shape.in_height * shape.in_width * shape.in_channels
  let outputs = shape.batch * shape.out_height * shape.out_width * shape.out_channels
  let weights = shape.kernel_height * shape.kernel_width * shape.in_channels * shape.out_channels
  let (x, dy, w) = (fences.random(inputs), fences.random(outputs), fences.random(weights))
  for algorithm in [CK_PATCHES, CK_SCATTER, CK_WINOGRAD, CK_BLAS] {
    func packed(_ pass: ck_pass) -> UnsafeMutablePointer<Float> {
      let filter = fences.room(ck_convolution_filter_count(&shape, pass, algorithm))
      ck_convolution_pack(&shape, pass, algorithm, w, filter, 2)
      return filter
    }
    if ck_convolution_supports(&shape, CK_FORWARD, algorithm) {
      ck_convolution_forward(
        &shape, algorithm, x, packed(CK_FORWARD), fences.random(shape.out_channels), CK_LEAKY_RELU, 0.2,
        fences.room(outputs), 2)
    }
    if ck_convolution_supports(&shape, CK_BACKWARD_INPUT, algorithm) {
      ck_convolution_backward_input(
        &shape, algorithm, dy, packed(CK_BACKWARD_INPUT), fences.random(shape.in_channels), CK_TANH, 0,
        fences.room(inputs), 2)
    }
    if ck_convolution_supports(&shape, CK_BACKWARD_FILTER, algorithm) {
      ck_convolution_backward_filter(&shape, algorithm, x, dy, fences.room(weights), 2)
    }
  }
}
