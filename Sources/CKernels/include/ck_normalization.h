// What brings numbers to a mean, a variance or a length. The conventions are those of CKernels.h.
#ifndef CK_NORMALIZATION_FAMILY_H
#define CK_NORMALIZATION_FAMILY_H

#include <stddef.h>

#include "ck_activation.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Batch normalization (Ioffe & Szegedy 2015) and the activation f behind it

// The sums are apart from what is made of them, since a batch may be summed in parts. They are in double.

// moments[2, channels]: Σx and Σx² of each channel over rows.
void ck_batch_norm_moments(size_t rows, size_t channels, const float *x, double *moments, int threads);
// Mean and biased variance of each channel, of the moments of all rows.
void ck_batch_norm_statistics(size_t rows, size_t channels, const double *moments, float *mean, float *variance);
// y = f(γ·(x − mean)/√(variance + ε) + β). y may be x.
void ck_batch_norm_forward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                           const float *x, const float *gamma, const float *beta, const float *mean,
                           const float *variance, float *y, int threads);
// sums[2, channels]: Σg and Σg·(x − mean) of each channel over rows, with g = dy ⊙ f′.
void ck_batch_norm_gradient_sums(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                 const float *x, const float *gamma, const float *beta, const float *mean,
                                 const float *variance, const float *dy, double *sums, int threads);
// The gradients of γ and β, of the sums of all rows.
void ck_batch_norm_vector_gradients(size_t channels, float epsilon, const float *variance, const double *sums,
                                    float *dgamma, float *dbeta);
// dx = γ/σ · g where sums is NULL, mean and variance being given; else through the statistics of the batch, sums
// being those of all its summed_rows rows: dx = γ/σ · (g − mean(g) − x̂ · mean(g ⊙ x̂)). dx may be dy.
void ck_batch_norm_backward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                            const float *x, const float *gamma, const float *beta, const float *mean,
                            const float *variance, const float *dy, const double *sums, size_t summed_rows, float *dx,
                            int threads);

// MARK: - Layer normalization

// Layer normalization (Ba et al. 2016): y = scale·(x − mean)/√(variance + ε) + offset, with each row's own mean and
// biased variance. y may be x.
void ck_layer_norm_forward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                           const float *offset, float *y, int threads);
// dx may be NULL or dy; dscale and doffset both may be NULL.
void ck_layer_norm_backward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                            const float *dy, float *dx, float *dscale, float *doffset, int threads);

// MARK: - Normalization of lengths

// y = x/√(weight·Σ x² + ε), the sum over the middle dimension of x[outer, length, inner], in double. With weight
// 1/length and a small ε it is StyleGAN's PixelNorm, with 1 and 0 a vector of unit length.
void ck_normalize_length_forward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                 const float *x, float *y, int threads);
// With r = 1/√(weight·Σ x² + ε): dx = r·dy − weight·r³·⟨x, dy⟩·x.
void ck_normalize_length_backward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                  const float *x, const float *dy, float *dx, int threads);

#ifdef __cplusplus
}
#endif

#endif
