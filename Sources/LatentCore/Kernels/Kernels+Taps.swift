import CKernels

/// Separable linear resampling by tables of taps.
extension Kernels {
  /// y[b, i, j, c] = Σ R[i, p]·C[j, q]·x[b, p, q, c] of x [batch, height, width, channels].
  package static func resample(
    _ x: Tensor, rows: ResamplingTaps, columns: ResamplingTaps, threads: Int
  ) -> Tensor {
    precondition(
      x.shape.count == 4 && x.shape[1] == rows.inputs && x.shape[2] == columns.inputs,
      "Tables of \(rows.inputs) rows and \(columns.inputs) columns cannot take an input of shape \(x.shape).")
    let (batch, channels) = (x.shape[0], x.shape[3])
    return Tensor(unsafeUninitialized: [batch, rows.outputs, columns.outputs, channels]) { y in
      withTaps(rows, columns) { rows, columns in
        withPointers(to: x) { x in
          ck_resample(batch, rows, columns, channels, x, y.baseAddress, Int32(threads))
        }
      }
    }
  }

  /// The same of an interleaved 8-bit picture, to the last bit as Pillow computes it.
  package static func resample(
    _ pixels: [UInt8], channels: Int, rows: ResamplingTaps, columns: ResamplingTaps
  ) -> [UInt8] {
    precondition(
      pixels.count == rows.inputs * columns.inputs * channels,
      "A picture of \(columns.inputs)×\(rows.inputs) with \(channels) channels does not have \(pixels.count) values."
    )
    return [UInt8](unsafeUninitializedCapacity: rows.outputs * columns.outputs * channels) { out, count in
      count = rows.outputs * columns.outputs * channels
      withTaps(rows, columns) { rows, columns in
        ck_resample_bytes(rows, columns, channels, pixels, out.baseAddress)
      }
    }
  }

  /// Lends two tables as the kernels read them.
  private static func withTaps(
    _ rows: ResamplingTaps, _ columns: ResamplingTaps,
    _ body: (_ rows: UnsafePointer<ck_taps>, _ columns: UnsafePointer<ck_taps>) -> Void
  ) {
    rows.withTaps { rows in columns.withTaps { columns in body(rows, columns) } }
  }
}

extension ResamplingTaps {
  /// Lends the table as the kernels read it.
  fileprivate func withTaps(_ body: (UnsafePointer<ck_taps>) -> Void) {
    // As arguments the arrays become pointers for the length of the call.
    func lend(
      _ first: UnsafePointer<UInt32>, _ count: UnsafePointer<UInt32>, _ weight: UnsafePointer<Double>
    ) {
      var taps = ck_taps(
        in: inputs, out: outputs, reach: reach, first: first, count: count, weight: weight)
      body(&taps)
    }
    lend(firsts, counts, weights)
  }
}
