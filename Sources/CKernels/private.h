// What the kernels share among themselves and no importer sees.
#ifndef CK_PRIVATE_H
#define CK_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

static inline size_t ck_minimum(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t ck_maximum(size_t a, size_t b) { return a > b ? a : b; }
static inline size_t ck_divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static inline size_t ck_round_up(size_t a, size_t multiple) { return ck_divide_up(a, multiple) * multiple; }

// A thread has one block of scratch for each purpose: what one task of ck_parallel needs, and what a call
// shares among its tasks.
typedef enum { CK_SCRATCH_TASK, CK_SCRATCH_CALL, CK_SCRATCH_COUNT } ck_scratch_purpose;

// Returns at least `floats` floats, 64-byte aligned and uninitialised, that stay the calling thread's until
// it asks again for the same purpose. They grow, and are freed when the thread ends. Aborts when the system
// has no memory: a kernel has no way to fail.
float *ck_scratch(ck_scratch_purpose purpose, size_t floats);

// Makes every call into BLAS single-threaded, for the whole process; each such call comes after it.
void ck_use_one_blas_thread(void);

// ck_gemm on OpenBLAS, for sizes above zero.
void ck_blas_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                  const float *a, const float *b, float beta, float *c, int threads);

#endif
