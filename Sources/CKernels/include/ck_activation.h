// Functions applied to each element, and the biases before them. The conventions are those of CKernels.h.
#ifndef CK_ACTIVATION_FAMILY_H
#define CK_ACTIVATION_FAMILY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CK_IDENTITY = 0,
  CK_RELU = 1,
  CK_LEAKY_RELU = 2,  // `slope` below zero
  CK_ELU = 3,         // exp(x) − 1 below zero
  CK_TANH = 4,
  CK_SIGMOID = 5,
  CK_RELU6 = 6,  // 0 below zero, 6 above six
} ck_activation;

// MARK: - Bias and activation

// y[rows×channels] = f(x + bias). bias may be NULL; y may be x.
void ck_bias_activation_forward(ck_activation kind, float slope, size_t rows, size_t channels, const float *x,
                                const float *bias, float *y, int threads);
// dx = dy ⊙ f′, written in terms of the output y; dbias = column sums of dx. dx or dbias may be NULL; dx may be dy.
void ck_bias_activation_backward(ck_activation kind, float slope, size_t rows, size_t channels, const float *y,
                                 const float *dy, float *dx, float *dbias, int threads);

// The rectifier with a slope for each channel (He et al. 2015): y = x above zero, slope·x below. y may be x.
void ck_prelu_forward(size_t rows, size_t channels, const float *x, const float *slope, float *y, int threads);
// dx = dy above zero, slope·dy below; dslope = column sums of x·dy below. dx or dslope may be NULL; dx may be dy.
void ck_prelu_backward(size_t rows, size_t channels, const float *x, const float *slope, const float *dy, float *dx,
                       float *dslope, int threads);

// MARK: - Gaussian error linear units

// Gaussian error linear units (Hendrycks & Gimpel 2016): x·Φ(x), or x·σ(1.702·x).
typedef enum { CK_GELU_EXACT = 0, CK_GELU_LOGISTIC = 1 } ck_gelu;
// y may be x.
void ck_gelu_forward(ck_gelu form, size_t count, const float *x, float *y, int threads);
// In terms of the input; dx may be dy.
void ck_gelu_backward(ck_gelu form, size_t count, const float *x, const float *dy, float *dx, int threads);

#ifdef __cplusplus
}
#endif

#endif
