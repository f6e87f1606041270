// One pair of the θ loss: what the kernels for a pair's own words and for shared words have in common.
#ifndef CK_THETA_LOSS_H
#define CK_THETA_LOSS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ck_losses.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

enum { LANES = 16, LINE = 64 };

typedef float lanes __attribute__((vector_size(4 * LANES)));
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

CK_INLINE void store(lanes values, float *out) { memcpy(out, &values, sizeof values); }

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
} ck_theta_context;

// The active words of a pair.
typedef struct {
  size_t count;
  uint32_t *word;
} active_words;

// What one active word of a pair adds to the gradient: along_u·u + along_difference·D + along_w·w.
typedef struct {
  float along_u, along_difference, along_w;
} share;

// One pair at work; arrays are padded to `stride`.
typedef struct {
  active_words active;
  const float **row;  // of each active word
  double *theta, *norm;
  share *share;
  const float *difference;
  float *u;
} pair_work;

// MARK: - Scratch

typedef struct {
  char *place;
} arena;

// Room for `arrays` arrays of `bytes` in all, each on lines of its own.
static inline arena arena_of(size_t bytes, size_t arrays) {
  return (arena){(char *)ck_scratch(CK_SCRATCH_TASK, ck_divide_up(bytes + arrays * LINE, sizeof(float)))};
}

static inline void *take(arena *arena, size_t bytes) {
  void *array = arena->place;
  arena->place += ck_round_up(bytes, LINE);
  return array;
}

// The arrays of a pair_work that have an element for each word.
enum {
  WORD_ARRAYS = 5,
  WORD_BYTES = sizeof(uint32_t) + sizeof(float *) + 2 * sizeof(double) + sizeof(share),
};

static inline pair_work work_of(arena *arena, size_t words) {
  pair_work work = {0};
  work.active.word = take(arena, words * sizeof *work.active.word);
  work.row = take(arena, words * sizeof *work.row);
  work.theta = take(arena, words * sizeof *work.theta);
  work.norm = take(arena, words * sizeof *work.norm);
  work.share = take(arena, words * sizeof *work.share);
  return work;
}

// MARK: - A pair

// Copies d values. The last vector overlaps the one before: a copy of a length known only here would be a
// call.
CK_INLINE void copy(size_t d, const float *restrict values, float *restrict out) {
  if (d < LANES) {
    memcpy(out, values, d * sizeof *out);
    return;
  }
  for (size_t i = 0; i + LANES <= d; i += LANES) store(load(values + i), out + i);
  store(load(values + d - LANES), out + d - LANES);
}

// Copies d values and writes zeros behind them, up to `stride`.
CK_INLINE void pad(size_t d, size_t stride, const float *values, float *padded) {
  for (size_t i = d; i < stride; i++) padded[i] = 0;
  copy(d, values, padded);
}

CK_INLINE void list_active(const ck_theta_context *context, size_t pair, active_words *active) {
  const uint8_t *mask = context->mask + pair * context->words;
  size_t count = 0;
  for (size_t word = 0; word < context->words; word++) {
    active->word[count] = (uint32_t)word;
    count += mask[word] != 0;
  }
  active->count = count;
}

// θ of each active word, and n.
CK_INLINE void project(const ck_theta_context *context, pair_work *work, float *theta) {
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
CK_INLINE double residual(const ck_theta_context *context, pair_work *work) {
  wide_lanes square = {0};
  for (size_t i = 0; i < context->stride; i += LANES) {
    wide_lanes u = -__builtin_convertvector(load(work->difference + i), wide_lanes);
    for (size_t index = 0; index < work->active.count; index++) {
      u += work->theta[index] * __builtin_convertvector(load(work->row[index] + i), wide_lanes);
    }
    square += u * u;
    store(__builtin_convertvector(u, lanes), work->u + i);
  }
  return sum_of(square);
}

CK_INLINE void share_out(const ck_theta_context *context, pair_work *work) {
  double weight = 2 / ((double)context->d * (double)context->batch);
  for (size_t index = 0; index < work->active.count; index++) {
    const float *row = work->row[index];
    lanes product = {0};
    for (size_t i = 0; i < context->stride; i += LANES) product += load(work->u + i) * load(row + i);
    double theta = work->theta[index], slope = weight * sum_of_lanes(product) / work->norm[index];
    work->share[index] = (share){(float)(weight * theta), (float)slope, (float)(-2 * slope * theta)};
  }
}

// MARK: - Shared words

void ck_theta_loss_shared_words(ck_theta_context *context, int threads);

#endif
