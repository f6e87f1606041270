import Foundation

/// The target of this run, told by the environment so that the fuzzer's own options stay the only arguments.
private let target: Target = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let target = Target.all[name] else {
    fatalError("FUZZ_TARGET is one of \(Target.all.keys.sorted().joined(separator: ", ")), not “\(name)”.")
  }
  return target
}()

/// What libFuzzer calls with each input: an error thrown is what a parser owes to bad bytes, anything else is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try target.run(Data(UnsafeRawBufferPointer(start: bytes, count: count)))
  } catch {
    // A description is computed from the same untrusted numbers and names.
    blackHole = "\(error)".utf8.count
  }
  return 0
}

/// Keeps the optimizer from leaving out a description that nobody reads.
nonisolated(unsafe) private var blackHole = 0
