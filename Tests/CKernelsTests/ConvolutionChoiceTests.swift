import CKernels
import Foundation
import Testing

/// What CK_ALGORITHM does to the choice of an algorithm; it is read once in a process, so each value has its own.
struct ConvolutionChoiceTests {
  // 128 → 128 channels, 4×4 of stride 2, 80×80: Winograd's way is the fastest for all passes.
  private static func choices() -> [ck_algorithm] {
    var shape = ck_convolution(
      batch: 64, in_height: 80, in_width: 80, in_channels: 128, out_height: 40, out_width: 40,
      out_channels: 128, kernel_height: 4, kernel_width: 4, stride_height: 2, stride_width: 2, pad_top: 1,
      pad_left: 1)
    return [CK_FORWARD, CK_BACKWARD_INPUT, CK_BACKWARD_FILTER].map { ck_convolution_choose(&shape, $0) }
  }

  @Test func withoutItWinogradIsChosen() async {
    await #expect(processExitsWith: .success) {
      unsetenv("CK_ALGORITHM")
      #expect(Self.choices() == [CK_WINOGRAD, CK_WINOGRAD, CK_WINOGRAD])
    }
  }

  @Test func patchesExcludesWinograd() async {
    await #expect(processExitsWith: .success) {
      setenv("CK_ALGORITHM", "patches", 1)
      #expect(Self.choices() == [CK_PATCHES, CK_PATCHES, CK_PATCHES])
    }
  }

  @Test func blasIsForced() async {
    await #expect(processExitsWith: .success) {
      setenv("CK_ALGORITHM", "blas", 1)
      #expect(Self.choices() == [CK_BLAS, CK_BLAS, CK_BLAS])
    }
  }

  @Test func anotherValueAborts() async {
    let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
      setenv("CK_ALGORITHM", "fastest", 1)
      _ = Self.choices()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("CK_ALGORITHM is “fastest”; it can only be patches or blas."))
  }
}
