// The matrix product on OpenBLAS, for processors whose instructions the kernels of this library do not use, and for
// comparisons.
//
// OpenBLAS cuts a product by its own thread count, so that its sums and thus the last bits depend on it; and
// its threads would compete with ours. So each call into it is single-threaded, and c is cut here, into
// blocks fixed by the shape alone.

#include <cblas.h>
#include <pthread.h>
#include <stdbool.h>

#include "ck_machine.h"
#include "ck_matrices.h"
#include "Machine/sizes.h"
#include "Matrices/blas.h"

static void use_one_thread(void) { openblas_set_num_threads(1); }

void ck_use_one_blas_thread(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, use_one_thread);
}

void ck_blas_product(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                     size_t a_row, const float *b, size_t b_row, float beta, float *c, size_t c_row) {
  if (m == 0 || n == 0) return;
  // BLAS refuses rows of no length, also where there are none.
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
              (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)ck_maximum(a_row, 1), b,
              (blasint)ck_maximum(b_row, 1), beta, c, (blasint)c_row);
}

typedef struct {
  bool transpose_a, transpose_b;
  size_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  float *c;
  size_t block_rows, block_columns;
} product;

static void multiply_block(void *context, size_t task) {
  const product *p = context;
  size_t column_blocks = ck_divide_up(p->n, p->block_columns);
  size_t row = task / column_blocks * p->block_rows, column = task % column_blocks * p->block_columns;
  size_t a_stride = p->transpose_a ? p->m : p->k, b_stride = p->transpose_b ? p->k : p->n;
  ck_blas_product(p->transpose_a, p->transpose_b, ck_minimum(p->block_rows, p->m - row),
                  ck_minimum(p->block_columns, p->n - column), p->k, p->alpha,
                  p->a + (p->transpose_a ? row : row * p->k), a_stride,
                  p->b + (p->transpose_b ? column * p->k : column), b_stride, p->beta, p->c + row * p->n + column,
                  p->n);
}

void ck_blas_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                  const float *b, float beta, float *c, int threads) {
  // Each block packs its own rows of a and columns of b, so blocks are few and near square, and none is worth
  // less than waking a thread.
  enum { enough_blocks = 16, least_side = 64 };
  const size_t least_work = (size_t)1 << 20;
  ck_use_one_blas_thread();
  product p = {transpose_a, transpose_b, m, n, k, alpha, beta, a, b, c, m, n};
  size_t blocks = 1;
  while (blocks < enough_blocks && p.block_rows * p.block_columns * k >= 2 * least_work) {
    size_t *side = p.block_rows >= p.block_columns ? &p.block_rows : &p.block_columns;
    if (*side < 2 * least_side) break;
    *side = ck_round_up(ck_divide_up(*side, 2), 16);
    blocks = ck_divide_up(m, p.block_rows) * ck_divide_up(n, p.block_columns);
  }
  ck_parallel(blocks, threads, multiply_block, &p);
}
