import Foundation
import Testing

/// Docs/Derivations/winograd.md holds the matrices that the kernels are written from.
///
/// What it claims of them is proved here with the document's own numbers.
@Suite struct WinogradDerivationTests {
  private static let points = [(0, 1), (1, 1), (-1, 1), (2, 1), (-1, 2)].map { Double($0.0) / Double($0.1) }

  // Row p of Bᵀ is M(x)/(x − a_p), of G the powers of a_p over N_p, of A the powers of a_p; the last rows are ∞'s.
  @Test func matricesFollowFromThePoints() throws {
    let document = try WinogradDocument()
    for (row, point) in Self.points.enumerated() {
      let others = Self.points.filter { $0 != point }
      #expect(document.data[row] == coefficients(roots: others) + [0])
      let scale = others.reduce(1) { $0 * (point - $1) }
      for power in 0..<3 {
        #expect(abs(document.filter[row][power] - pow(point, Double(power)) / scale) < 1e-15)
      }
      for power in 0..<5 { #expect(document.output[row][power] == pow(point, Double(power))) }
    }
    #expect(document.data[5] == coefficients(roots: Self.points))
    #expect(document.filter[5] == [0, 0, 1])
    #expect(document.output[5] == [0, 0, 0, 0, 1])
  }

  // Σ_p A[p][i]·G[p][u]·Bᵀ[p][j] = 1 where j = i + u, else 0: the bilinear form of the correlation, coefficient by
  // coefficient, for F(5, 2) and F(4, 3).
  @Test func theMatricesCorrelate() throws {
    let document = try WinogradDocument()
    for taps in [2, 3] {
      let outputs = 7 - taps
      func element(_ matrix: [[Double]], _ point: Int, _ column: Int, of columns: Int) -> Double {
        point == 5 ? (column == columns - 1 ? 1 : 0) : matrix[point][column]
      }
      for i in 0..<outputs {
        for u in 0..<taps {
          for j in 0..<6 {
            let sum = (0..<6).reduce(0.0) { sum, point in
              sum + element(document.output, point, i, of: outputs)
                * element(document.filter, point, u, of: taps) * document.data[point][j]
            }
            #expect(abs(sum - (j == i + u ? 1 : 0)) < 1e-14, "F(\(outputs), \(taps)) \(i) \(u) \(j)")
          }
        }
      }
    }
  }

  /// The coefficients of Π (x − root), the constant first.
  private func coefficients(roots: [Double]) -> [Double] {
    roots.reduce([1.0]) { polynomial, root in
      let shifted = [0] + polynomial
      let scaled = polynomial.map { -root * $0 } + [0]
      return zip(shifted, scaled).map { $0 + $1 }
    }
  }
}

/// The three matrices as the document prints them: indented rows of six lines after “Bᵀ:”, “G for” and “A for”.
private struct WinogradDocument {
  let data: [[Double]], filter: [[Double]], output: [[Double]]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let lines = try String(contentsOf: root.appending(path: "Docs/Derivations/winograd.md"), encoding: .utf8)
      .split(separator: "\n")
    func matrix(after heading: String) throws -> [[Double]] {
      let start = try #require(lines.firstIndex { $0.hasPrefix(heading) })
      return try lines[(start + 1)...].prefix(6).map { line in
        try line.split(separator: " ").map { entry in
          let parts = try entry.split(separator: "/").map { try #require(Double($0)) }
          return parts.count == 2 ? parts[0] / parts[1] : parts[0]
        }
      }
    }
    data = try matrix(after: "Bᵀ:")
    filter = try matrix(after: "G for")
    output = try matrix(after: "A for")
  }
}
