import LatentArithmetic
import LatentCore
import LatentText
import LatentTraining

extension Benchmark {
  /// Products of square matrices.
  static let products = [product(256), reference]

  /// The product whose rate those of the layers are compared with.
  static let reference = product(2048)

  private static func product(_ size: Int) -> Benchmark {
    let operations = 2 * Double(size) * Double(size) * Double(size)
    return Benchmark("sgemm \(size)", operations: operations) { Product(size: size, threads: $0) }
  }
}

private struct Product: Workload {
  private let a: Tensor
  private let b: Tensor
  private let threads: Int

  init(size: Int, threads: Int) {
    var stream = RandomStream(input: "product")
    a = stream.normal(shape: [size, size])
    b = stream.normal(shape: [size, size])
    self.threads = threads
  }

  func iterate() -> Tensor {
    let tape = Tape(threads: threads)
    return tape.constant(a).matrixProduct(tape.constant(b)).value
  }
}
