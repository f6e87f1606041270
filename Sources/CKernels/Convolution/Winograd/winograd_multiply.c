// Winograd's convolution forward and transposed, given the transformed filter.
//
// Goals, in order: (1) the same bits for any number of threads; (2) transformed tiles that stay in the second-level
// cache from their making to their use, while the filter, nine times as large as untransformed, streams past from the
// third; (3) few passes over memory: bias and activation are applied as the outputs are made.
// A task is a block of tiles. Where that leaves threads without one, as with a single picture, blocks are smaller,
// and where the filter is too large to be read for each, a task is some columns of the result instead, and all tiles
// are transformed before. Rejected: doing so for all batches (36/25 of the activations through memory, twice), and to
// transform a tile again for each block of columns, which takes a fifth longer on one thread.

#include <stdbool.h>

#include "ck_machine.h"
#include "Convolution/Winograd/winograd_tiles.h"
#include "Machine/caches.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

typedef struct {
  const ck_winograd_plan *plan;
  const float *source, *filter, *bias;
  float slope;
  float *result;
  size_t block_tiles, block_columns, column_blocks;
  float *points;  // of all tiles, for each phase of its own source; NULL where a task transforms its tiles itself
  bool streams;   // the result goes past the caches
} work;

static size_t point_distance(size_t tiles, size_t channels) {
  // One line more, so that the 36 points of a tile do not compete for the same lines of the cache.
  return tiles * channels + 16;
}

static bool same(const ck_winograd_axis a[2], const ck_winograd_axis b[2]) {
  return a[0].first == b[0].first && a[0].step == b[0].step && a[1].first == b[1].first && a[1].step == b[1].step;
}

// Whether a phase reads other tiles than the one before.
static bool has_own_source(const ck_winograd_plan *p, size_t n) {
  return n == 0 || !same(p->phases[n].source, p->phases[n - 1].source);
}

CK_INLINE void transform_source(const work *w, const ck_winograd_phase *phase, size_t first, size_t count,
                                float *points, size_t distance) {
  const ck_winograd_plan *p = w->plan;
  size_t channels = p->source_channels;
  for (size_t n = 0; n < count; n++) {
    ck_window window =
        ck_window_of(p, phase->source, first + n, w->source, p->source_height, p->source_width, channels, CK_POINTS);
    ck_transform_window(&window, channels, points + n * channels, distance);
  }
}

// The outputs of one tile in 16 channels: Aᵀ·s·A, bias, activation.
CK_INLINE void transform_sums(const size_t outputs, const float *sums, size_t distance, const ck_lanes *bias,
                              float slope, ck_lanes *y) {
  ck_lanes columns[5 * CK_POINTS];
  CK_UNROLLED for (size_t j = 0; j < CK_POINTS; j++) {
    ck_lanes s[CK_POINTS];
    CK_UNROLLED for (size_t i = 0; i < CK_POINTS; i++) ck_load(&s[i], sums + (i * CK_POINTS + j) * distance);
    ck_winograd_output(outputs, s, 1, columns + j, CK_POINTS);
  }
  CK_UNROLLED for (size_t i = 0; i < outputs; i++) {
    ck_winograd_output(outputs, columns + i * CK_POINTS, 1, y + i * outputs, 1);
    CK_UNROLLED for (size_t j = 0; j < outputs; j++) {
      y[i * outputs + j] += *bias;
      ck_leak(&y[i * outputs + j], slope);
    }
  }
}

// Some tiles in `columns` channels, those from `column` on.
CK_INLINE void store_tiles(const size_t outputs, const work *w, const ck_winograd_phase *phase, size_t first,
                           size_t count, size_t column, size_t columns, const float *sums, size_t distance) {
  const ck_winograd_plan *p = w->plan;
  size_t channels = p->result_channels;
  for (size_t n = 0; n < count; n++) {
    ck_window window =
        ck_window_of(p, phase->result, first + n, w->result, p->result_height, p->result_width, channels, outputs);
    for (size_t c = 0; c < columns; c += 16) {
      ck_lanes y[25], bias = {0};
      if (w->bias) ck_load(&bias, w->bias + column + c);
      transform_sums(outputs, sums + n * columns + c, distance, &bias, w->slope, y);
      float *to = (float *)window.pixels + column + c;
      bool whole = window.first_row == 0 && window.end_row == outputs && window.first_column == 0 &&
                   window.end_column == outputs;
      CK_UNROLLED for (size_t i = 0; i < outputs; i++) {
        bool row_inside = i >= window.first_row && i < window.end_row;
        CK_UNROLLED for (size_t j = 0; j < outputs; j++) {
          if (whole || (row_inside && j >= window.first_column && j < window.end_column)) {
            float *pixel = to + (ptrdiff_t)i * window.row_distance + (ptrdiff_t)j * window.column_distance;
            if (w->streams) ck_stream(pixel, &y[i * outputs + j]);
            else ck_store(pixel, &y[i * outputs + j]);
          }
        }
      }
    }
  }
}

// The points of one tile, for all tasks.
CK_INLINE void transform_tile_body(void *context, size_t task) {
  const work *w = context;
  const ck_winograd_plan *p = w->plan;
  size_t n = task / p->tiles, tile = task % p->tiles, distance = point_distance(p->tiles, p->source_channels);
  if (!has_own_source(p, n)) return;
  float *points = w->points + n * CK_TILE * distance + tile * p->source_channels;
  transform_source(w, &p->phases[n], tile, 1, points, distance);
}
CK_TASK(transform_tile)

CK_INLINE void multiply_block_body(void *context, size_t task) {
  const work *w = context;
  const ck_winograd_plan *p = w->plan;
  size_t first = task / w->column_blocks * w->block_tiles, count = ck_minimum(w->block_tiles, p->tiles - first);
  size_t column = task % w->column_blocks * w->block_columns, depth = p->source_channels;
  size_t columns = ck_minimum(w->block_columns, p->result_channels - column);
  size_t distance = point_distance(w->points ? p->tiles : w->block_tiles, depth);
  size_t sum_distance = point_distance(w->block_tiles, columns), point_floats = ck_winograd_point_floats(p);
  size_t own_floats = w->points ? 0 : CK_TILE * distance;
  float *own = ck_scratch(CK_SCRATCH_TASK, own_floats + CK_TILE * sum_distance), *sums = own + own_floats;
  const float *points = own;
  for (size_t n = 0; n < p->phase_count; n++) {
    const ck_winograd_phase *phase = &p->phases[n];
    if (has_own_source(p, n)) {
      if (w->points) points = w->points + n * CK_TILE * distance + first * depth;
      else transform_source(w, phase, first, count, own, distance);
    }
    bool adds = n > 0 && same(phase->result, phase[-1].result);
    for (size_t point = 0; point < CK_TILE; point++) {
      const float *filter = w->filter + (n * CK_TILE + point) * point_floats + column * depth;
      ck_panels_multiply(count, columns, depth, (ck_matrix){points + point * distance, depth, 1},
                         ck_packed_panels(filter, depth), adds, sums + point * sum_distance, columns);
    }
    if (n + 1 < p->phase_count && same(phase->result, phase[1].result)) continue;
    if (p->outputs == 4) store_tiles(4, w, phase, first, count, column, columns, sums, sum_distance);
    else store_tiles(5, w, phase, first, count, column, columns, sums, sum_distance);
  }
  ck_end_streams(w->streams);
}
CK_TASK(multiply_block)

// Cuts the work; no element depends on how. Blocks of as many tiles as keep points and sums in half of the
// second-level cache; many repay the way of a filter that no cache holds.
static void cut(work *w, size_t parts) {
  enum { least_tiles = 4, many_tiles = 64, cached_floats = 1 << 22 };
  const ck_winograd_plan *p = w->plan;
  size_t tile_floats = CK_TILE * (p->source_channels + p->result_channels);
  size_t fitting = ck_second_cache_bytes() / 2 / sizeof(float) / tile_floats;
  size_t shared = ck_maximum(ck_divide_up(p->tiles, parts), least_tiles);
  bool is_cached = ck_winograd_filter_floats(p) <= cached_floats;
  size_t most = is_cached ? ck_minimum(ck_maximum(fitting, least_tiles), shared) : many_tiles;
  size_t blocks = ck_divide_up(p->tiles, most);
  w->block_tiles = ck_divide_up(p->tiles, blocks);
  w->block_columns = p->result_channels;
  while (blocks * ck_divide_up(p->result_channels, w->block_columns) < parts && w->block_columns >= 2 * CK_PANEL) {
    w->block_columns = ck_round_up(w->block_columns / 2, CK_PANEL);
  }
  w->column_blocks = ck_divide_up(p->result_channels, w->block_columns);
}

void ck_winograd_multiply(const ck_winograd_plan *plan, const float *source, const float *filter, const float *bias,
                          float slope, float *result, int threads) {
  if (plan->tiles == 0) return;
  work w = {.plan = plan, .source = source, .filter = filter, .bias = bias, .slope = slope, .result = result};
  cut(&w, ck_parts_for(threads));
  size_t pixels = plan->tiles / plan->tile_rows / plan->tile_columns * plan->result_height * plan->result_width;
  w.streams = ck_streams(result, pixels, plan->result_channels, CK_LANES);
  if (w.column_blocks > 1) {
    size_t floats = plan->phase_count * CK_TILE * point_distance(plan->tiles, plan->source_channels);
    w.points = ck_scratch(CK_SCRATCH_CALL, floats);
    ck_parallel(plan->phase_count * plan->tiles, threads, transform_tile, &w);
  }
  ck_parallel(ck_divide_up(plan->tiles, w.block_tiles) * w.column_blocks, threads, multiply_block, &w);
}
