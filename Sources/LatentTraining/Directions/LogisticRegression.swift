import Foundation
import LatentArithmetic
import LatentCore

/// The linear classifier of one word that minimizes a regularized logistic loss over codes.
///
/// Goals, in this order:
/// 1. The minimum itself, whatever the rounding on the way: loss, gradient and the test for the end are in double.
/// 2. No setting: the sum of the losses against ½‖v‖² is what InterFaceGAN's support vector machine has (C = 1), and
///    keeps v finite on codes that can be separated.
/// 3. Speed for 15,000 codes of 200 numbers: the Hessian, nearly all of the work, is a matrix product in single
///    precision. It only decides how fast the steps approach the minimum, not where that is.
///
/// Rejected: gradient descent (hundreds of passes and a rate to choose) and stopping by the change of the loss, which
/// stalls at half the digits of v.
///
/// With p = 1/(1 + exp(−m)) and the rows (z, 1) of X, the gradient is Xᵀ(p − y) + (v, 0) and the Hessian
/// Xᵀ·diag(p(1 − p))·X + diag(1, …, 1, 0).
package struct LogisticRegression {
  /// The normal v of the boundary, not of unit length; [d].
  package let normal: [Double]
  /// The intercept b, which is not regularized.
  package let intercept: Double

  /// The share of Σ‖(z, 1)‖, the most that the gradient's sum can be, below which its length counts as zero.
  private static let tolerance = 1e-10
  /// How often a step is halved at most until the loss falls: on rare attributes whole steps may lead away.
  private static let halvings = 30
  /// The most steps: white codes take some ten, and more those whose mean is hundreds of times their width, where the
  /// Hessian's rounding tells.
  private static let steps = 60
  /// What keeps rounding from deciding whether the Hessian is positive definite, as a share of its mean diagonal.
  private static let ridge = 1e-6

  /// Fits a word's classifier, nil where the word applies to all images or to none.
  ///
  /// - Precondition: The codes are finite.
  package init?(of word: Int, in data: LabeledLatents, threads: Int) {
    let labels = (0..<data.count).map { data.label($0, word) ? 1.0 : 0 }
    let share = labels.reduce(0, +) / Double(max(labels.count, 1))
    guard share > 0, share < 1 else { return nil }
    let d = data.latents.shape[1]
    let size = data.latents.withElements { codes in
      (0..<data.count).reduce(0.0) { sum, image in
        sum + codes[image * d..<(image + 1) * d].reduce(1) { $0 + Double($1) * Double($1) }.squareRoot()
      }
    }
    precondition(size.isFinite, "Codes that are not finite numbers have no boundary.")
    // Where the codes tell nothing, this is the minimum.
    let start = [Double](repeating: 0, count: d) + [log(share / (1 - share))]
    var point = LogisticLoss(start, codes: data.latents, labels: labels)
    var step = 0
    while step < Self.steps, point.gradientLength > Self.tolerance * size,
      let next = Self.next(after: point, codes: data.latents, labels: labels, threads: threads)
    {
      point = next
      step += 1
    }
    (normal, intercept) = (Array(point.parameters.dropLast()), point.parameters[d])
  }

  /// A step of Newton's method, halved until the loss falls; nil where rounding lets it fall no more.
  private static func next(
    after point: LogisticLoss, codes: Tensor, labels: [Double], threads: Int
  ) -> LogisticLoss? {
    guard
      let step = Kernels.solvePositiveDefinite(
        hessian(at: point, codes: codes, threads: threads), point.gradient, columns: 1)
    else { return nil }
    // The last steps change the loss by less than its rounding.
    let limit = point.value * (1 + 1e-12)
    var length = 1.0
    for _ in 0...halvings {
      let parameters = zip(point.parameters, step).map { $0 - length * $1 }
      let next = LogisticLoss(parameters, codes: codes, labels: labels)
      if next.value <= limit { return next }
      length /= 2
    }
    return nil
  }

  /// Row-major, of order d + 1.
  private static func hessian(at point: LogisticLoss, codes: Tensor, threads: Int) -> [Double] {
    let (n, d) = (codes.shape[0], codes.shape[1])
    let rows = Tensor(unsafeUninitialized: [n, d + 1]) { rows in
      codes.withElements { codes in
        for image in 0..<n {
          let weight = Float(point.curvatures[image].squareRoot())
          let start = image * (d + 1)
          for index in 0..<d { rows[start + index] = weight * codes[image * d + index] }
          rows[start + d] = weight
        }
      }
    }
    let products = Kernels.matrixProduct(rows, rows, transposingFirst: true, threads: threads)
    var hessian = products.elements.map(Double.init)
    for index in 0..<d { hessian[index * (d + 2)] += 1 }
    let mean = (0...d).reduce(0.0) { $0 + hessian[$1 * (d + 2)] } / Double(d + 1)
    for index in 0...d { hessian[index * (d + 2)] += ridge * mean }
    return hessian
  }
}

/// The regularized loss, its gradient and the logistic curvatures at some (v, b).
private struct LogisticLoss {
  let parameters: [Double]
  let value: Double
  let gradient: [Double]
  /// p(1 − p) for each code.
  let curvatures: [Double]

  var gradientLength: Double { gradient.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  init(_ parameters: [Double], codes: Tensor, labels: [Double]) {
    let d = codes.shape[1]
    var gradient = parameters
    gradient[d] = 0
    var loss = gradient.reduce(0) { $0 + $1 * $1 } / 2
    var curvatures: [Double] = []
    curvatures.reserveCapacity(labels.count)
    codes.withElements { codes in
      for (image, label) in labels.enumerated() {
        let start = image * d
        var margin = parameters[d]
        for index in 0..<d { margin += parameters[index] * Double(codes[start + index]) }
        let tail = exp(-abs(margin))
        // log(1 + exp(m)) and p, neither of which overflows this way.
        loss += max(margin, 0) + log1p(tail) - label * margin
        let probability = (margin < 0 ? tail : 1) / (1 + tail)
        curvatures.append(tail / ((1 + tail) * (1 + tail)))
        let residual = probability - label
        for index in 0..<d { gradient[index] += residual * Double(codes[start + index]) }
        gradient[d] += residual
      }
    }
    (self.parameters, value, self.gradient, self.curvatures) = (parameters, loss, gradient, curvatures)
  }
}
