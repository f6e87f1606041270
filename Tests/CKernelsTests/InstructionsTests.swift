import CKernels
import Foundation
import Testing

/// What CK_ISA does; it is read once in a process, so each value has its own.
@Suite struct InstructionsTests {
  // The portable set is everywhere.
  @Test func theNameIsTheSet() async {
    await #expect(processExitsWith: .success) {
      setenv("CK_ISA", "portable", 1)
      #expect(String(cString: ck_instruction_set_name()) == "portable")
    }
  }

  // Without it the widest set is taken that the processor has, which can also be asked for by name.
  @Test func withoutItTheWidestIsTaken() async {
    await #expect(processExitsWith: .success) {
      unsetenv("CK_ISA")
      let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(
        whereSeparator: \.isWhitespace)
      let widest = flags.contains("avx512vl") ? "avx512" : flags.contains("avx2") ? "avx2" : "portable"
      #expect(String(cString: ck_instruction_set_name()) == widest)
    }
  }

  @Test func anotherValueAborts() async {
    let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
      setenv("CK_ISA", "fastest", 1)
      _ = ck_instruction_set_name()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("CK_ISA is “fastest”; this processor has portable"))
  }
}
