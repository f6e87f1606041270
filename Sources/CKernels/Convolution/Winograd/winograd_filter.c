#include <stdbool.h>

#include "ck_machine.h"
#include "Convolution/Winograd/winograd.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

typedef struct {
  const ck_winograd_plan *plan;
  size_t kernel;
  const float *w;  // [kernel, kernel, source channels, result channels]
  float *filter;
} work;

CK_INLINE void transform_channel(const size_t r, const work *k, size_t n, size_t channel) {
  const ck_winograd_plan *p = k->plan;
  size_t depth = p->source_channels, columns = p->result_channels, distance = ck_winograd_point_floats(p);
  for (size_t column = 0; column < columns; column += 16) {
    ck_lanes taps[9], rows[CK_POINTS * 3], u[CK_POINTS];
    CK_UNROLLED for (size_t i = 0; i < r; i++) {
      CK_UNROLLED for (size_t j = 0; j < r; j++) {
        ptrdiff_t row = ck_winograd_tap(p->phases[n].taps[0], i, k->kernel);
        ptrdiff_t across = ck_winograd_tap(p->phases[n].taps[1], j, k->kernel);
        taps[i * r + j] = (ck_lanes){0};
        if (row < 0 || across < 0) continue;
        size_t tap = (size_t)row * k->kernel + (size_t)across;
        ck_load(&taps[i * r + j], k->w + (tap * depth + channel) * columns + column);
      }
    }
    CK_UNROLLED for (size_t j = 0; j < r; j++) ck_winograd_filter(r, taps + j, r, rows + j, r);
    size_t first = column / CK_PANEL * CK_PANEL, width = columns - first <= CK_HALF_PANEL ? CK_HALF_PANEL : CK_PANEL;
    float *to = k->filter + n * CK_TILE * distance + first * depth + channel * width + (column - first);
    CK_UNROLLED for (size_t i = 0; i < CK_POINTS; i++) {
      ck_winograd_filter(r, rows + i * r, 1, u, 1);
      CK_UNROLLED for (size_t j = 0; j < CK_POINTS; j++) ck_store(to + (i * CK_POINTS + j) * distance, &u[j]);
    }
  }
}

enum { channel_block = 8 };

CK_INLINE void transform_block_body(void *context, size_t task) {
  const work *k = context;
  size_t blocks = ck_divide_up(k->plan->source_channels, channel_block);
  size_t n = task / blocks, first = task % blocks * channel_block;
  size_t last = ck_minimum(first + channel_block, k->plan->source_channels);
  for (size_t channel = first; channel < last; channel++) {
    if (k->plan->taps == 2) transform_channel(2, k, n, channel);
    else transform_channel(3, k, n, channel);
  }
}
CK_TASK(transform_block)

typedef struct {
  size_t rows, columns;
  const float *from;
  float *to;
} transposition;

// to[tap, j, i] = from[tap, i, j], in square tiles, so that both sides stay in the cache.
CK_INLINE void transpose_tap_body(void *context, size_t tap) {
  const transposition *t = context;
  enum { side = 16 };
  const float *from = t->from + tap * t->rows * t->columns;
  float *to = t->to + tap * t->rows * t->columns;
  for (size_t i0 = 0; i0 < t->rows; i0 += side) {
    for (size_t j0 = 0; j0 < t->columns; j0 += side) {
      for (size_t j = j0; j < ck_minimum(j0 + side, t->columns); j++) {
        for (size_t i = i0; i < ck_minimum(i0 + side, t->rows); i++) to[j * t->rows + i] = from[i * t->columns + j];
      }
    }
  }
}
CK_TASK(transpose_tap)

void ck_winograd_transform_filter(const ck_winograd_plan *plan, const ck_convolution *s, bool forward, const float *w,
                                  float *filter, int threads) {
  size_t taps = s->kernel_height * s->kernel_width, channels = s->in_channels * s->out_channels;
  if (!forward) {
    float *transposed = ck_scratch(CK_SCRATCH_CALL, taps * channels);
    transposition t = {s->in_channels, s->out_channels, w, transposed};
    ck_parallel(taps, threads, transpose_tap, &t);
    w = transposed;
  }
  work k = {plan, s->kernel_width, w, filter};
  ck_parallel(plan->phase_count * ck_divide_up(plan->source_channels, channel_block), threads, transform_block, &k);
}
