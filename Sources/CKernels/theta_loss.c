// The θ loss and its gradient, fused.
//
// Goals, in order:
// 1. Correct, the derivative of θ included. With n = ⟨w, w⟩ + ε and θ = ⟨w, D⟩/n,
//      ∂θ/∂w = D/n − ⟨w, D⟩·2w/n² = (D − 2θw)/n,
//    and, as loss = ‖u‖²/d with u = Σ θ_j w_j − D,
//      ∂loss/∂w_j = (2/d)·[θ_j u + ⟨u, w_j⟩·∂θ_j/∂w_j].
// 2. One pass: value and gradient of a pair while its words are in the first-level cache.
// 3. Deterministic: a pair is one thread's; with shared words the gradients of fixed chunks of pairs are
//    summed in order.
// 4. Fast: inactive words are never read.
// Dots and u are in double: u nearly cancels when the words explain D. Rejected: one matrix product over all
// words, which multiplies the three quarters that are inactive, and needs a second product for ⟨u, w⟩.
#include <string.h>

#include "CKernels.h"
#include "blocks.h"

enum { CHUNK = 16, MOST_CHUNKS = 32 };

typedef struct {
  size_t batch, words, d, chunk;
  bool shared;
  double epsilon;
  const float *w, *difference;
  const uint8_t *mask;
  float *theta, *loss, *dw;
  double *partial;  // [chunks, words, d] when shared and a gradient is wanted
} context_t;

// u = Σ θ_j w_j − D; returns ‖u‖².
CK_INLINE double residual(const context_t *context, const float *w, const float *difference,
                          const uint8_t *mask, float *theta, double *restrict norm, double *restrict u) {
  size_t d = context->d;
  for (size_t i = 0; i < d; i++) u[i] = -(double)difference[i];
  for (size_t word = 0; word < context->words; word++) {
    theta[word] = 0;
    if (!mask[word]) continue;
    const float *restrict row = w + word * d;
    norm[word] = ck_lanes_dot(d, row, row) + context->epsilon;
    double coefficient = ck_lanes_dot(d, row, difference) / norm[word];
    theta[word] = (float)coefficient;
    for (size_t i = 0; i < d; i++) u[i] += coefficient * (double)row[i];
  }
  double lanes[CK_LANES] = {0}, square = 0;
  size_t i = 0;
  for (; i + CK_LANES <= d; i += CK_LANES) {
    for (size_t lane = 0; lane < CK_LANES; lane++) lanes[lane] += u[i + lane] * u[i + lane];
  }
  for (; i < d; i++) square += u[i] * u[i];
  for (size_t lane = 0; lane < CK_LANES; lane++) square += lanes[lane];
  return square;
}

// ⟨u, w⟩
CK_INLINE double residual_dot(size_t d, const double *restrict u, const float *restrict w) {
  double lanes[CK_LANES] = {0}, sum = 0;
  size_t i = 0;
  for (; i + CK_LANES <= d; i += CK_LANES) {
    for (size_t lane = 0; lane < CK_LANES; lane++) lanes[lane] += u[i + lane] * (double)w[i + lane];
  }
  for (; i < d; i++) sum += u[i] * (double)w[i];
  for (size_t lane = 0; lane < CK_LANES; lane++) sum += lanes[lane];
  return sum;
}

// Writes a pair's gradient to dw, or adds it to sum when the words are shared.
CK_INLINE void gradient(const context_t *context, const float *w, const float *restrict difference,
                        const uint8_t *mask, const float *theta, const double *restrict norm,
                        const double *restrict u, float *dw, double *sum) {
  size_t d = context->d;
  double weight = 2 / ((double)d * (double)context->batch);
  for (size_t word = 0; word < context->words; word++) {
    if (!mask[word]) {
      if (dw) memset(dw + word * d, 0, d * sizeof *dw);
      continue;
    }
    const float *restrict row = w + word * d;
    double slope = weight * residual_dot(d, u, row) / norm[word];
    float along_u = (float)(weight * (double)theta[word]), along_difference = (float)slope;
    float along_w = (float)(-2 * slope * (double)theta[word]);
    if (dw) {
      float *restrict out = dw + word * d;
      for (size_t i = 0; i < d; i++) {
        out[i] = along_u * (float)u[i] + (along_difference * difference[i] + along_w * row[i]);
      }
    } else {
      double *restrict out = sum + word * d;
      for (size_t i = 0; i < d; i++) {
        out[i] += (double)(along_u * (float)u[i] + (along_difference * difference[i] + along_w * row[i]));
      }
    }
  }
}

CK_WIDE static void chunk_of_pairs(void *opaque, size_t chunk) {
  const context_t *context = opaque;
  size_t words = context->words, d = context->d;
  ck_range range = ck_block_range(context->batch, context->chunk, chunk);
  double *norm = ck_buffer_allocate((words + d) * sizeof *norm), *u = norm + words;
  double *sum = context->partial ? context->partial + chunk * words * d : NULL;
  if (sum) memset(sum, 0, words * d * sizeof *sum);
  for (size_t pair = range.begin; pair < range.end; pair++) {
    const float *w = context->shared ? context->w : context->w + pair * words * d;
    const float *difference = context->difference + pair * d;
    const uint8_t *mask = context->mask + pair * words;
    float *theta = context->theta + pair * words;
    context->loss[pair] = (float)(residual(context, w, difference, mask, theta, norm, u) / (double)d);
    if (context->dw) {
      float *dw = context->shared ? NULL : context->dw + pair * words * d;
      gradient(context, w, difference, mask, theta, norm, u, dw, sum);
    }
  }
  ck_buffer_free(norm);
}

void ck_theta_loss(size_t batch, size_t words, size_t d, bool shared, float epsilon, const float *w,
                   const float *difference, const uint8_t *mask, float *theta, float *loss, float *dw,
                   int threads) {
  // No more than MOST_CHUNKS partial gradients, whatever the batch.
  size_t chunk = ck_block_count(batch, MOST_CHUNKS);
  if (chunk < CHUNK) chunk = CHUNK;
  size_t chunks = ck_block_count(batch, chunk), values = words * d;
  context_t context = {batch, words, d,     chunk, shared, (double)epsilon, w, difference,
                       mask,  theta, loss,  dw,    NULL};
  bool summed = shared && dw;
  if (summed) context.partial = ck_buffer_allocate(chunks * values * sizeof(double));
  ck_parallel(chunks, threads, chunk_of_pairs, &context);
  if (!summed) return;
  for (size_t i = 0; i < values; i++) {
    double sum = 0;
    for (size_t index = 0; index < chunks; index++) sum += context.partial[index * values + i];
    dw[i] = (float)sum;
  }
  ck_buffer_free(context.partial);
}
