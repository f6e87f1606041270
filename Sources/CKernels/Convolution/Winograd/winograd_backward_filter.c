// The gradient of a filter among Winograd's points: dw = Gᵀ·[Σ over tiles (Bᵀ·x·B) ⊗ (A·dy·Aᵀ)]·G for each phase.
//
// It is the adjoint of the forward convolution in the filter, so the 36 products stand for m²·r² here too.
// Goals, in order: (1) the same bits for any number of threads: a task is one phase over one slice of the tiles, both
// fixed by the shape, and slices are added in order; (2) long inner products: the 36 sums of a phase do not fit the
// second-level cache, so each visit of them takes many tiles.

#include "ck_machine.h"
#include "Convolution/slices.h"
#include "Convolution/Winograd/winograd_tiles.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

typedef struct {
  ck_winograd_plan plan;
  size_t kernel;
  const float *x, *dy;
  float *dw, *partial;  // of slice 0, and of the others
  size_t slices, slice_tiles, block_tiles;
} work;

// points[36][tiles][channels] of a tile of dy: A·dy·Aᵀ.
CK_INLINE void transform_cotangents(const size_t outputs, const ck_window *window, size_t channels, float *points,
                                    size_t point_distance) {
  for (size_t channel = 0; channel < channels; channel += 16) {
    ck_lanes y[25], columns[5 * CK_POINTS], rows[CK_POINTS];
    ck_window_load(window, channel, outputs, y);
    CK_UNROLLED for (size_t j = 0; j < outputs; j++) {
      ck_winograd_output_adjoint(outputs, y + j, outputs, columns + j, outputs);
    }
    CK_UNROLLED for (size_t i = 0; i < CK_POINTS; i++) {
      ck_winograd_output_adjoint(outputs, columns + i * outputs, 1, rows, 1);
      CK_UNROLLED for (size_t j = 0; j < CK_POINTS; j++) {
        ck_store(points + (i * CK_POINTS + j) * point_distance + channel, &rows[j]);
      }
    }
  }
}

CK_INLINE void transform_tiles(const work *w, const ck_winograd_phase *phase, size_t first, size_t count, float *data,
                               size_t data_distance, float *cotangents, size_t cotangent_distance) {
  const ck_winograd_plan *p = &w->plan;
  size_t in = p->source_channels, out = p->result_channels;
  for (size_t n = 0; n < count; n++) {
    ck_window window =
        ck_window_of(p, phase->source, first + n, w->x, p->source_height, p->source_width, in, CK_POINTS);
    ck_transform_window(&window, in, data + n * in, data_distance);
    window = ck_window_of(p, phase->result, first + n, w->dy, p->result_height, p->result_width, out, p->outputs);
    if (p->outputs == 4) transform_cotangents(4, &window, out, cotangents + n * out, cotangent_distance);
    else transform_cotangents(5, &window, out, cotangents + n * out, cotangent_distance);
  }
}

// The taps of a phase: Gᵀ·sums·G.
CK_INLINE void transform_sums(const size_t r, const work *w, const ck_winograd_phase *phase, const float *sums,
                              size_t distance, float *dw) {
  size_t floats = w->plan.source_channels * w->plan.result_channels;
  for (size_t i = 0; i < floats; i += 16) {
    ck_lanes points[CK_POINTS], columns[3 * CK_POINTS], taps[3];
    CK_UNROLLED for (size_t q = 0; q < CK_POINTS; q++) {
      CK_UNROLLED for (size_t p = 0; p < CK_POINTS; p++) {
        ck_load(&points[p], sums + (p * CK_POINTS + q) * distance + i);
      }
      ck_winograd_filter_adjoint(r, points, 1, columns + q, CK_POINTS);
    }
    CK_UNROLLED for (size_t u = 0; u < r; u++) {
      ck_winograd_filter_adjoint(r, columns + u * CK_POINTS, 1, taps, 1);
      CK_UNROLLED for (size_t v = 0; v < r; v++) {
        ptrdiff_t row = ck_winograd_tap(phase->taps[0], u, w->kernel);
        ptrdiff_t column = ck_winograd_tap(phase->taps[1], v, w->kernel);
        if (row < 0 || column < 0) continue;
        ck_store(dw + ((size_t)row * w->kernel + (size_t)column) * floats + i, &taps[v]);
      }
    }
  }
}

CK_INLINE void sum_slice_body(void *context, size_t task) {
  const work *w = context;
  const ck_winograd_plan *p = &w->plan;
  const ck_winograd_phase *phase = &p->phases[task % p->phase_count];
  size_t slice = task / p->phase_count, in = p->source_channels, out = p->result_channels;
  size_t data_distance = w->block_tiles * in + 16, cotangent_distance = w->block_tiles * out + 16;
  size_t sum_distance = in * out + 16;
  float *sums = ck_scratch(CK_SCRATCH_TASK, CK_TILE * (sum_distance + data_distance + cotangent_distance));
  float *data = sums + CK_TILE * sum_distance, *cotangents = data + CK_TILE * data_distance;
  size_t begin = slice * w->slice_tiles, end = ck_minimum(begin + w->slice_tiles, p->tiles);
  for (size_t first = begin; first < end; first += w->block_tiles) {
    size_t count = ck_minimum(w->block_tiles, end - first);
    transform_tiles(w, phase, first, count, data, data_distance, cotangents, cotangent_distance);
    for (size_t point = 0; point < CK_TILE; point++) {
      ck_panels_multiply(in, out, count, (ck_matrix){data + point * data_distance, 1, in},
                         (ck_panels){cotangents + point * cotangent_distance, CK_PANEL, out}, first > begin,
                         sums + point * sum_distance, out);
    }
  }
  float *dw = slice == 0 ? w->dw : w->partial + (slice - 1) * w->kernel * w->kernel * in * out;
  if (p->taps == 2) transform_sums(2, w, phase, sums, sum_distance, dw);
  else transform_sums(3, w, phase, sums, sum_distance, dw);
}
CK_TASK(sum_slice)

void ck_winograd_backward_filter(const ck_convolution *s, const float *x, const float *dy, float *dw, int threads) {
  work w = {.plan = ck_winograd_forward_plan(s), .kernel = s->kernel_height, .x = x, .dy = dy, .dw = dw};
  size_t total = s->kernel_height * s->kernel_width * s->in_channels * s->out_channels;
  // Enough tasks for the threads that machines have, but slices of some hundred tiles.
  enum { most_slices = 4, least_tiles = 256 };
  w.block_tiles = 64;
  w.slices = ck_maximum(1, ck_minimum(most_slices, w.plan.tiles / least_tiles));
  w.slice_tiles = ck_divide_up(w.plan.tiles, w.slices);
  w.slices = ck_divide_up(w.plan.tiles, w.slice_tiles);
  w.partial = ck_scratch(CK_SCRATCH_CALL, (w.slices - 1) * total);
  ck_parallel(w.slices * w.plan.phase_count, threads, sum_slice, &w);
  ck_add_slices(w.partial, w.slices - 1, total, dw, threads);
}
