// Dropout (Srivastava et al. 2014), scaled at training time. The mask is a function of seed and place, so the
// pullback needs nothing kept, and the number of threads changes nothing.
#include <stdbool.h>
#include <stdint.h>

#include "ck_elementwise.h"
#include "Machine/blocks.h"

// The finalizer of SplitMix64 (Steele, Lea & Flood 2014).
CK_INLINE uint64_t mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

// The seed is mixed first: neighboring seeds would otherwise give one mask, shifted by one place.
CK_INLINE uint64_t stream_of(uint64_t seed) { return mixed(seed + UINT64_C(0x9e3779b97f4a7c15)); }

CK_INLINE uint64_t threshold_of(double rate) { return (uint64_t)(rate * 4294967296.0); }

CK_INLINE bool keeps(uint64_t stream, uint64_t index, uint64_t threshold) {
  return mixed(stream + index * UINT64_C(0x9e3779b97f4a7c15)) >> 32 >= threshold;
}

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
    y[i] = keeps(stream, i, threshold) ? x[i] * scale : 0;
  }
}
CK_TASK(dropout_block)

void ck_dropout(size_t count, float rate, uint64_t seed, const float *x, float *y, int threads) {
  context_t context = {count, stream_of(seed), threshold_of((double)rate), (float)(1 / (1 - (double)rate)), x, y};
  ck_run_blocks(count, ck_block_count(count, CK_BLOCK), threads, dropout_block, &context);
}
