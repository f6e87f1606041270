// dw = patchesᵀ · dy, summed over every pixel of the batch.
//
// The sum is long (up to some hundred thousand pixels) and dw may be small, so threads share it in two ways:
// by groups of taps, which are independent, and by slices of pixels, whose partial sums are added in order.
// Both are fixed by shape alone, so the bits do not depend on the thread count.

#include <stdbool.h>
#include <string.h>

#include "ck_machine.h"
#include "Convolution/patch_grid.h"
#include "Convolution/Patches/patches.h"
#include "Convolution/slices.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

typedef struct {
  ck_patches patches;
  const float *source, *other;
  size_t pixels, columns;
  float *sums, *partial_sums;  // of slice 0, and of the others
  // A group is some rows of the kernel, or some columns of one row: a run of rows of dw either way.
  size_t group_height, group_width, groups_across, groups;
  size_t slice_pixels, slices;
} work;

static void sum_slice(void *context, size_t task) {
  const work *w = context;
  size_t group = task % w->groups, slice = task / w->groups;
  size_t row = group / w->groups_across * w->group_height, column = group % w->groups_across * w->group_width;
  ck_patches part = w->patches;
  part.kernel_height = ck_minimum(w->group_height, w->patches.kernel_height - row);
  part.kernel_width = ck_minimum(w->group_width, w->patches.kernel_width - column);
  part.top += (ptrdiff_t)row;
  part.left += (ptrdiff_t)column;
  size_t floats = ck_patch_floats(&part), total = ck_patch_floats(&w->patches) * w->columns;
  float *sums = slice == 0 ? w->sums : w->partial_sums + (slice - 1) * total;
  sums += (row * w->patches.kernel_width + column) * w->patches.channels * w->columns;

  size_t begin = slice * w->slice_pixels, end = ck_minimum(begin + w->slice_pixels, w->pixels);
  // Vectors must not read past the end of the tensor: rows that do not fill them are copied.
  bool whole = w->columns % CK_HALF_PANEL == 0;
  size_t width = ck_round_up(w->columns, CK_HALF_PANEL), distance = ck_gather_distance(&part);
  size_t chunk = ck_minimum(ck_maximum(((size_t)1 << 16) / (floats + width), 128), 2048);
  float *scratch = ck_scratch(CK_SCRATCH_TASK, chunk * (distance + width));
  float *copies = scratch + chunk * distance;
  for (size_t first = begin; first < end; first += chunk) {
    size_t count = ck_minimum(chunk, end - first);
    const float *patches = ck_gather(&part, w->source, first, count, scratch, &distance);
    const float *rows = w->other + first * w->columns;
    for (size_t n = 0; n < count && !whole; n++) {
      memcpy(copies + n * width, rows + n * w->columns, w->columns * sizeof(float));
    }
    ck_panels_multiply(floats, w->columns, count, (ck_matrix){patches, 1, distance},
                       (ck_panels){whole ? rows : copies, CK_PANEL, width}, first > begin, sums, w->columns);
  }
}

// Returns the floats of partial sums that the plan needs.
static size_t plan(work *w) {
  const ck_patches *p = &w->patches;
  size_t total = ck_patch_floats(p) * w->columns;
  w->slice_pixels = ck_slice_pixels(w->pixels, total);
  w->slices = ck_divide_up(w->pixels, w->slice_pixels);
  w->group_height = p->kernel_height;
  w->group_width = p->kernel_width;
  if (w->slices < 8) w->group_height = 1;
  // A tap alone is worth a product only where its channels are many.
  if (w->slices * p->kernel_height < 8 && p->channels >= 64) w->group_width = 1;
  w->groups_across = ck_divide_up(p->kernel_width, w->group_width);
  w->groups = ck_divide_up(p->kernel_height, w->group_height) * w->groups_across;
  return (w->slices - 1) * total;
}

// sums[patch floats × columns] = Σ over pixels of patch ⊗ other. `scratch` holds what plan() returned.
static void sum_products(work *w, float *scratch, int threads) {
  w->partial_sums = scratch;
  ck_parallel(w->slices * w->groups, threads, sum_slice, w);
  size_t total = ck_patch_floats(&w->patches) * w->columns;
  ck_add_slices(w->partial_sums, w->slices - 1, total, w->sums, threads);
}

// At stride 1, with few output channels: patches of dy times x, which copies less than patches of x. The
// patch of dy that pixel (i, j) of x meets has its taps reversed.
static void backward_filter_narrow(const ck_convolution *s, const float *x, const float *dy, float *dw, int threads) {
  size_t height = s->kernel_height, width = s->kernel_width, in = s->in_channels, out = s->out_channels;
  ck_patches patches = {
      .height = s->out_height,
      .width = s->out_width,
      .channels = out,
      .rows = s->in_height,
      .columns = s->in_width,
      .kernel_height = height,
      .kernel_width = width,
      .row_step = 1,
      .column_step = 1,
      .top = (ptrdiff_t)s->pad_top - (ptrdiff_t)height + 1,
      .left = (ptrdiff_t)s->pad_left - (ptrdiff_t)width + 1,
  };
  size_t pixels = s->batch * s->in_height * s->in_width;
  work w = {.patches = patches, .source = dy, .other = x, .pixels = pixels, .columns = in};
  size_t total = height * width * in * out;
  w.sums = ck_scratch(CK_SCRATCH_CALL, total + plan(&w));
  sum_products(&w, w.sums + total, threads);
  for (size_t tap = 0; tap < height * width; tap++) {
    const float *from = w.sums + (height * width - 1 - tap) * in * out;
    for (size_t c = 0; c < in; c++) {
      for (size_t o = 0; o < out; o++) dw[(tap * in + c) * out + o] = from[o * in + c];
    }
  }
}

void ck_patches_backward_filter(const ck_convolution *s, const float *x, const float *dy, float *dw, int threads) {
  size_t total = s->kernel_height * s->kernel_width * s->in_channels * s->out_channels;
  size_t pixels = s->batch * s->out_height * s->out_width;
  if (total == 0) return;
  if (pixels == 0) {
    memset(dw, 0, total * sizeof(float));
    return;
  }
  ck_patches patches = ck_input_patches(s);
  if (ck_convolution_is_narrow(s)) {
    backward_filter_narrow(s, x, dy, dw, threads);
    return;
  }
  work w = {.patches = patches, .source = x, .other = dy, .pixels = pixels, .columns = s->out_channels};
  w.sums = dw;
  size_t partial = plan(&w);
  sum_products(&w, ck_scratch(CK_SCRATCH_CALL, partial), threads);
}
