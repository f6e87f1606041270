#include <lapacke.h>

#include "CKernels.h"
#include "private.h"

int ck_solve_positive_definite(size_t n, size_t columns, double *a, double *b) {
  if (n == 0 || columns == 0) return 0;
  ck_use_one_blas_thread();
  return LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', (lapack_int)n, (lapack_int)columns, a, (lapack_int)n, b,
                       (lapack_int)columns);
}
