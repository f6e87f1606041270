#include "CKernelsReference.h"

void ck_reference_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                       const double *a, const double *b, double beta, double *c) {
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) c[i * n + j] = beta == 0 ? 0 : beta * c[i * n + j];
    for (size_t l = 0; l < k; l++) {
      double a_il = alpha * (transpose_a ? a[l * m + i] : a[i * k + l]);
      if (transpose_b) {
        for (size_t j = 0; j < n; j++) c[i * n + j] += a_il * b[j * k + l];
      } else {
        for (size_t j = 0; j < n; j++) c[i * n + j] += a_il * b[l * n + j];
      }
    }
  }
}
