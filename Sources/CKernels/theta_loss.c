// The θ loss and its gradient, fused.
//
// Goals, in order:
// 1. Correct, the derivative of θ included. With n = ⟨w, w⟩ + ε and θ = ⟨w, D⟩/n,
//      ∂θ/∂w = D/n − ⟨w, D⟩·2w/n² = (D − 2θw)/n,
//    and, as loss = ‖u‖²/d with u = Σ θ_j w_j − D,
//      ∂loss/∂w_j = (2/d)·[θ_j u + ⟨u, w_j⟩·∂θ_j/∂w_j].
// 2. Accurate where the words explain D. u nearly cancels there, so it is accumulated in double, in registers, and
//    rounded once. Inner products are taken in 16 single-precision lanes, whose sum is taken in double. That is
//    enough: θ is where ‖u‖² is least, so its rounding moves the loss by the square only, and ⟨u, w⟩ is as exact
//    as u.
// 3. Deterministic: a pair is one thread's; with shared words the gradients of fixed chunks of pairs are summed
//    in order.
// 4. Fast: inactive words are never read, and the active ones of a pair are gathered once, padded with zeros to
//    whole vectors, into a block that stays in the first-level cache. With words of its own a pair's time is that
//    of its memory: the words of the next pair are fetched meanwhile.
// Rejected: one matrix product over all words, which multiplies the three quarters that are inactive, and needs a
// second product for ⟨u, w⟩; and inner products in double, which take twice the time for nothing (2).
#include <stdatomic.h>
#include <string.h>

#include "CKernels.h"
#include "blocks.h"
#include "private.h"

enum { PAIRS = 16, MOST_CHUNKS = 32, LANES = 16, STREAMED = 8, LINE = 64, STREAMED_FROM = 4 << 20 };

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float streamed __attribute__((vector_size(4 * STREAMED)));
typedef double wide_lanes __attribute__((vector_size(8 * LANES)));
typedef double half_lanes __attribute__((vector_size(4 * LANES)));
typedef double quarter_lanes __attribute__((vector_size(2 * LANES)));
typedef double two_lanes __attribute__((vector_size(LANES)));

// Vectors are passed only among functions that are inlined, so no calling convention is touched.
#pragma clang diagnostic ignored "-Wpsabi"

CK_INLINE lanes load(const float *values) {
  lanes result;
  memcpy(&result, values, sizeof result);
  return result;
}

CK_INLINE double sum_of(wide_lanes x) {
  half_lanes a = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                 __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  quarter_lanes b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  two_lanes c = __builtin_shufflevector(b, b, 0, 1) + __builtin_shufflevector(b, b, 2, 3);
  return c[0] + c[1];
}

CK_INLINE double sum_of_lanes(lanes x) { return sum_of(__builtin_convertvector(x, wide_lanes)); }

typedef struct {
  size_t batch, words, d, chunk;
  size_t stride;  // d rounded up to whole vectors
  bool streams;   // the gradient goes past the caches
  double epsilon;
  const float *w, *difference;
  const uint8_t *mask;
  float *theta, *loss, *dw;
  const float *padded;  // shared words, [words, stride]
  float *partial;       // [chunks, words, stride] where words are shared and a gradient is wanted
} context_t;

// The active words of a pair.
typedef struct {
  size_t count;
  uint32_t *word;
} active_words;

// What one active word of a pair adds to the gradient: along_u·u + along_difference·D + along_w·w.
typedef struct {
  float along_u, along_difference, along_w;
} share;

typedef struct {
  size_t place;  // of the pair's u and D
  share share;
} pair_share;

// One pair at work; arrays are padded to `stride`.
typedef struct {
  active_words active;
  const float **row;  // of each active word
  double *theta, *norm;
  const float *difference;
  float *u;
} pair_work;

// MARK: - Scratch

typedef struct {
  char *place;
} arena;

// Room for `arrays` arrays of `bytes` in all, each on lines of its own.
static arena arena_of(size_t bytes, size_t arrays) {
  return (arena){(char *)ck_scratch(CK_SCRATCH_TASK, ck_divide_up(bytes + arrays * LINE, sizeof(float)))};
}

static void *take(arena *arena, size_t bytes) {
  void *array = arena->place;
  arena->place += ck_round_up(bytes, LINE);
  return array;
}

// The arrays of a pair_work that have an element for each word.
enum { WORD_ARRAYS = 5, WORD_BYTES = 2 * sizeof(uint32_t) + sizeof(float *) + 2 * sizeof(double) };

static pair_work work_of(arena *arena, size_t words) {
  pair_work work = {0};
  work.active.word = take(arena, words * sizeof *work.active.word);
  work.row = take(arena, words * sizeof *work.row);
  work.theta = take(arena, words * sizeof *work.theta);
  work.norm = take(arena, words * sizeof *work.norm);
  return work;
}

// MARK: - A pair

// Writes `count` ≥ d values, zeros behind the first d.
CK_INLINE void pad(size_t d, size_t count, const float *values, float *padded) {
  memcpy(padded, values, d * sizeof *values);
  for (size_t i = d; i < count; i++) padded[i] = 0;
}

CK_INLINE void list_active(const context_t *context, size_t pair, active_words *active) {
  const uint8_t *mask = context->mask + pair * context->words;
  size_t count = 0;
  for (size_t word = 0; word < context->words; word++) {
    active->word[count] = (uint32_t)word;
    count += mask[word] != 0;
  }
  active->count = count;
}

// θ of each active word, and n.
CK_INLINE void project(const context_t *context, pair_work *work, float *theta) {
  for (size_t word = 0; word < context->words; word++) theta[word] = 0;
  for (size_t index = 0; index < work->active.count; index++) {
    const float *row = work->row[index];
    lanes norm = {0}, product = {0};
    for (size_t i = 0; i < context->stride; i += LANES) {
      lanes w = load(row + i);
      norm += w * w;
      product += w * load(work->difference + i);
    }
    work->norm[index] = sum_of_lanes(norm) + context->epsilon;
    work->theta[index] = sum_of_lanes(product) / work->norm[index];
    theta[work->active.word[index]] = (float)work->theta[index];
  }
}

// u = Σ θ_j w_j − D; returns ‖u‖².
CK_INLINE double residual(const context_t *context, pair_work *work) {
  wide_lanes square = {0};
  for (size_t i = 0; i < context->stride; i += LANES) {
    wide_lanes u = -__builtin_convertvector(load(work->difference + i), wide_lanes);
    for (size_t index = 0; index < work->active.count; index++) {
      u += work->theta[index] * __builtin_convertvector(load(work->row[index] + i), wide_lanes);
    }
    square += u * u;
    lanes rounded = __builtin_convertvector(u, lanes);
    memcpy(work->u + i, &rounded, sizeof rounded);
  }
  return sum_of(square);
}

CK_INLINE share share_of(const context_t *context, const pair_work *work, size_t index) {
  lanes product = {0};
  for (size_t i = 0; i < context->stride; i += LANES) {
    product += load(work->u + i) * load(work->row[index] + i);
  }
  double weight = 2 / ((double)context->d * (double)context->batch), theta = work->theta[index];
  double slope = weight * sum_of_lanes(product) / work->norm[index];
  return (share){(float)(weight * theta), (float)slope, (float)(-2 * slope * theta)};
}

// MARK: - Words of a pair's own

CK_INLINE void fetch(const float *values, size_t count) {
  for (size_t i = 0; i < count; i += LINE / sizeof *values) __builtin_prefetch(values + i);
}

// Writes the first `count` ≤ LANES values.
CK_INLINE void write(const context_t *context, lanes values, size_t count, float *out) {
  if (context->streams) {
    __builtin_nontemporal_store(__builtin_shufflevector(values, values, 0, 1, 2, 3, 4, 5, 6, 7),
                                (streamed *)out);
    if (count <= STREAMED) return;
    __builtin_nontemporal_store(__builtin_shufflevector(values, values, 8, 9, 10, 11, 12, 13, 14, 15),
                                (streamed *)(out + STREAMED));
  } else if (count == LANES) {
    memcpy(out, &values, sizeof values);
  } else {
    memcpy(out, &values, count * sizeof *out);
  }
}

CK_INLINE void write_zeros(const context_t *context, size_t count, float *out) {
  if (!context->streams) {
    memset(out, 0, count * sizeof *out);
    return;
  }
  for (size_t i = 0; i < count; i += LANES) write(context, (lanes){0}, ck_minimum(LANES, count - i), out + i);
}

CK_INLINE void write_gradients(const context_t *context, const pair_work *work, float *out) {
  size_t d = context->d, next = 0;
  for (size_t index = 0; index < work->active.count; index++) {
    size_t word = work->active.word[index];
    write_zeros(context, (word - next) * d, out + next * d);
    next = word + 1;
    share share = share_of(context, work, index);
    const float *row = work->row[index];
    for (size_t i = 0; i < d; i += LANES) {
      lanes gradient = share.along_u * load(work->u + i) +
                       (share.along_difference * load(work->difference + i) + share.along_w * load(row + i));
      write(context, gradient, ck_minimum(LANES, d - i), out + word * d + i);
    }
  }
  write_zeros(context, (context->words - next) * d, out + next * d);
}

CK_INLINE void own_words_body(void *opaque, size_t chunk) {
  const context_t *context = opaque;
  size_t words = context->words, d = context->d, stride = context->stride;
  ck_range range = ck_block_range(context->batch, context->chunk, chunk);
  arena arena = arena_of((words + 2) * stride * sizeof(float) + words * WORD_BYTES, WORD_ARRAYS + 1);
  float *rows = take(&arena, words * stride * sizeof *rows);
  float *difference = take(&arena, stride * sizeof *difference);
  pair_work work = work_of(&arena, words);
  work.difference = difference;
  work.u = take(&arena, stride * sizeof *work.u);
  active_words next = {0, take(&arena, words * sizeof *next.word)};
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
      memcpy(rows + index * stride, w + active.word[index] * d, d * sizeof *rows);
    }
    if (pair + 1 < range.end) {
      list_active(context, pair + 1, &next);
      for (size_t index = 0; index < next.count; index++) fetch(w + (words + next.word[index]) * d, d);
    }
    pad(d, stride, context->difference + pair * d, difference);
    project(context, &work, context->theta + pair * words);
    context->loss[pair] = (float)(residual(context, &work) / (double)d);
    if (context->dw) write_gradients(context, &work, context->dw + pair * words * d);
  }
  // Streamed stores reach other threads in no order of their own.
  if (context->streams) atomic_thread_fence(memory_order_seq_cst);
}
CK_TASK(own_words)

// MARK: - Shared words

// The gradient of a word is the sum over its pairs, taken when all pairs of the chunk have their u: the sum then
// stays in registers.
CK_INLINE void shared_words_body(void *opaque, size_t chunk) {
  const context_t *context = opaque;
  size_t words = context->words, d = context->d, stride = context->stride, pairs = context->chunk;
  ck_range range = ck_block_range(context->batch, pairs, chunk);
  size_t bytes = (2 * pairs * stride * sizeof(float)) + words * (WORD_BYTES + pairs * sizeof(pair_share)) +
                 words * sizeof(size_t);
  arena arena = arena_of(bytes, WORD_ARRAYS + 4);
  float *differences = take(&arena, pairs * stride * sizeof *differences);
  float *us = take(&arena, pairs * stride * sizeof *us);
  pair_share *shares = take(&arena, words * pairs * sizeof *shares);
  size_t *counts = take(&arena, words * sizeof *counts);
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
    for (size_t index = 0; context->partial && index < work.active.count; index++) {
      size_t word = work.active.word[index];
      shares[word * pairs + counts[word]++] = (pair_share){place, share_of(context, &work, index)};
    }
  }
  for (size_t word = 0; context->partial && word < words; word++) {
    const pair_share *mine = shares + word * pairs;
    float along_w = 0, *out = context->partial + (chunk * words + word) * stride;
    for (size_t index = 0; index < counts[word]; index++) along_w += mine[index].share.along_w;
    for (size_t i = 0; i < stride; i += LANES) {
      lanes sum = along_w * load(context->padded + word * stride + i);
      for (size_t index = 0; index < counts[word]; index++) {
        share share = mine[index].share;
        size_t place = mine[index].place + i;
        sum += share.along_u * load(us + place) + share.along_difference * load(differences + place);
      }
      memcpy(out + i, &sum, sizeof sum);
    }
  }
}
CK_TASK(shared_words)

// dw of a word: the sum over the chunks.
CK_INLINE void sum_chunks_body(void *opaque, size_t word) {
  const context_t *context = opaque;
  size_t d = context->d, chunks = ck_block_count(context->batch, context->chunk);
  for (size_t i = 0; i < d; i += LANES) {
    wide_lanes sum = {0};
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      const float *part = context->partial + (chunk * context->words + word) * context->stride;
      sum += __builtin_convertvector(load(part + i), wide_lanes);
    }
    write(context, __builtin_convertvector(sum, lanes), ck_minimum(LANES, d - i), context->dw + word * d + i);
  }
}
CK_TASK(sum_chunks)

// MARK: - Entry point

// A gradient that the caches cannot hold would only push out what they do hold.
static bool streams(size_t values, size_t d, const float *dw) {
  return values >= STREAMED_FROM && d % STREAMED == 0 && (uintptr_t)dw % sizeof(streamed) == 0;
}

void ck_theta_loss(size_t batch, size_t words, size_t d, bool shared, float epsilon, const float *w,
                   const float *difference, const uint8_t *mask, float *theta, float *loss, float *dw,
                   int threads) {
  // No more than MOST_CHUNKS partial gradients, whatever the batch.
  size_t chunk = ck_maximum(ck_block_count(batch, MOST_CHUNKS), PAIRS), stride = ck_round_up(d, LANES);
  size_t chunks = ck_block_count(batch, chunk);
  context_t context = {
      .batch = batch, .words = words, .d = d, .chunk = chunk, .stride = stride, .epsilon = (double)epsilon,
      .w = w, .difference = difference, .mask = mask, .theta = theta, .loss = loss, .dw = dw,
  };
  if (!shared) {
    context.streams = dw && streams(batch * words * d, d, dw);
    ck_parallel(chunks, threads, own_words, &context);
    return;
  }
  float *padded = ck_scratch(CK_SCRATCH_CALL, (1 + (dw ? chunks : 0)) * words * stride);
  for (size_t word = 0; word < words; word++) pad(d, stride, w + word * d, padded + word * stride);
  context.padded = padded;
  if (dw) context.partial = padded + words * stride;
  ck_parallel(chunks, threads, shared_words, &context);
  if (dw) ck_parallel(words, threads, sum_chunks, &context);
}
