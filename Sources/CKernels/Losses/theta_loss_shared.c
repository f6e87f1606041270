// The θ loss of words that all pairs share.
#include <string.h>

#include "ck_machine.h"
#include "Losses/theta_loss.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

typedef struct {
  size_t place;  // of the pair's u and D
  share share;
} pair_share;

// The gradient of a word is the sum over its pairs, taken when all pairs of the chunk have their u: the sum
// then stays in registers.
CK_INLINE void shared_words_body(void *opaque, size_t chunk) {
  const ck_theta_context *context = opaque;
  size_t words = context->words, d = context->d, stride = context->stride, pairs = context->chunk;
  ck_range range = ck_block_range(context->batch, pairs, chunk);
  size_t bytes = (2 * pairs * stride * sizeof(float)) + words * (WORD_BYTES + pairs * sizeof(pair_share)) +
                 words * sizeof(size_t);
  arena arena = arena_of(bytes, WORD_ARRAYS + 4);
  float *differences = carve(&arena, pairs * stride * sizeof *differences);
  float *us = carve(&arena, pairs * stride * sizeof *us);
  pair_share *shares = carve(&arena, words * pairs * sizeof *shares);
  size_t *counts = carve(&arena, words * sizeof *counts);
  pair_work work = work_of(&arena, words);
  for (size_t word = 0; word < words; word++) counts[word] = 0;
  for (size_t pair = range.begin; pair < range.end; pair++) {
    size_t place = (pair - range.begin) * stride;
    pad(d, stride, context->difference + pair * d, differences + place);
    work.difference = differences + place;
    work.u = us + place;
    list_active(context, pair, &work.active);
    for (size_t index = 0; index < work.active.count; index++) {
      work.row[index] = context->padded + work.active.word[index] * stride;
    }
    project(context, &work, context->theta + pair * words);
    context->loss[pair] = (float)(residual(context, &work) / (double)d);
    if (!context->dw) continue;
    share_out(context, &work);
    for (size_t index = 0; index < work.active.count; index++) {
      size_t word = work.active.word[index];
      shares[word * pairs + counts[word]++] = (pair_share){place, work.share[index]};
    }
  }
  for (size_t word = 0; context->dw && word < words; word++) {
    const pair_share *mine = shares + word * pairs;
    float along_w = 0, *out = context->partial + (chunk * words + word) * stride;
    for (size_t index = 0; index < counts[word]; index++) along_w += mine[index].share.along_w;
    for (size_t i = 0; i < stride; i += CK_LANES) {
      ck_lanes sum, u, difference;
      ck_load(&sum, context->padded + word * stride + i);
      sum *= along_w;
      for (size_t index = 0; index < counts[word]; index++) {
        share share = mine[index].share;
        size_t place = mine[index].place + i;
        ck_load(&u, us + place);
        ck_load(&difference, differences + place);
        sum += share.along_u * u + share.along_difference * difference;
      }
      ck_store(out + i, &sum);
    }
  }
}
CK_TASK(shared_words)

// dw of a word: the sum over the chunks.
CK_INLINE void sum_chunks_body(void *opaque, size_t word) {
  const ck_theta_context *context = opaque;
  size_t d = context->d, chunks = ck_block_count(context->batch, context->chunk);
  for (size_t i = 0; i < d; i += CK_LANES) {
    ck_wide_lanes sum = {0}, wide;
    ck_lanes part;
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      ck_load(&part, context->partial + (chunk * context->words + word) * context->stride + i);
      ck_widen(&wide, &part);
      sum += wide;
    }
    ck_narrow(&part, &sum);
    memcpy(context->dw + word * d + i, &part, ck_minimum(CK_LANES, d - i) * sizeof(float));
  }
}
CK_TASK(sum_chunks)

void ck_theta_loss_shared_words(ck_theta_context *context, int threads) {
  size_t words = context->words, stride = context->stride;
  size_t chunks = ck_block_count(context->batch, context->chunk);
  float *padded = ck_scratch(CK_SCRATCH_CALL, (1 + (context->dw ? chunks : 0)) * words * stride);
  for (size_t word = 0; word < words; word++) {
    pad(context->d, stride, context->w + word * context->d, padded + word * stride);
  }
  context->padded = padded;
  context->partial = padded + words * stride;
  ck_parallel(chunks, threads, shared_words, context);
  if (context->dw) ck_parallel(words, threads, sum_chunks, context);
}
