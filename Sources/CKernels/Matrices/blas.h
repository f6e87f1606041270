// What this library takes from OpenBLAS.
#ifndef CK_BLAS_H
#define CK_BLAS_H

#include <stdbool.h>
#include <stddef.h>

// Makes every call into BLAS single-threaded, for the whole process; each such call comes after it.
void ck_use_one_blas_thread(void);

// c[m×n] = alpha · op(a) · op(b) + beta · c on the calling thread, whose rows lie so many floats apart.
void ck_blas_product(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                     size_t a_row, const float *b, size_t b_row, float beta, float *c, size_t c_row);

// ck_gemm on OpenBLAS, for sizes above zero.
void ck_blas_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                  const float *b, float beta, float *c, int threads);

#endif
