// Styled layers (Karras et al. 2020). The conventions are those of CKernels.h.
#ifndef CK_STYLE_FAMILY_H
#define CK_STYLE_FAMILY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What follows a modulated convolution: y = gain·f(demodulation ⊙ x + noise + bias), f being the rectifier with
// `slope` below zero.
typedef struct {
  const float *demodulation;  // [batch, channels], above zero
  const float *noise;         // [pixels], the same for all pictures; or NULL
  const float *bias;          // [channels]
  float slope, gain;          // above zero
} ck_style;
// x and y are [batch, pixels, channels]; y may be x.
void ck_style_forward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const float *x, float *y,
                      int threads);
// From the result y. ddemodulation may be NULL; dx may be dy.
void ck_style_backward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const float *y,
                       const float *dy, float *dx, float *ddemodulation, int threads);

// y[batch, height + 2·pad − 3, width + 2·pad − 3, channels] = x with `pad` zeros on each side, filtered by
// [1, 3, 3, 1]/4 along both axes; then the style, if it is not NULL. The adjoint of pad 1 is pad 2.
void ck_blur(size_t batch, size_t height, size_t width, size_t channels, size_t pad, const ck_style *style,
             const float *x, float *y, int threads);

#ifdef __cplusplus
}
#endif

#endif
