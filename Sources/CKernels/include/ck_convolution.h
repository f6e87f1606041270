// What slides a window over pictures: convolutions and pooling. The conventions are those of CKernels.h.
#ifndef CK_CONVOLUTION_FAMILY_H
#define CK_CONVOLUTION_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "ck_activation.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Convolution

// Out size: (in + pad_before + pad_after − kernel) / stride + 1, rounded down.
typedef struct {
  size_t batch;
  size_t in_height, in_width, in_channels;
  size_t out_height, out_width, out_channels;
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t pad_top, pad_left;  // bottom and right padding follow from the out size
} ck_convolution;

// The triad. x[batch, in_height, in_width, in_channels], w[kernel_height, kernel_width, in_channels, out_channels],
// y[batch, out_height, out_width, out_channels].
//   y[b, i, j, o] = Σ x[b, i·s + p − pad_top, j·s + q − pad_left, c] · w[p, q, c, o]
// A transposed convolution's forward pass is backward_input, its backward-input is forward, and its
// backward-filter is backward_filter with x and dy exchanged.
typedef enum { CK_FORWARD, CK_BACKWARD_INPUT, CK_BACKWARD_FILTER } ck_pass;

// How a pass is computed; the results differ by rounding.
typedef enum {
  CK_PATCHES = 0,   // patches of the source times the filter: any shape
  CK_SCATTER = 1,   // pixels of the source times all taps, then sums of shifted results: results of few channels
  CK_WINOGRAD = 2,  // F(5×5, 2×2) and F(4×4, 3×3) on the phases of a strided kernel: fewer multiplications
  CK_BLAS = 3,      // patches of the source times the filter by cblas_sgemm: any shape
} ck_algorithm;
// Whether an algorithm can compute a pass, and which is the fastest of those that can. CK_ALGORITHM in the
// environment forces the choice: with patches CK_WINOGRAD is never chosen, with blas CK_BLAS always is, and ck_gemm
// calls cblas_sgemm, too. The process aborts on any other value.
bool ck_convolution_supports(const ck_convolution *shape, ck_pass pass, ck_algorithm algorithm);
ck_algorithm ck_convolution_choose(const ck_convolution *shape, ck_pass pass);

// Forward and backward_input read the filter in the order of their algorithm: packed once, used as long as w is.
// A packed filter depends on kernel, stride, padding, channels, pass and algorithm, not on batch and sizes.
size_t ck_convolution_filter_count(const ck_convolution *shape, ck_pass pass, ck_algorithm algorithm);
void ck_convolution_pack(const ck_convolution *shape, ck_pass pass, ck_algorithm algorithm, const float *w,
                         float *filter, int threads);

// The result is f(sum + bias), one bias a channel of the result; bias may be NULL.
void ck_convolution_forward(const ck_convolution *shape, ck_algorithm algorithm, const float *x, const float *filter,
                            const float *bias, ck_activation kind, float slope, float *y, int threads);
void ck_convolution_backward_input(const ck_convolution *shape, ck_algorithm algorithm, const float *dy,
                                   const float *filter, const float *bias, ck_activation kind, float slope, float *dx,
                                   int threads);
void ck_convolution_backward_filter(const ck_convolution *shape, ck_algorithm algorithm, const float *x,
                                    const float *dy, float *dw, int threads);

// MARK: - Depthwise convolution

// A convolution of each channel for itself: out_channels == in_channels, w[kernel_height, kernel_width, channels].
//   y[b, i, j, c] = f(Σ x[b, i·s + p − pad_top, j·s + q − pad_left, c] · w[p, q, c] + bias[c]); bias may be NULL.
void ck_depthwise_forward(const ck_convolution *shape, const float *x, const float *w, const float *bias,
                          ck_activation kind, float slope, float *y, int threads);
void ck_depthwise_backward_input(const ck_convolution *shape, const float *dy, const float *w, float *dx,
                                 int threads);
void ck_depthwise_backward_filter(const ck_convolution *shape, const float *x, const float *dy, float *dw,
                                  int threads);

// MARK: - Max pooling

// Out size: (in − kernel) / stride + 1, rounded up, less a last window that would begin outside the input. A window
// that ends outside has only the pixels that exist.
typedef struct {
  size_t batch;
  size_t in_height, in_width, channels;
  size_t out_height, out_width;
  size_t kernel, stride;
} ck_pooling;

// y = the largest value of each window; what is not a number counts as the largest.
void ck_max_pool_forward(const ck_pooling *shape, const float *x, float *y, int threads);
// y is the forward result. The cotangent goes to the first of the largest values, in row-major order.
void ck_max_pool_backward(const ck_pooling *shape, const float *x, const float *y, const float *dy, float *dx,
                          int threads);

#ifdef __cplusplus
}
#endif

#endif
