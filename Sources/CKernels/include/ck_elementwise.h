// Flat arrays: combinations, factors of channels, dropout, half precision. The conventions are those of CKernels.h.
#ifndef CK_ELEMENTWISE_FAMILY_H
#define CK_ELEMENTWISE_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// out = alpha·a + beta·b; out may be a or b.
void ck_linear_combination(size_t count, float alpha, const float *a, float beta, const float *b, float *out,
                           int threads);
// Returns Σ a_i·b_i, summed in double in fixed blocks.
double ck_dot(size_t count, const float *a, const float *b, int threads);

// MARK: - Factors of channels

// Each channel of each picture times a factor of its own: y[batch, rows, channels] = x ⊙ factors[batch, channels].
// y may be x.
void ck_scale_channels_forward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                               float *y, int threads);
// dx = dy ⊙ factors; dfactors = column sums of x·dy in each picture. dx or dfactors may be NULL; dx may be dy.
void ck_scale_channels_backward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                                const float *dy, float *dx, float *dfactors, int threads);

// MARK: - Dropout

// y = x·m/(1 − rate), where m_i ∈ {0, 1} is a hash of (seed, i) and is 0 with probability `rate`. The pullback is
// the same call on dy with the same seed. y may be x.
void ck_dropout(size_t count, float rate, uint64_t seed, const float *x, float *y, int threads);

// MARK: - Half precision

// IEEE half precision, round to nearest even, overflow to infinity, NaN kept.
void ck_half_from_float(size_t count, const float *x, uint16_t *half);
void ck_float_from_half(size_t count, const uint16_t *half, float *x);

#ifdef __cplusplus
}
#endif

#endif
