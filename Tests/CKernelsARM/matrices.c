#include "harness.h"

#include <string.h>

static void gemm(void) {
  static const size_t sizes[][3] = {{1, 1, 1},   {6, 16, 7},    {7, 17, 33},  {5, 33, 100}, {13, 31, 1},
                                    {64, 48, 9}, {97, 130, 65}, {1, 200, 64}, {300, 3, 40}, {130, 140, 513}};
  for (size_t s = 0; s < COUNT(sizes); s++) {
    size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
    for (int form = 0; form < 8; form++) {
      float beta = form & 4 ? 0.5f : 0;
      float *a = random_floats(m * k), *b = random_floats(k * n), *c = form & 4 ? random_floats(m * n) : blank(m * n);
      double *expected = wide(c, m * n);
      if (beta == 0) memset(expected, 0, m * n * sizeof *expected);
      ck_reference_gemm(form & 1, form & 2, m, n, k, 0.75, wide(a, m * k), wide(b, n * k), beta, expected);
      ck_gemm(form & 1, form & 2, m, n, k, 0.75f, a, b, beta, c, threads);
      compare("c", c, expected, m * n, sqrt((double)k + 1), tolerance_of(k + 1));
    }
  }
}

// A = G·Gᵀ + n·1; L·Lᵀ must be A again, and A·X the right sides.
static void positive_definite(void) {
  enum { n = 37, columns = 5 };
  double *g = wide(random_floats(n * n), n * n), *a = wide_blank(n * n);
  ck_reference_gemm(false, true, n, n, n, 1, g, g, 0, memset(a, 0, n * n * sizeof *a));
  for (size_t i = 0; i < n; i++) a[i * n + i] += n;
  double *l = memcpy(memory(n * n * sizeof *a), a, n * n * sizeof *a), *back = memory(n * n * sizeof *a);
  expect("cholesky's answer", ck_cholesky(n, l) == 0);
  ck_reference_gemm(false, true, n, n, n, 1, l, l, 0, memset(back, 0, n * n * sizeof *back));
  for (size_t i = 0; i < n * n; i++) expect("L·Lᵀ = A", fabs(back[i] - a[i]) <= 1e-12 * n * n);
  double *b = wide(random_floats(n * columns), n * columns),
         *x = memcpy(memory(n * columns * sizeof *b), b, n * columns * sizeof *b);
  double *destroyed = memcpy(memory(n * n * sizeof *a), a, n * n * sizeof *a), *product = memory(n * columns * 8);
  expect("the solver's answer", ck_solve_positive_definite(n, columns, destroyed, x) == 0);
  ck_reference_gemm(false, false, n, columns, n, 1, a, x, 0, memset(product, 0, n * columns * 8));
  for (size_t i = 0; i < n * columns; i++) expect("A·X = B", fabs(product[i] - b[i]) <= 1e-12);
}

const check matrix_checks[] = {{"gemm", gemm}, {"positive definite", positive_definite}, {0}};
