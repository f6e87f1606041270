// Products of matrices, and systems of linear equations. The conventions are those of CKernels.h.
#ifndef CK_MATRICES_FAMILY_H
#define CK_MATRICES_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// c[m×n] = alpha · op(a)[m×k] · op(b)[k×n] + beta · c, where op transposes when asked:
// a is stored m×k (or k×m when transposed), b k×n (or n×k). With beta == 0, c is not read.
void ck_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
             const float *b, float beta, float *c, int threads);

// Solves A·X = B for a symmetric positive definite A[n×n], in place of B[n×columns]; A is overwritten.
// Returns 0, or the order of the leading minor that is not positive definite.
int ck_solve_positive_definite(size_t n, size_t columns, double *a, double *b);

// The Cholesky factor of a symmetric positive definite A[n×n], in its place: A = L·Lᵀ, zero above the diagonal.
// Returns 0, or the order of the leading minor that is not positive definite.
int ck_cholesky(size_t n, double *a);

// The eigenvectors of a symmetric A[n×n], in its place: column k is a unit vector of the k-th value, smallest first.
// Only the lower triangle is read. Returns 0, or above 0 where the iteration does not converge, as with NaN.
int ck_symmetric_eigen(size_t n, double *a, double *values);

#ifdef __cplusplus
}
#endif

#endif
