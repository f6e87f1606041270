import CKernels
import Foundation
import Testing

/// A process without memory, in which a kernel runs.
private enum Starved {
  /// What was taken; a chain, so that no compiler may leave it out.
  nonisolated(unsafe) private static var taken: UnsafeMutableRawPointer?

  /// Takes all memory and calls a kernel with room for 4,096 numbers, which are 1.
  static func run(_ kernel: (UnsafeMutablePointer<Float>) -> Void) {
    let numbers = UnsafeMutablePointer<Float>.allocate(capacity: 4096)
    numbers.initialize(repeating: 1, count: 4096)
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &none)
    // What the heap of the C library still holds, down to the smallest piece.
    take(1 << 20)
    take(1 << 12)
    var size = 1024
    while size > 0 {
      take(size)
      size -= 16
    }
    kernel(numbers)
  }

  private static func take(_ size: Int) {
    while let piece = malloc(size) {
      piece.storeBytes(of: taken, as: UnsafeMutableRawPointer?.self)
      taken = piece
    }
  }
}

/// Sanitizers end a process that lacks memory in ways of their own.
private let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

/// Where the system has no memory for what a kernel needs besides its arguments, the process ends with a sentence.
///
/// Before, most kernels wrote to the null pointer.
@Suite(.disabled(if: isSanitized)) struct ScratchTests {
  private static func expectSentence(_ result: ExitTest.Result?) {
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains(/A kernel needs \d+ bytes of memory, which the system does not have\./))
  }

  @Test func ofAThread() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        var shape = ck_pooling(
          batch: 1, in_height: 4, in_width: 4, channels: 2, out_height: 2, out_width: 2, kernel: 2, stride: 2)
        Starved.run { ck_max_pool_forward(&shape, $0, $0 + 64, 1) }
      })
  }

  @Test func ofABias() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_bias_activation_forward(CK_RELU, 0, 3, 8, $0, $0, $0, 1) }
      })
  }

  @Test func ofTheGradientOfABias() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_bias_activation_backward(CK_RELU, 0, 3, 8, $0, $0, $0, $0 + 64, 1) }
      })
  }

  @Test func ofTheGradientOfABiasAlone() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_bias_activation_backward(CK_RELU, 0, 3, 8, $0, $0, nil, $0 + 64, 1) }
      })
  }

  @Test func ofSlopes() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_prelu_forward(3, 8, $0, $0, $0, 1) }
      })
  }

  @Test func ofFactors() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_scale_channels_forward(1, 3, 8, $0, $0, $0, 1) }
      })
  }

  @Test func ofAnInnerProduct() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { _ = ck_dot(100, $0, $0, 1) }
      })
  }

  @Test func ofALoss() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { _ = ck_mean_squared_error(100, $0, $0, nil, 1) }
      })
  }

  @Test func ofABatchInTraining() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { x in
          x.withMemoryRebound(to: Double.self, capacity: 64) { ck_batch_norm_moments(3, 8, x, $0 + 32, 1) }
        }
      })
  }

  @Test func ofABatchInInference() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run {
          ck_batch_norm_forward(CK_IDENTITY, 0, 3, 8, 1e-5, $0, $0, $0, $0, $0, $0 + 64, 1)
        }
      })
  }

  @Test func ofALayerNorm() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { ck_layer_norm_backward(3, 8, 1e-5, $0, $0, $0, nil, $0 + 64, $0 + 128, 1) }
      })
  }

  @Test func ofAStyle() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run {
          var style = ck_style(demodulation: $0, noise: nil, bias: $0, slope: 0.2, gain: 1.4)
          ck_style_backward(&style, 1, 3, 8, $0, $0, $0 + 64, $0 + 128, 1)
        }
      })
  }

  @Test func ofAResizedPicture() async {
    Self.expectSentence(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        Starved.run { numbers in
          numbers.withMemoryRebound(to: UInt8.self, capacity: 4096) {
            ck_resize($0, 4, 4, 3, 0, 0, 4, 4, 2, 2, $0 + 64)
          }
        }
      })
  }

  @Test func ofASystemOfEquations() async {
    let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
      let (matrix, vector) = (UnsafeMutablePointer<Double>.allocate(capacity: 4096), [1.0])
      matrix.initialize(repeating: vector[0], count: 4096)
      Starved.run { _ in _ = ck_symmetric_eigen(40, matrix, matrix + 2000) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("LAPACK needs memory for a matrix of order 40, which the system does not have."))
  }

  // A tensor's storage is left to its caller, which knows what it was for.
  @Test func storageIsNullInstead() async {
    await #expect(processExitsWith: .exitCode(7)) {
      Starved.run { _ in
        if ck_buffer_allocate(64) == nil && ck_buffer_allocate(100_000) == nil { _exit(7) }
      }
    }
  }
}
