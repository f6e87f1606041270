// Multi-head attention: softmax(Q·Kᵀ/√d)·V for each head of each sequence, and its gradient.
//
// A head is a task: its matrix of weights, tokens × tokens, lives in scratch and never goes to memory.
//
// Goals, in order:
// 1. The same bits for any number of threads, and a softmax that neither overflows nor divides by zero.
// 2. Under the causal mask a result has the bits that it has without the tokens behind it, whatever their number:
// rows
//    of the products are computed by themselves (panels.h), and a masked weight is exactly 0.
// 3. Products on the panels that all others use. Attention is a hundredth of what a tower of 50 tokens multiplies, so
//    the masked half is multiplied too.
// The backward pass computes the weights again. Rejected: keeping them, [heads, tokens, tokens] a layer, for a
// hundredth of the work.
#include <math.h>
#include <stdbool.h>

#include "Activation/elementary.h"
#include "ck_machine.h"
#include "ck_transformer.h"
#include "Machine/blocks.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

typedef struct {
  ck_attention shape;
  size_t depth, stride;  // of a head; between rows of a matrix of weights, whole vectors
  const float *qkv, *dy;
  float *y;  // or dqkv
} attention_context;

// Panels of tokens × depth and of depth × tokens take as many floats at most.
static size_t panel_floats(const attention_context *c) {
  return ck_maximum(ck_panels_floats(c->depth, c->shape.tokens), ck_panels_floats(c->shape.tokens, c->depth));
}

// result[rows × written] = left · right, whose columns of zeros are written too where the result has room for whole
// vectors.
static void multiply(size_t rows, size_t columns, size_t written, size_t inner, ck_matrix left, const float *right,
                     size_t row, size_t column, float *panels, float *result, size_t result_row) {
  ck_panels_pack(columns, inner, right, row, column, 0, ck_divide_up(columns, CK_PANEL), panels);
  ck_panels_multiply(rows, written, inner, left, ck_packed_panels(panels, inner), false, result, result_row);
}

// Each row i of scores: exp(scale·(s − max)) over its sum for columns below its limit, 0 from there on.
CK_INLINE void softmax_rows(const attention_context *c, float *scores) {
  size_t tokens = c->shape.tokens, stride = c->stride;
  float scale = 1 / sqrtf((float)c->depth);
  for (size_t i = 0; i < tokens; i++) {
    float *row = scores + i * stride;
    size_t limit = c->shape.is_causal ? i + 1 : tokens;
    for (size_t j = limit; j < stride; j++) row[j] = -INFINITY;
    float largest = -INFINITY;
    for (size_t j = 0; j < limit; j++) largest = row[j] > largest ? row[j] : largest;
    for (size_t j = 0; j < stride; j++) row[j] = ck_exp(scale * (row[j] - largest));
    ck_lanes sums = {0}, value;
    // Vectors without a token are all zero: how many there are changes no bit.
    for (size_t j = 0; j < stride; j += CK_LANES) {
      ck_load(&value, row + j);
      sums += value;
    }
    float sum = 0;
    for (size_t lane = 0; lane < CK_LANES; lane++) sum += sums[lane];
    float inverse = 1 / sum;
    for (size_t j = 0; j < stride; j++) row[j] *= inverse;
  }
}

// The three matrices of a head; their rows lie 3·width apart.
typedef struct {
  const float *q, *k, *v;
  size_t row;
} head_inputs;

CK_INLINE head_inputs inputs_of(const attention_context *c, size_t task) {
  size_t width = c->shape.width, row = 3 * width;
  const float *q = c->qkv + task / c->shape.heads * c->shape.tokens * row + task % c->shape.heads * c->depth;
  return (head_inputs){q, q + width, q + 2 * width, row};
}

CK_INLINE void weights_of_head(const attention_context *c, const head_inputs *in, float *panels, float *weights) {
  multiply(c->shape.tokens, c->shape.tokens, c->stride, c->depth, (ck_matrix){in->q, in->row, 1}, in->k, 1, in->row,
           panels, weights, c->stride);
  softmax_rows(c, weights);
}

CK_INLINE void attend_body(void *opaque, size_t task) {
  const attention_context *c = opaque;
  size_t tokens = c->shape.tokens, width = c->shape.width;
  head_inputs in = inputs_of(c, task);
  float *weights = ck_scratch(CK_SCRATCH_TASK, tokens * c->stride + panel_floats(c));
  float *panels = weights + tokens * c->stride;
  weights_of_head(c, &in, panels, weights);
  float *y = c->y + task / c->shape.heads * tokens * width + task % c->shape.heads * c->depth;
  multiply(tokens, c->depth, c->depth, tokens, (ck_matrix){weights, c->stride, 1}, in.v, in.row, 1, panels, y, width);
}
CK_TASK(attend)

// dS = P ⊙ (dP − Σⱼ P·dP)/√d, in the place of dP.
CK_INLINE void softmax_gradient(const attention_context *c, const float *weights, float *gradient) {
  size_t stride = c->stride;
  float scale = 1 / sqrtf((float)c->depth);
  for (size_t i = 0; i < c->shape.tokens; i++) {
    const float *p = weights + i * stride;
    float *dp = gradient + i * stride;
    ck_lanes sums = {0}, a, b;
    for (size_t j = 0; j < stride; j += CK_LANES) {
      ck_load(&a, p + j);
      ck_load(&b, dp + j);
      sums += a * b;
    }
    float sum = 0;
    for (size_t lane = 0; lane < CK_LANES; lane++) sum += sums[lane];
    for (size_t j = 0; j < stride; j++) dp[j] = p[j] * (dp[j] - sum) * scale;
  }
}

// dV = Pᵀ·dY, dP = dY·Vᵀ, dQ = dS·K, dK = dSᵀ·Q.
CK_INLINE void attend_backward_body(void *opaque, size_t task) {
  const attention_context *c = opaque;
  size_t tokens = c->shape.tokens, width = c->shape.width, depth = c->depth;
  head_inputs in = inputs_of(c, task);
  float *weights = ck_scratch(CK_SCRATCH_TASK, 2 * tokens * c->stride + panel_floats(c));
  float *gradient = weights + tokens * c->stride, *panels = gradient + tokens * c->stride;
  weights_of_head(c, &in, panels, weights);
  const float *dy = c->dy + task / c->shape.heads * tokens * width + task % c->shape.heads * depth;
  float *dq = c->y + (in.q - c->qkv), *dk = dq + width, *dv = dk + width;
  ck_matrix transposed_weights = {weights, 1, c->stride}, transposed_gradient = {gradient, 1, c->stride};
  multiply(tokens, depth, depth, tokens, transposed_weights, dy, width, 1, panels, dv, in.row);
  multiply(tokens, tokens, c->stride, depth, (ck_matrix){dy, width, 1}, in.v, 1, in.row, panels, gradient, c->stride);
  softmax_gradient(c, weights, gradient);
  multiply(tokens, depth, depth, tokens, (ck_matrix){gradient, c->stride, 1}, in.k, in.row, 1, panels, dq, in.row);
  multiply(tokens, depth, depth, tokens, transposed_gradient, in.q, in.row, 1, panels, dk, in.row);
}
CK_TASK(attend_backward)

static attention_context make_context(const ck_attention *shape, const float *qkv) {
  return (attention_context){.shape = *shape,
                             .depth = shape->width / shape->heads,
                             .stride = ck_round_up(shape->tokens, CK_HALF_PANEL),
                             .qkv = qkv};
}

void ck_attention_forward(const ck_attention *shape, const float *qkv, float *y, int threads) {
  attention_context context = make_context(shape, qkv);
  context.y = y;
  ck_parallel(shape->batch * shape->heads, threads, attend, &context);
}

void ck_attention_backward(const ck_attention *shape, const float *qkv, const float *dy, float *dqkv, int threads) {
  attention_context context = make_context(shape, qkv);
  context.dy = dy;
  context.y = dqkv;
  ck_parallel(shape->batch * shape->heads, threads, attend_backward, &context);
}
