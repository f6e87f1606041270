#include <lapacke.h>
#include <stdio.h>
#include <stdlib.h>

#include "ck_matrices.h"
#include "Matrices/blas.h"

// What LAPACK answered for a matrix of order n. It needs memory of its own, and has a way to say that there is none.
static int checked(lapack_int answer, size_t n) {
  if (answer != LAPACK_WORK_MEMORY_ERROR && answer != LAPACK_TRANSPOSE_MEMORY_ERROR) return answer;
  fprintf(stderr, "LAPACK needs memory for a matrix of order %zu, which the system does not have.\n", n);
  abort();
}

int ck_solve_positive_definite(size_t n, size_t columns, double *a, double *b) {
  if (n == 0 || columns == 0) return 0;
  ck_use_one_blas_thread();
  lapack_int order = (lapack_int)n, width = (lapack_int)columns;
  return checked(LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', order, width, a, order, b, width), n);
}

int ck_cholesky(size_t n, double *a) {
  if (n == 0) return 0;
  ck_use_one_blas_thread();
  for (size_t row = 0; row < n; row++)
    for (size_t column = row + 1; column < n; column++) a[row * n + column] = 0;
  return checked(LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (lapack_int)n, a, (lapack_int)n), n);
}

int ck_symmetric_eigen(size_t n, double *a, double *values) {
  if (n == 0) return 0;
  ck_use_one_blas_thread();
  return checked(LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', (lapack_int)n, a, (lapack_int)n, values), n);
}
