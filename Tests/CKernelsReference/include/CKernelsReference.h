// The slow double-precision twins of the floating-point kernels: plain loops that follow the formula, one thread, no
// BLAS. They are what tests compare the fast kernels with, and what finite differences are taken of. Arguments mean
// what they mean in CKernels.h.
#ifndef CKERNELS_REFERENCE_H
#define CKERNELS_REFERENCE_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

void ck_reference_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                       const double *a, const double *b, double beta, double *c);

void ck_reference_convolution_forward(const ck_convolution *shape, const double *x, const double *w, double *y);
void ck_reference_convolution_backward_input(const ck_convolution *shape, const double *dy, const double *w,
                                             double *dx);
void ck_reference_convolution_backward_filter(const ck_convolution *shape, const double *x, const double *dy,
                                              double *dw);

void ck_reference_depthwise_forward(const ck_convolution *shape, const double *x, const double *w, double *y);
void ck_reference_depthwise_backward_input(const ck_convolution *shape, const double *dy, const double *w,
                                           double *dx);
void ck_reference_depthwise_backward_filter(const ck_convolution *shape, const double *x, const double *dy,
                                            double *dw);

void ck_reference_bias_activation_forward(ck_activation kind, double slope, size_t rows, size_t channels,
                                          const double *x, const double *bias, double *y);
void ck_reference_bias_activation_backward(ck_activation kind, double slope, size_t rows, size_t channels,
                                           const double *y, const double *dy, double *dx, double *dbias);

void ck_reference_prelu_forward(size_t rows, size_t channels, const double *x, const double *slope, double *y);
void ck_reference_prelu_backward(size_t rows, size_t channels, const double *x, const double *slope, const double *dy,
                                 double *dx, double *dslope);

void ck_reference_max_pool_forward(const ck_pooling *shape, const double *x, double *y);
void ck_reference_max_pool_backward(const ck_pooling *shape, const double *x, const double *dy, double *dx);

void ck_reference_scale_channels_forward(size_t batch, size_t rows, size_t channels, const double *x,
                                         const double *factors, double *y);
void ck_reference_scale_channels_backward(size_t batch, size_t rows, size_t channels, const double *x,
                                          const double *factors, const double *dy, double *dx, double *dfactors);

void ck_reference_style_forward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const double *x,
                                double *y);
// From the input x.
void ck_reference_style_backward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const double *x,
                                 const double *dy, double *dx, double *ddemodulation);
void ck_reference_blur(size_t batch, size_t height, size_t width, size_t channels, size_t pad, const double *x,
                       double *y);
void ck_reference_resample(size_t batch, const ck_taps *rows, const ck_taps *columns, size_t channels,
                           const double *x, double *y);

void ck_reference_gelu_forward(ck_gelu form, size_t count, const double *x, double *y);
void ck_reference_gelu_backward(ck_gelu form, size_t count, const double *x, const double *dy, double *dx);
void ck_reference_layer_norm_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                     const double *scale, const double *offset, double *y);
void ck_reference_layer_norm_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                      const double *scale, const double *dy, double *dx, double *dscale,
                                      double *doffset);
void ck_reference_attention_forward(const ck_attention *shape, const double *qkv, double *y);
void ck_reference_attention_backward(const ck_attention *shape, const double *qkv, const double *dy, double *dqkv);
void ck_reference_positions_forward(size_t batch, size_t tokens, size_t width, const double *x, const double *token,
                                    const double *positions, double *y);
void ck_reference_positions_backward(size_t batch, size_t tokens, size_t width, bool has_token, const double *dy,
                                     double *dx, double *dtoken, double *dpositions);

// Batch normalization alone: with an activation it is followed by ck_reference_bias_activation_forward.
void ck_reference_batch_norm_training_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                              const double *gamma, const double *beta, double *y, double *mean,
                                              double *variance);
void ck_reference_batch_norm_training_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                               const double *gamma, const double *mean, const double *variance,
                                               const double *dy, double *dx, double *dgamma, double *dbeta);
void ck_reference_batch_norm_inference_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                               const double *gamma, const double *beta, const double *mean,
                                               const double *variance, double *y);
void ck_reference_batch_norm_inference_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                                const double *gamma, const double *mean, const double *variance,
                                                const double *dy, double *dx, double *dgamma, double *dbeta);

void ck_reference_normalize_length_forward(size_t outer, size_t length, size_t inner, double weight, double epsilon,
                                           const double *x, double *y);
void ck_reference_normalize_length_backward(size_t outer, size_t length, size_t inner, double weight, double epsilon,
                                            const double *x, const double *dy, double *dx);

double ck_reference_binary_cross_entropy(size_t count, const double *x, const double *target, double *dx);
double ck_reference_mean_squared_error(size_t count, const double *a, const double *b, double *da);
void ck_reference_theta_loss(size_t batch, size_t words, size_t d, bool shared, double epsilon, const double *w,
                             const double *difference, const uint8_t *mask, double *theta, double *loss, double *dw);

void ck_reference_dropout(size_t count, double rate, uint64_t seed, const double *x, double *y);
void ck_reference_augment_forward(size_t batch, size_t height, size_t width, size_t channels,
                                  const ck_augmentation *change, const double *x, double *y);
void ck_reference_augment_backward(size_t batch, size_t height, size_t width, size_t channels,
                                   const ck_augmentation *change, const double *dy, double *dx);

void ck_reference_linear_combination(size_t count, double alpha, const double *a, double beta, const double *b,
                                     double *out);
double ck_reference_dot(size_t count, const double *a, const double *b);
void ck_reference_adam(size_t count, ck_adam_settings settings, uint64_t step, const double *gradient,
                       double *parameter, double *m, double *v);
void ck_reference_rectified_adam(size_t count, ck_adam_settings settings, double threshold, uint64_t step,
                                 const double *gradient, double *parameter, double *m, double *v);

// All rows of one crop.
void ck_reference_area_resize(const uint8_t *image, size_t width, size_t channels, const ck_crop *crop,
                              size_t out_height, size_t out_width, double offset, double scale, double *out);

#ifdef __cplusplus
}
#endif

#endif
