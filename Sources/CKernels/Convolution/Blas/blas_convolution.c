// Convolutions as products on OpenBLAS, of patches laid out one a row, which is known as im2col.
//
// Goals, in order: (1) the same bits for any number of threads: a call is single-threaded, and tasks are cut by shape
// alone; (2) patches that do not go through memory; (3) nothing clever: it is what the other ways are measured
// beside. Rejected: the patches of a whole picture at once, as most libraries lay them out, up to 25 times its size.

#include <stdbool.h>
#include <string.h>

#include "ck_machine.h"
#include "Convolution/Blas/blas_convolution.h"
#include "Convolution/patch_grid.h"
#include "Convolution/slices.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/blas.h"

typedef struct {
  const ck_convolution *shape;
  ck_patches patches;
  const float *x, *w, *dy;
  const ck_epilogue *epilogue;
  float *result, *partial;  // of slice 0, and of the others
  size_t depth, pixels, chunk;
  size_t slice_pixels;
} work;

// Pixels of y whose patches take a megabyte.
static size_t chunk_of(size_t depth) { return ck_maximum(((size_t)1 << 18) / ck_maximum(depth, 1), 64); }

static work make_work(const ck_convolution *s) {
  work w = {.shape = s, .patches = ck_input_patches(s)};
  w.depth = ck_patch_floats(&w.patches);
  w.pixels = s->batch * s->out_height * s->out_width;
  w.chunk = chunk_of(w.depth);
  return w;
}

static void finish(const ck_epilogue *epilogue, size_t rows, size_t channels, float *result) {
  for (size_t row = 0; row < rows; row++, result += channels) {
    for (size_t c = 0; c < channels; c++) result[c] = ck_finished(epilogue, result[c], c);
  }
}

// y[pixels × out] = patches · w
static void multiply_chunk(void *context, size_t task) {
  const work *w = context;
  size_t first = task * w->chunk, count = ck_minimum(w->chunk, w->pixels - first), distance;
  size_t out = w->shape->out_channels;
  float *scratch = ck_scratch(CK_SCRATCH_TASK, count * ck_gather_distance(&w->patches));
  const float *patches = ck_gather(&w->patches, w->x, first, count, scratch, &distance);
  float *y = w->result + first * out;
  ck_blas_product(false, false, count, out, w->depth, 1, patches, distance, w->w, out, 0, y, out);
  finish(w->epilogue, count, out, y);
}

void ck_blas_forward(const ck_convolution *s, const float *x, const float *filter, const ck_epilogue *epilogue,
                     float *y, int threads) {
  work w = make_work(s);
  w.x = x, w.w = filter, w.epilogue = epilogue, w.result = y;
  ck_use_one_blas_thread();
  ck_parallel(ck_divide_up(w.pixels, w.chunk), threads, multiply_chunk, &w);
}

// Adds a patch to the pixels of a picture that it covers.
static void add_patch(const ck_patches *p, size_t row, size_t column, const float *patch, float *picture) {
  for (size_t k = 0; k < p->kernel_height; k++) {
    ptrdiff_t y = (ptrdiff_t)(row * p->row_step + k) + p->top;
    if (y < 0 || y >= (ptrdiff_t)p->height) continue;
    for (size_t l = 0; l < p->kernel_width; l++) {
      ptrdiff_t x = (ptrdiff_t)(column * p->column_step + l) + p->left;
      if (x < 0 || x >= (ptrdiff_t)p->width) continue;
      float *pixel = picture + ((size_t)y * p->width + (size_t)x) * p->channels;
      const float *from = patch + (k * p->kernel_width + l) * p->channels;
      for (size_t c = 0; c < p->channels; c++) pixel[c] += from[c];
    }
  }
}

// dx of one image: the patches dy · wᵀ, added where they lie.
static void add_patches(void *context, size_t image) {
  const work *w = context;
  const ck_patches *p = &w->patches;
  size_t pixels = p->rows * p->columns, inside = p->height * p->width, out = w->shape->out_channels;
  const float *dy = w->dy + image * pixels * out;
  float *dx = w->result + image * inside * p->channels;
  float *patches = ck_scratch(CK_SCRATCH_TASK, ck_minimum(w->chunk, pixels) * w->depth);
  memset(dx, 0, inside * p->channels * sizeof(float));
  for (size_t first = 0, count; first < pixels; first += count) {
    count = ck_minimum(w->chunk, pixels - first);
    ck_blas_product(false, true, count, w->depth, out, 1, dy + first * out, out, w->w, out, 0, patches, w->depth);
    for (size_t n = 0; n < count; n++) {
      add_patch(p, (first + n) / p->columns, (first + n) % p->columns, patches + n * w->depth, dx);
    }
  }
  finish(w->epilogue, inside, p->channels, dx);
}

void ck_blas_backward_input(const ck_convolution *s, const float *dy, const float *filter,
                            const ck_epilogue *epilogue, float *dx, int threads) {
  work w = make_work(s);
  w.dy = dy, w.w = filter, w.epilogue = epilogue, w.result = dx;
  ck_use_one_blas_thread();
  ck_parallel(s->batch, threads, add_patches, &w);
}

// dw of some pixels: patchesᵀ · dy
static void sum_slice(void *context, size_t slice) {
  const work *w = context;
  size_t begin = slice * w->slice_pixels, end = ck_minimum(begin + w->slice_pixels, w->pixels);
  size_t out = w->shape->out_channels, total = w->depth * out;
  float *sums = slice == 0 ? w->result : w->partial + (slice - 1) * total;
  float *scratch = ck_scratch(CK_SCRATCH_TASK, ck_minimum(w->chunk, end - begin) * ck_gather_distance(&w->patches));
  for (size_t first = begin, count, distance; first < end; first += count) {
    count = ck_minimum(w->chunk, end - first);
    const float *patches = ck_gather(&w->patches, w->x, first, count, scratch, &distance);
    ck_blas_product(true, false, w->depth, out, count, 1, patches, distance, w->dy + first * out, out, first > begin,
                    sums, out);
  }
}

void ck_blas_backward_filter(const ck_convolution *s, const float *x, const float *dy, float *dw, int threads) {
  work w = make_work(s);
  size_t total = w.depth * s->out_channels;
  if (w.pixels == 0) memset(dw, 0, total * sizeof(float));
  if (w.pixels == 0 || total == 0) return;
  w.x = x, w.dy = dy, w.result = dw;
  w.slice_pixels = ck_slice_pixels(w.pixels, total);
  size_t slices = ck_divide_up(w.pixels, w.slice_pixels);
  w.partial = ck_scratch(CK_SCRATCH_CALL, (slices - 1) * total);
  ck_use_one_blas_thread();
  ck_parallel(slices, threads, sum_slice, &w);
  ck_add_slices(w.partial, slices - 1, total, dw, threads);
}
