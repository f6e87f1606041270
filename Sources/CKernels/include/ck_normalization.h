// What brings numbers to a mean, a variance or a length. The conventions are those of CKernels.h.
#ifndef CK_NORMALIZATION_FAMILY_H
#define CK_NORMALIZATION_FAMILY_H

#include <stddef.h>

#include "ck_activation.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Batch normalization (Ioffe & Szegedy 2015) and the activation f behind it

// Training: mean and biased variance of each channel over rows, then y = f(γ·(x − mean)/√(variance + ε) + β).
// Sums are taken in double. mean and variance are outputs.
void ck_batch_norm_training_forward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                    const float *x, const float *gamma, const float *beta, float *y, float *mean,
                                    float *variance, int threads);
// Through the batch statistics: with g = dy ⊙ f′, dx = γ/σ · (g − mean(g) − x̂ · mean(g ⊙ x̂)). Any output may be
// NULL; dx may be dy.
void ck_batch_norm_training_backward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                     const float *x, const float *gamma, const float *beta, const float *mean,
                                     const float *variance, const float *dy, float *dx, float *dgamma, float *dbeta,
                                     int threads);
// Inference: mean and variance are given (the running ones), so what is before f is affine. y may be x; dx may be dy.
void ck_batch_norm_inference_forward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                     const float *x, const float *gamma, const float *beta, const float *mean,
                                     const float *variance, float *y, int threads);
void ck_batch_norm_inference_backward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                      const float *x, const float *gamma, const float *beta, const float *mean,
                                      const float *variance, const float *dy, float *dx, float *dgamma, float *dbeta,
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
