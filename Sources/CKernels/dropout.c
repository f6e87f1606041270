// Dropout (Srivastava et al. 2014), scaled at training time. The mask is a function of seed and place, so the
// pullback needs nothing kept, and the number of threads changes nothing.
#include "CKernels.h"
#include "blocks.h"
#include "dropout_mask.h"

typedef struct {
  size_t count;
  uint64_t stream, threshold;
  float scale;
  const float *x;
  float *y;
} context_t;

CK_INLINE void dropout_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  const float *x = context->x;
  float *y = context->y, scale = context->scale;
  uint64_t stream = context->stream, threshold = context->threshold;
  CK_SAME_INDEX
  for (size_t i = range.begin; i < range.end; i++) {
    y[i] = ck_dropout_keeps(stream, i, threshold) ? x[i] * scale : 0;
  }
}
CK_TASK(dropout_block)

void ck_dropout(size_t count, float rate, uint64_t seed, const float *x, float *y, int threads) {
  context_t context = {count, ck_dropout_stream(seed), ck_dropout_threshold((double)rate),
                       (float)(1 / (1 - (double)rate)), x, y};
  ck_run_blocks(count, ck_block_count(count, CK_BLOCK), threads, dropout_block, &context);
}
