import Foundation
import TestSupport

/// Arguments of a kernel in memory of their own, between pages that may be neither read nor written.
///
/// A kernel that leaves its arguments by a single number on the fenced side is stopped by the processor. On the other
/// side, up to a page away, is a pattern that shows what was written over it; what was only read there is not seen,
/// so each case is tried with both sides.
final class Fences {
  /// Where memory ends at the first number, or right behind the last.
  enum Side: CaseIterable { case before, behind }

  private struct Mapping {
    let base: UnsafeMutableRawPointer
    let length: Int
    let numbers: Range<Int>
  }

  private static let page = 4096
  private static let pattern: UInt8 = 0xA5
  private let side: Side
  private var mappings: [Mapping] = []

  init(_ side: Side) { self.side = side }

  deinit { for mapping in mappings { munmap(mapping.base, mapping.length) } }

  /// The numbers, fenced in.
  func fenced<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
    let (page, bytes) = (Self.page, values.count * MemoryLayout<Element>.stride)
    let inner = max((bytes + page - 1) / page, 1) * page
    let length = inner + 2 * page
    guard let base = mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), base != MAP_FAILED,
      mprotect(base + page, inner, PROT_READ | PROT_WRITE) == 0
    else { fatalError("No memory for \(length) bytes between fences.") }
    memset(base + page, Int32(Self.pattern), inner)
    let start = side == .before ? page : page + inner - bytes
    mappings.append(Mapping(base: base, length: length, numbers: start..<start + bytes))
    let numbers = (base + start).bindMemory(to: Element.self, capacity: values.count)
    numbers.update(from: values, count: values.count)
    return numbers
  }

  /// Random numbers, fenced in.
  func random(_ count: Int) -> UnsafeMutablePointer<Float> { fenced(randomFloats(count: count, seed: 1)) }

  /// Room for a result, fenced in.
  func room(_ count: Int) -> UnsafeMutablePointer<Float> { fenced([Float](repeating: .nan, count: count)) }

  /// Whether nothing was written beside the numbers.
  var areIntact: Bool {
    mappings.allSatisfy { mapping in
      (Self.page..<mapping.length - Self.page).allSatisfy {
        mapping.numbers.contains($0) || mapping.base.load(fromByteOffset: $0, as: UInt8.self) == Self.pattern
      }
    }
  }

  /// Runs `body` with arguments fenced on either side, for as many random shapes.
  ///
  /// - Returns: Whether all arguments were left intact.
  static func hold(shapes: Int, _ body: (inout ShapeStream, Fences) -> Void) -> Bool {
    (1...UInt64(shapes)).allSatisfy { seed in
      Side.allCases.allSatisfy { side in
        var stream = ShapeStream(seed: seed)
        let fences = Fences(side)
        body(&stream, fences)
        if !fences.areIntact { print("Shape \(seed) was written over, fenced \(side).") }
        return fences.areIntact
      }
    }
  }
}
