// Elementwise arithmetic over flat arrays.
#include "ck_elementwise.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  size_t count;
  float alpha, beta;
  const float *a, *b;
  float *out;
  double *partial;
} context_t;

CK_INLINE void combination_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  const float *a = context->a, *b = context->b;
  float *out = context->out, alpha = context->alpha, beta = context->beta;
  CK_SAME_INDEX
  for (size_t i = range.begin; i < range.end; i++) out[i] = alpha * a[i] + beta * b[i];
}
CK_TASK(combination_block)

void ck_linear_combination(size_t count, float alpha, const float *a, float beta, const float *b, float *out,
                           int threads) {
  context_t context = {count, alpha, beta, a, b, out, NULL};
  ck_run_blocks(count, ck_block_count(count, CK_BLOCK), threads, combination_block, &context);
}

CK_INLINE void dot_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  context->partial[block] = ck_lanes_dot(range.end - range.begin, context->a + range.begin, context->b + range.begin);
}
CK_TASK(dot_block)

double ck_dot(size_t count, const float *a, const float *b, int threads) {
  size_t blocks = ck_block_count(count, CK_BLOCK);
  double *partial = ck_allocate(blocks * sizeof *partial);
  context_t context = {count, 0, 0, a, b, NULL, partial};
  ck_run_blocks(count, blocks, threads, dot_block, &context);
  double sum = 0;
  for (size_t block = 0; block < blocks; block++) sum += partial[block];
  ck_buffer_free(partial);
  return sum;
}
