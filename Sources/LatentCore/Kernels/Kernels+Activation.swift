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
      x.withElements { x in
        withElements(of: bias) { bias in
          ck_bias_activation_forward(
            kind, slope, x.count / max(channels, 1), channels, x.baseAddress, bias, y.baseAddress,
            Int32(threads))
        }
      }
    }
  }

  /// The cotangents of the input and of the bias, from the output `y` and its cotangent.
  static func biasActivationBackward(
    _ y: Tensor, _ dy: Tensor, _ activation: Activation, needsBias: Bool, threads: Int
  ) -> (dx: Tensor, dbias: Tensor?) {
    precondition(y.shape == dy.shape, "An output of shape \(y.shape) has no cotangent of shape \(dy.shape).")
    let channels = y.shape.last ?? 1
    let (kind, slope) = activation.kernelArguments
    var dbias: Tensor?
    let dx = Tensor(unsafeUninitialized: y.shape) { dx in
      y.withElements { y in
        dy.withElements { dy in
          func run(_ dbias: UnsafeMutablePointer<Float>?) {
            ck_bias_activation_backward(
              kind, slope, y.count / max(channels, 1), channels, y.baseAddress, dy.baseAddress,
              dx.baseAddress, dbias, Int32(threads))
          }
          if needsBias {
            dbias = Tensor(unsafeUninitialized: [channels]) { run($0.baseAddress) }
          } else {
            run(nil)
          }
        }
      }
    }
    return (dx, dbias)
  }

  /// Lends the elements of a tensor that may be absent.
  static func withElements<Result>(
    of tensor: Tensor?, _ body: (UnsafePointer<Float>?) throws -> Result
  ) rethrows -> Result {
    guard let tensor else { return try body(nil) }
    return try tensor.withElements { try body($0.baseAddress) }
  }
}
