// The C accelerator of LatentArithmetic: every kernel the library computes with.
//
// Private: only LatentCore/Kernels/ (and the kernel tests) import this module, and it may change at any time.
//
// Conventions
// - Activations are NHWC, dense, float32. Matrices are row-major and dense.
// - Sizes are checked by the caller; a kernel checks nothing and never fails unless it returns a status. Where the
//   system has no memory for scratch, it aborts.
// - `threads` is the most threads a call may use. Work is cut by shape alone, so results are bit-identical
//   for every value of `threads`.
// - Outputs come after inputs. An output may alias an input only where a comment says so.
// - No BLAS header is included here, so no BLAS name leaks to an importer.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Instructions, threads and memory

// The instruction set that the kernels use: portable, avx2 or avx512. The environment variable CK_ISA forces one;
// the process aborts when the processor lacks it.
const char *ck_instruction_set_name(void);

// Calls body(context, task) once for each task in 0 ..< tasks on at most `threads` threads, the caller being one.
// Re-entrant: concurrent callers share one pool, and a body may call it again.
void ck_parallel(size_t tasks, int threads, void (*body)(void *context, size_t task), void *context);

// Storage for tensors, 64-byte aligned, uninitialised. Freed blocks are kept and reused, so that a training step
// does not fault in hundreds of megabytes of fresh pages. Returns NULL when the system has no memory.
void *ck_buffer_allocate(size_t bytes);
void ck_buffer_free(void *buffer);
// Gives kept blocks back to the system.
void ck_buffer_trim(void);

// MARK: - Matrix product

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

// MARK: - Activations

typedef enum {
  CK_IDENTITY = 0,
  CK_RELU = 1,
  CK_LEAKY_RELU = 2,  // `slope` below zero
  CK_ELU = 3,         // exp(x) − 1 below zero
  CK_TANH = 4,
  CK_SIGMOID = 5,
  CK_RELU6 = 6,  // 0 below zero, 6 above six
} ck_activation;

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
  CK_PATCHES = 0,  // patches of the source times the filter: any shape
  CK_SCATTER = 1,  // pixels of the source times all taps, then sums of shifted results: results of few channels
  CK_WINOGRAD = 2,  // F(5×5, 2×2) and F(4×4, 3×3) on the phases of a strided kernel: fewer multiplications
} ck_algorithm;
// Whether an algorithm can compute a pass, and which is the fastest of those that can. With CK_ALGORITHM=patches in
// the environment CK_WINOGRAD is never chosen; the process aborts on any other value.
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
                                   const float *filter, const float *bias, ck_activation kind, float slope,
                                   float *dx, int threads);
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

// Each channel of each picture times a factor of its own: y[batch, rows, channels] = x ⊙ factors[batch, channels].
// y may be x.
void ck_scale_channels_forward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                               float *y, int threads);
// dx = dy ⊙ factors; dfactors = column sums of x·dy in each picture. dx or dfactors may be NULL; dx may be dy.
void ck_scale_channels_backward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                                const float *dy, float *dx, float *dfactors, int threads);

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

// MARK: - Batch normalisation (Ioffe & Szegedy 2015) and the activation f behind it

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
                                      const float *variance, const float *dy, float *dx, float *dgamma,
                                      float *dbeta, int threads);

// MARK: - Normalisation of lengths

// y = x/√(weight·Σ x² + ε), the sum over the middle dimension of x[outer, length, inner], in double. With weight
// 1/length and a small ε it is StyleGAN's PixelNorm, with 1 and 0 a vector of unit length.
void ck_normalize_length_forward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                 const float *x, float *y, int threads);
// With r = 1/√(weight·Σ x² + ε): dx = r·dy − weight·r³·⟨x, dy⟩·x.
void ck_normalize_length_backward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                  const float *x, const float *dy, float *dx, int threads);

// MARK: - Losses: value and gradient in one pass

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

// MARK: - Regularisation and augmentation

// y = x·m/(1 − rate), where m_i ∈ {0, 1} is a hash of (seed, i) and is 0 with probability `rate`. The pullback is
// the same call on dy with the same seed. y may be x.
void ck_dropout(size_t count, float rate, uint64_t seed, const float *x, float *y, int threads);

// One image's change of colour and place: y = translate(contrast(saturation(x + brightness))).
typedef struct {
  float brightness;            // added to every value
  float saturation;            // x ← mean over channels + saturation·(x − that mean)
  float contrast;              // x ← mean over the image + contrast·(x − that mean)
  int32_t shift_down, shift_right;  // pixels; what comes in from outside is 0
} ck_augmentation;
// Differentiable augmentation (Zhao et al. 2020) of x[batch, height, width, channels], one record an image.
void ck_augment_forward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                        const float *x, float *y, int threads);
void ck_augment_backward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                         const float *dy, float *dx, int threads);

// MARK: - Elementwise

// out = alpha·a + beta·b; out may be a or b.
void ck_linear_combination(size_t count, float alpha, const float *a, float beta, const float *b, float *out,
                           int threads);
// Returns Σ a_i·b_i, summed in double in fixed blocks.
double ck_dot(size_t count, const float *a, const float *b, int threads);

// One update of Adam (Kingma & Ba 2015) with bias correction, in place of parameter, m and v. step counts from 1.
//   m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  p ← p − rate · (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
typedef struct {
  float rate, beta1, beta2, epsilon;
} ck_adam_settings;
void ck_adam(size_t count, ck_adam_settings settings, uint64_t step, const float *gradient, float *parameter,
             float *m, float *v, int threads);
// One update of RAdam (Liu et al. 2020) likewise. With ρ = 2/(1−β₂) − 1 and ρₜ = ρ − 2t·β₂ᵗ/(1−β₂ᵗ): where ρₜ is above
// the threshold, at least 4, p ← p − rate·√((1−β₂ᵗ)·(ρₜ−4)(ρₜ−2)ρ/((ρ−4)(ρ−2)ρₜ))/(1−β₁ᵗ) · m/(√v + ε), and otherwise
// p ← p − rate/(1−β₁ᵗ) · m.
void ck_rectified_adam(size_t count, ck_adam_settings settings, float threshold, uint64_t step,
                       const float *gradient, float *parameter, float *m, float *v, int threads);

// MARK: - Number formats

// IEEE half precision, round to nearest even, overflow to infinity, NaN kept.
void ck_half_from_float(size_t count, const float *x, uint16_t *half);
void ck_float_from_half(size_t count, const uint16_t *half, float *x);

// MARK: - Pictures

// Crops [top, top + crop_height) × [left, left + crop_width) of an 8-bit interleaved image and resizes it to
// out_height × out_width with a triangle filter widened by the reduction (antialiased, as Pillow's BILINEAR).
// Parts of the crop outside the image repeat its nearest border pixel. Results are rounded to the nearest integer.
void ck_resize(const uint8_t *image, size_t height, size_t width, size_t channels, double top, double left,
               double crop_height, double crop_width, size_t out_height, size_t out_width, uint8_t *out);

// A frame is a parallelogram in a picture: (x, y) of its first corner, the vector along its top edge, the vector down
// its left edge. Coordinates are of edges: the first pixel reaches from 0 to 1.

// Resamples a frame of an 8-bit RGB picture to out_height × out_width, each pixel the mean of a grid of bilinear samples
// at most one pixel of the picture apart (up to 64 a side). Outside the picture its nearest border pixel is repeated.
void ck_cut_frame(const uint8_t *image, size_t height, size_t width, const double frame[6], size_t out_height,
                  size_t out_width, uint8_t *out, int threads);
// Puts patch[patch_height × patch_width × 3] into a frame of the picture, in place: x += m·patch when it adds, else
// x += m·(patch − x). The mask m rises from 0 on each side of the frame (left, top, right, bottom) to 1 at its feather,
// a part of the frame's extent; where that is 0 the side is sharp. The patch is interpolated by Catmull-Rom's cubic; pixels whose centre is outside are not touched.
void ck_put_back_frame(uint8_t *image, size_t height, size_t width, const double frame[6], const float *patch,
                       size_t patch_height, size_t patch_width, const double feather[4], bool adds, int threads);

// A rectangle of whole pixels, inside its picture.
typedef struct {
  size_t top, left, height, width;
} ck_crop;
// Averages each crop of an 8-bit interleaved image, `width` pixels wide, to out_height × out_width, of which it
// computes the rows first_row ..< first_row + row_count: out[count, row_count, out_width, channels]. Output i of n
// averages the crop's rows ⌊i·height/n⌋ ..< ⌈(i + 1)·height/n⌉, and columns likewise, fewer than 2²⁴ pixels; then
// out = (mean − offset)·scale.
void ck_area_resize(const uint8_t *image, size_t width, size_t channels, size_t count, const ck_crop *crops,
                    size_t out_height, size_t out_width, size_t first_row, size_t row_count, float offset,
                    float scale, float *out, int threads);

#ifdef __cplusplus
}
#endif

#include "CKernelsTextEditing.h"

#endif
