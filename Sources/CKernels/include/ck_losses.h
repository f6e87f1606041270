// Losses: value and gradient in one pass. The conventions are those of CKernels.h.
#ifndef CK_LOSSES_FAMILY_H
#define CK_LOSSES_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Returns mean(log(1 + exp(x)) − t·x), the binary cross-entropy of logits x with targets t in [0, 1], without
// overflow; dx (may be NULL) = (sigmoid(x) − t)/count.
double ck_binary_cross_entropy(size_t count, const float *x, const float *target, float *dx, int threads);
// Returns mean((a − b)²); da (may be NULL) = 2(a − b)/count.
double ck_mean_squared_error(size_t count, const float *a, const float *b, float *da, int threads);

// The θ loss of "Latent Space Arithmetic with Images and Texts", eq. (2)–(7), over the active words of each pair:
//   θ_j = ⟨w_j, D⟩ / (⟨w_j, w_j⟩ + ε),  u = Σ θ_j w_j − D,  loss = ‖u‖² / d
//   ∂loss/∂w_j = (2/d)·[θ_j u + (⟨u, w_j⟩ / (⟨w_j, w_j⟩ + ε))·(D − 2 θ_j w_j)]
// w is [batch, words, d], or [words, d] shared by all pairs when `shared`; difference D is [batch, d];
// mask is [batch, words], 0 or 1. Outputs: theta [batch, words] (0 where inactive), loss [batch], and
// dw (may be NULL), shaped as w: the gradient of the mean of `loss` over the batch (summed over pairs when shared).
void ck_theta_loss(size_t batch, size_t words, size_t d, bool shared, float epsilon, const float *w,
                   const float *difference, const uint8_t *mask, float *theta, float *loss, float *dw, int threads);

#ifdef __cplusplus
}
#endif

#endif
