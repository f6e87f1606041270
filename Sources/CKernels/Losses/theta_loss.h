// One pair of the θ loss: what the kernels for a pair's own words and for shared words have in common.
#ifndef CK_THETA_LOSS_H
#define CK_THETA_LOSS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ck_losses.h"
#include "Machine/blocks.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

enum { LINE = 64 };

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

static inline void *carve(arena *arena, size_t bytes) {
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
  work.active.word = carve(arena, words * sizeof *work.active.word);
  work.row = carve(arena, words * sizeof *work.row);
  work.theta = carve(arena, words * sizeof *work.theta);
  work.norm = carve(arena, words * sizeof *work.norm);
  work.share = carve(arena, words * sizeof *work.share);
  return work;
}

// MARK: - A pair

CK_INLINE void copy_lanes(const float *restrict values, float *restrict out) {
  ck_lanes v;
  ck_load(&v, values);
  ck_store(out, &v);
}

// Copies d values. The last vector overlaps the one before: a copy of a length known only here would be a
// call.
CK_INLINE void copy(size_t d, const float *restrict values, float *restrict out) {
  if (d < CK_LANES) {
    memcpy(out, values, d * sizeof *out);
    return;
  }
  for (size_t i = 0; i + CK_LANES <= d; i += CK_LANES) copy_lanes(values + i, out + i);
  copy_lanes(values + d - CK_LANES, out + d - CK_LANES);
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
    ck_lanes norm = {0}, product = {0}, w, difference;
    for (size_t i = 0; i < context->stride; i += CK_LANES) {
      ck_load(&w, row + i);
      ck_load(&difference, work->difference + i);
      norm += w * w;
      product += w * difference;
    }
    work->norm[index] = ck_sum(&norm) + context->epsilon;
    work->theta[index] = ck_sum(&product) / work->norm[index];
    theta[work->active.word[index]] = (float)work->theta[index];
  }
}

// u = Σ θ_j w_j − D; returns ‖u‖².
CK_INLINE double residual(const ck_theta_context *context, pair_work *work) {
  ck_wide_lanes square = {0}, u, w;
  ck_lanes narrow;
  for (size_t i = 0; i < context->stride; i += CK_LANES) {
    ck_load(&narrow, work->difference + i);
    ck_widen(&u, &narrow);
    u = -u;
    for (size_t index = 0; index < work->active.count; index++) {
      ck_load(&narrow, work->row[index] + i);
      ck_widen(&w, &narrow);
      u += work->theta[index] * w;
    }
    square += u * u;
    ck_narrow(&narrow, &u);
    ck_store(work->u + i, &narrow);
  }
  return ck_wide_sum(&square);
}

CK_INLINE void share_out(const ck_theta_context *context, pair_work *work) {
  double weight = 2 / ((double)context->d * (double)context->batch);
  for (size_t index = 0; index < work->active.count; index++) {
    const float *row = work->row[index];
    ck_lanes product = {0}, u, w;
    for (size_t i = 0; i < context->stride; i += CK_LANES) {
      ck_load(&u, work->u + i);
      ck_load(&w, row + i);
      product += u * w;
    }
    double theta = work->theta[index], slope = weight * ck_sum(&product) / work->norm[index];
    work->share[index] = (share){(float)(weight * theta), (float)slope, (float)(-2 * slope * theta)};
  }
}

// MARK: - Shared words

void ck_theta_loss_shared_words(ck_theta_context *context, int threads);

#endif
