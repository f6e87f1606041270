// The θ loss and its gradient, fused.
//
// Goals, in order:
// 1. Correct, the derivative of θ included. With n = ⟨w, w⟩ + ε and θ = ⟨w, D⟩/n,
//      ∂θ/∂w = D/n − ⟨w, D⟩·2w/n² = (D − 2θw)/n,
//    and, as loss = ‖u‖²/d with u = Σ θ_j w_j − D,
//      ∂loss/∂w_j = (2/d)·[θ_j u + ⟨u, w_j⟩·∂θ_j/∂w_j].
// 2. Accurate where the words explain D. u nearly cancels there, so it is accumulated in double, in
//    registers, and rounded once. Inner products are taken in 16 single-precision lanes, whose sum is taken
//    in double: their rounding changes θ no more than the rounding of w to single precision did.
// 3. Deterministic: a pair is one thread's; with shared words the gradients of fixed chunks of pairs are
//    summed in order.
// 4. Fast: inactive words are never read, and the active ones of a pair are gathered once, padded with zeros
//    to whole vectors, into a block that stays in the first-level cache. While a pair
//    is worked on, the words of the next are fetched.
// Rejected: one matrix product over all words, which multiplies the three quarters that are inactive, and
// needs a second product for ⟨u, w⟩; and inner products in double, which take longer for nothing (2).
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ck_machine.h"
#include "Losses/theta_loss.h"
#include "Machine/sizes.h"

enum { PAIRS = 16, MOST_CHUNKS = 32 };

// MARK: - Reading ahead

CK_INLINE void fetch(const float *values, size_t count) {
  for (size_t i = 0; i < count; i += LINE / sizeof *values) __builtin_prefetch(values + i);
}

// MARK: - Gradients

CK_INLINE void write_zeros(bool streams, size_t count, float *out) {
  if (!streams) {
    memset(out, 0, count * sizeof *out);
    return;
  }
  const ck_lanes zeros = {0};
  for (size_t i = 0; i < count; i += CK_LANES) ck_stream_halves(out + i, &zeros, ck_minimum(CK_LANES, count - i));
}

CK_INLINE void gradient_at(size_t i, share share, const float *u, const float *difference, const float *w,
                           ck_lanes *gradient) {
  ck_lanes a, b, c;
  ck_load(&a, u + i);
  ck_load(&b, difference + i);
  ck_load(&c, w + i);
  *gradient = share.along_u * a + (share.along_difference * b + share.along_w * c);
}

CK_INLINE void write_gradients(bool streams, const ck_theta_context *context, const pair_work *work, float *out) {
  size_t d = context->d, next = 0;
  const float *u = work->u, *difference = work->difference;
  for (size_t index = 0; index < work->active.count; index++) {
    size_t word = work->active.word[index];
    write_zeros(streams, (word - next) * d, out + next * d);
    next = word + 1;
    share share = work->share[index];
    const float *w = work->row[index];
    float *row = out + word * d;
    ck_lanes gradient;
    if (streams) {
      for (size_t i = 0; i < d; i += CK_LANES) {
        gradient_at(i, share, u, difference, w, &gradient);
        ck_stream_halves(row + i, &gradient, ck_minimum(CK_LANES, d - i));
      }
    } else if (d < CK_LANES) {
      gradient_at(0, share, u, difference, w, &gradient);
      memcpy(row, &gradient, d * sizeof *row);
    } else {
      for (size_t i = 0; i + CK_LANES <= d; i += CK_LANES) {
        gradient_at(i, share, u, difference, w, &gradient);
        ck_store(row + i, &gradient);
      }
      gradient_at(d - CK_LANES, share, u, difference, w, &gradient);
      ck_store(row + d - CK_LANES, &gradient);
    }
  }
  write_zeros(streams, (context->words - next) * d, out + next * d);
}

// MARK: - Pairs

CK_INLINE void own_words_body(void *opaque, size_t chunk) {
  const ck_theta_context *context = opaque;
  size_t words = context->words, d = context->d, stride = context->stride;
  ck_range range = ck_block_range(context->batch, context->chunk, chunk);
  arena arena = arena_of((words + 2) * stride * sizeof(float) + words * WORD_BYTES, WORD_ARRAYS + 1);
  float *rows = carve(&arena, words * stride * sizeof *rows);
  float *difference = carve(&arena, stride * sizeof *difference);
  pair_work work = work_of(&arena, words);
  work.difference = difference;
  work.u = carve(&arena, stride * sizeof *work.u);
  active_words next = {0, carve(&arena, words * sizeof *next.word)};
  for (size_t word = 0; word < words; word++) {
    work.row[word] = rows + word * stride;
    for (size_t i = d; i < stride; i++) rows[word * stride + i] = 0;
  }
  list_active(context, range.begin, &next);
  for (size_t pair = range.begin; pair < range.end; pair++) {
    active_words active = next;
    next.word = work.active.word;
    work.active = active;
    const float *w = context->w + pair * words * d;
    for (size_t index = 0; index < active.count; index++) {
      copy(d, w + active.word[index] * d, rows + index * stride);
    }
    if (pair + 1 < range.end) {
      list_active(context, pair + 1, &next);
      for (size_t index = 0; index < next.count; index++) fetch(w + (words + next.word[index]) * d, d);
    }
    pad(d, stride, context->difference + pair * d, difference);
    project(context, &work, context->theta + pair * words);
    context->loss[pair] = (float)(residual(context, &work) / (double)d);
    if (!context->dw) continue;
    share_out(context, &work);
    float *dw = context->dw + pair * words * d;
    if (context->streams) write_gradients(true, context, &work, dw);
    else write_gradients(false, context, &work, dw);
  }
  ck_end_streams(context->streams);
}
CK_TASK(own_words)

// MARK: - Entry point

void ck_theta_loss(size_t batch, size_t words, size_t d, bool shared, float epsilon, const float *w,
                   const float *difference, const uint8_t *mask, float *theta, float *loss, float *dw, int threads) {
  // No more than MOST_CHUNKS partial gradients, whatever the batch.
  size_t chunk = ck_maximum(ck_block_count(batch, MOST_CHUNKS), PAIRS), stride = ck_round_up(d, CK_LANES);
  size_t chunks = ck_block_count(batch, chunk);
  ck_theta_context context = {
      .batch = batch,
      .words = words,
      .d = d,
      .chunk = chunk,
      .stride = stride,
      .epsilon = (double)epsilon,
      .w = w,
      .difference = difference,
      .mask = mask,
      .theta = theta,
      .loss = loss,
      .dw = dw,
  };
  if (shared) {
    ck_theta_loss_shared_words(&context, threads);
  } else {
    context.streams = dw && ck_streams(dw, batch * words, d, CK_LANES / 2);
    ck_parallel(chunks, threads, own_words, &context);
  }
}
