// Updates of parameters. The conventions are those of CKernels.h.
#ifndef CK_OPTIMIZERS_FAMILY_H
#define CK_OPTIMIZERS_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One update of Adam (Kingma & Ba 2015) with bias correction, in place of parameter, m and v. step counts from 1.
//   m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  p ← p − rate · (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
typedef struct {
  float rate, beta1, beta2, epsilon;
} ck_adam_settings;
void ck_adam(size_t count, ck_adam_settings settings, uint64_t step, const float *gradient, float *parameter,
             float *m, float *v, int threads);
// One update of RAdam (Liu et al. 2020) likewise. With ρ = 2/(1−β₂) − 1 and ρₜ = ρ − 2t·β₂ᵗ/(1−β₂ᵗ): where ρₜ is
// above the threshold, at least 4, p ← p − rate·√((1−β₂ᵗ)·(ρₜ−4)(ρₜ−2)ρ/((ρ−4)(ρ−2)ρₜ))/(1−β₁ᵗ) · m/(√v + ε), and
// otherwise p ← p − rate/(1−β₁ᵗ) · m.
void ck_rectified_adam(size_t count, ck_adam_settings settings, float threshold, uint64_t step, const float *gradient,
                       float *parameter, float *m, float *v, int threads);

#ifdef __cplusplus
}
#endif

#endif
