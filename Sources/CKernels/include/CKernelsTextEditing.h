// The kernels that text-driven editing adds: styled layers, resampling by tables, transformers. The conventions are those
// of CKernels.h.
#ifndef CKERNELS_TEXT_EDITING_H
#define CKERNELS_TEXT_EDITING_H

#include "CKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Styled layers (Karras et al. 2020)

// What follows a modulated convolution: y = gain·f(demodulation ⊙ x + noise + bias), f being the rectifier with `slope`
// below zero.
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

// MARK: - Resampling

// A linear map from `in` to `out` places of an axis: output i is the sum of weight[i·reach + t]·input[first[i] + t] for
// t in 0 ..< count[i], with count[i] ≤ reach and first[i] + count[i] ≤ in.
typedef struct {
  size_t in, out, reach;
  const uint32_t *first, *count;
  const double *weight;
} ck_taps;

// y[batch, rows.out, columns.out, channels] of x[batch, rows.in, columns.in, channels], one table along each axis.
void ck_resample(size_t batch, const ck_taps *rows, const ck_taps *columns, size_t channels, const float *x, float *y,
                 int threads);
// The same of an interleaved 8-bit picture, as Pillow computes it where both axes shrink or both grow: columns first,
// then rows, each with weights rounded to 22 bits behind the point and sums to the nearest byte. The weights of an output
// have a sum of magnitudes below 2.
void ck_resample_bytes(const ck_taps *rows, const ck_taps *columns, size_t channels, const uint8_t *image,
                       uint8_t *out);

// MARK: - Transformers

// Gaussian error linear units (Hendrycks & Gimpel 2016): x·Φ(x), or x·σ(1.702·x).
typedef enum { CK_GELU_EXACT = 0, CK_GELU_LOGISTIC = 1 } ck_gelu;
// y may be x.
void ck_gelu_forward(ck_gelu form, size_t count, const float *x, float *y, int threads);
// In terms of the input; dx may be dy.
void ck_gelu_backward(ck_gelu form, size_t count, const float *x, const float *dy, float *dx, int threads);

// Layer normalisation (Ba et al. 2016): y = scale·(x − mean)/√(variance + ε) + offset, with each row's own mean and
// biased variance. y may be x.
void ck_layer_norm_forward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                           const float *offset, float *y, int threads);
// dx may be NULL or dy; dscale and doffset both may be NULL.
void ck_layer_norm_backward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                            const float *dy, float *dx, float *dscale, float *doffset, int threads);

// Multi-head attention (Vaswani et al. 2017). Head h takes channels h·d ..< (h + 1)·d of Q, K and V, d = width/heads.
typedef struct {
  size_t batch, tokens, width, heads;
  bool is_causal;  // a token attends to itself and to those before it
} ck_attention;
// y[batch, tokens, width] = softmax(Q·Kᵀ/√d)·V, of qkv[batch, tokens, 3, width].
void ck_attention_forward(const ck_attention *shape, const float *qkv, float *y, int threads);
void ck_attention_backward(const ck_attention *shape, const float *qkv, const float *dy, float *dqkv, int threads);

// y[batch, tokens, width] = x + positions[tokens, width], where with a token[width] it stands before each sequence, which
// then has tokens − 1 of its own; token may be NULL.
void ck_positions_forward(size_t batch, size_t tokens, size_t width, const float *x, const float *token,
                          const float *positions, float *y);
// Sums over the batch for the token and the positions. Any output may be NULL.
void ck_positions_backward(size_t batch, size_t tokens, size_t width, bool has_token, const float *dy, float *dx,
                           float *dtoken, float *dpositions);
// dtable[rows[i]] += dy[i] for each i in order: the pullback of looking rows up in a table.
void ck_add_rows(size_t count, size_t width, const uint32_t *rows, const float *dy, float *dtable);

#ifdef __cplusplus
}
#endif

#endif
