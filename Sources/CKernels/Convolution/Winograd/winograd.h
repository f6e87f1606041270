// Winograd's convolution for kernels of 2 or 3 taps a phase, in both directions.
//
// A convolution of stride s is the sum of s × s convolutions of stride 1, each of one phase of the input (every s-th
// row and column) with one phase of the kernel; a transposed convolution is s × s convolutions of stride 1, one for
// each phase of the output. A 4×4 kernel of stride 2 has phases of 2×2, a 5×5 one phases of at most 3×3. All of them
// work on tiles with six points a side, so that m × m outputs, m = 7 − r, cost 36 multiplications instead of m²·r²:
// 2.8 times fewer for a phase of 2×2, 4 times for one of 3×3. Docs/Derivations/winograd.md has the mathematics.
#ifndef CK_WINOGRAD_H
#define CK_WINOGRAD_H

#include <stdbool.h>

#include "ck_convolution.h"
#include "Convolution/Winograd/winograd_transforms.h"
#include "Matrices/panels.h"

enum { CK_TILE = CK_POINTS * CK_POINTS, CK_MOST_PHASES = 4 };

// Rows or columns that a tile touches: first + step·(tile·m + i) for i = 0, 1, …; there are zeros outside of the
// picture.
typedef struct {
  ptrdiff_t first, step;
} ck_winograd_axis;

// One of the convolutions of stride 1 that a strided one consists of; each array has an entry for rows and one for
// columns.
typedef struct {
  ck_winograd_axis source[2], result[2];
  ck_winograd_axis taps[2];  // tap u is that tap of the whole kernel, and zero where there is none
} ck_winograd_phase;

typedef struct {
  size_t source_height, source_width, source_channels;
  size_t result_height, result_width, result_channels;
  size_t taps, outputs;                   // r and m
  size_t tile_rows, tile_columns, tiles;  // of one image; of the batch
  size_t phase_count;
  // Phases of equal source follow each other, and so do those of equal result.
  ck_winograd_phase phases[CK_MOST_PHASES];
} ck_winograd_plan;

// Whether a convolution can be computed this way: a square kernel with 2 or 3 taps a phase, stride 1 or 2, whole
// vectors of channels.
bool ck_winograd_fits(const ck_convolution *shape);

// Forward, and the transposed convolution, whose source is dy and whose result dx.
ck_winograd_plan ck_winograd_forward_plan(const ck_convolution *shape);
ck_winograd_plan ck_winograd_backward_input_plan(const ck_convolution *shape);

// Tap u of the whole kernel, `kernel` long, or −1 where it has none.
static inline ptrdiff_t ck_winograd_tap(ck_winograd_axis taps, size_t u, size_t kernel) {
  ptrdiff_t tap = taps.first + taps.step * (ptrdiff_t)u;
  return tap >= 0 && tap < (ptrdiff_t)kernel ? tap : -1;
}

// The transformed filter, G·w·Gᵀ for each phase: [phase][36][panels of source channels × result channels], points
// being ck_winograd_point_floats apart.
static inline size_t ck_winograd_point_floats(const ck_winograd_plan *plan) {
  return ck_panels_floats(plan->result_channels, plan->source_channels) + 16;
}
static inline size_t ck_winograd_filter_floats(const ck_winograd_plan *plan) {
  return plan->phase_count * CK_TILE * ck_winograd_point_floats(plan);
}
void ck_winograd_transform_filter(const ck_winograd_plan *plan, const ck_convolution *shape, bool forward,
                                  const float *w, float *filter, int threads);

// result = Σ source ∗ filter, then + bias, then times `slope` where negative. bias may be NULL.
void ck_winograd_multiply(const ck_winograd_plan *plan, const float *source, const float *filter, const float *bias,
                          float slope, float *result, int threads);

void ck_winograd_backward_filter(const ck_convolution *shape, const float *x, const float *dy, float *dw,
                                 int threads);

#endif
