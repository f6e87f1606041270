import CKernels

/// A function applied to each element, and the derivative the kernels know for it.
package enum Activation: Sendable, Hashable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// x above zero, slope·x below; the slope is positive.
  case leakyReLU(slope: Float)
  /// x above zero, exp(x) − 1 below.
  case elu
  /// The hyperbolic tangent.
  case tanh
  /// 1/(1 + exp(−x)).
  case sigmoid
  /// x between 0 and 6, else the nearer of the two.
  case relu6

  var kernelArguments: (ck_activation, slope: Float) {
    switch self {
    case .identity: (CK_IDENTITY, 0)
    case .relu: (CK_RELU, 0)
    case .leakyReLU(let slope): (CK_LEAKY_RELU, slope)
    case .elu: (CK_ELU, 0)
    case .tanh: (CK_TANH, 0)
    case .sigmoid: (CK_SIGMOID, 0)
    case .relu6: (CK_RELU6, 0)
    }
  }
}

extension Kernels {
  /// f(x + bias), the bias being one number per channel, the last dimension.
  static func biasActivation(_ x: Tensor, bias: Tensor?, _ activation: Activation, threads: Int) -> Tensor {
    let channels = x.shape.last ?? 1
    precondition(
      bias?.shape ?? [channels] == [channels],
      "A bias of shape \(bias?.shape ?? []) does not fit an input of shape \(x.shape).")
    let (kind, slope) = activation.kernelArguments
    return Tensor(unsafeUninitialized: x.shape) { y in
      withPointers(to: x, bias) { x, bias in
        ck_bias_activation_forward(
          kind, slope, y.count / max(channels, 1), channels, x, bias, y.baseAddress, Int32(threads))
      }
    }
  }

  /// The cotangents of the input and of the bias, from the output `y` and its cotangent.
  static func biasActivationBackward(
    _ y: Tensor, _ dy: Tensor, _ activation: Activation, needsBias: Bool, share: BatchShare, threads: Int
  ) -> (dx: Tensor, dbias: Tensor?) {
    precondition(y.shape == dy.shape, "An output of shape \(y.shape) has no cotangent of shape \(dy.shape).")
    let channels = y.shape.last ?? 1
    let (kind, slope) = activation.kernelArguments
    var dx = unwritten(y.shape)
    func pull(_ rows: Range<Int>, _ dbias: inout Tensor?) {
      let start = rows.lowerBound * channels
      withMutablePointers(to: &dx, &dbias) { dx, dbias in
        withPointers(to: y, dy) { y, dy in
          ck_bias_activation_backward(
            kind, slope, rows.count, channels, y.map { $0 + start }, dy.map { $0 + start },
            dx.map { $0 + start }, dbias, Int32(threads))
        }
      }
    }
    let rows = y.count / max(channels, 1)
    guard needsBias else {
      var none: Tensor?
      pull(0..<rows, &none)
      return (dx, nil)
    }
    let dbias = share.ownSum(rows: rows, threads: threads) { rows in
      var part: Tensor? = unwritten([channels])
      pull(rows, &part)
      return part ?? unwritten([channels])
    }
    return (dx, dbias)
  }
}
