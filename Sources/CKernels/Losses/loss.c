// Losses: value and gradient in one pass. Values are summed in double per block, the blocks in order.
#include <math.h>

#include "ck_losses.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  size_t count;
  const float *a, *b;
  float *gradient;
  double *partial;
} context_t;

// Runs `body` over the blocks and returns the mean of their sums.
static double mean_over_blocks(context_t *context, void (*body)(void *, size_t), int threads) {
  size_t blocks = ck_block_count(context->count, CK_BLOCK);
  context->partial = ck_allocate(blocks * sizeof(double));
  ck_run_blocks(context->count, blocks, threads, body, context);
  double sum = 0;
  for (size_t block = 0; block < blocks; block++) sum += context->partial[block];
  ck_buffer_free(context->partial);
  return sum / (double)context->count;
}

// log(1 + exp(x)) − t·x = max(x, 0) + log(1 + exp(−|x|)) − t·x, in which nothing overflows. In double,
// because sigmoid(x) − t cancels where the prediction is good.
static void cross_entropy_block(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  double sum = 0, weight = 1 / (double)context->count;
  for (size_t i = range.begin; i < range.end; i++) {
    double x = (double)context->a[i], target = (double)context->b[i];
    double small = exp(-fabs(x));
    sum += fmax(x, 0) + log1p(small) - target * x;
    if (context->gradient) {
      double sigmoid = (x < 0 ? small : 1) / (1 + small);
      context->gradient[i] = (float)((sigmoid - target) * weight);
    }
  }
  context->partial[block] = sum;
}

double ck_binary_cross_entropy(size_t count, const float *x, const float *target, float *dx, int threads) {
  context_t context = {count, x, target, dx, NULL};
  return mean_over_blocks(&context, cross_entropy_block, threads);
}

CK_INLINE void squared_error_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  size_t count = range.end - range.begin;
  const float *restrict a = context->a + range.begin, *restrict b = context->b + range.begin;
  double lanes[CK_LANES] = {0};
  for (size_t i = 0; i + CK_LANES <= count; i += CK_LANES) {
    for (size_t lane = 0; lane < CK_LANES; lane++) {
      double difference = (double)(a[i + lane] - b[i + lane]);
      lanes[lane] += difference * difference;
    }
  }
  double sum = 0;
  for (size_t i = count - count % CK_LANES; i < count; i++) {
    double difference = (double)(a[i] - b[i]);
    sum += difference * difference;
  }
  for (size_t lane = 0; lane < CK_LANES; lane++) sum += lanes[lane];
  context->partial[block] = sum;
  if (!context->gradient) return;
  float *restrict gradient = context->gradient + range.begin, weight = (float)(2 / (double)context->count);
  for (size_t i = 0; i < count; i++) gradient[i] = (a[i] - b[i]) * weight;
}
CK_TASK(squared_error_block)

double ck_mean_squared_error(size_t count, const float *a, const float *b, float *da, int threads) {
  context_t context = {count, a, b, da, NULL};
  return mean_over_blocks(&context, squared_error_block, threads);
}
