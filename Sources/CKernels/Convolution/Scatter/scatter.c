// Results of few channels: the generator's picture.
//
// Each pixel of the source is multiplied with all taps at once, [pixels × channels]·[channels × taps·results], and
// each pixel of the result sums what its neighbors hold for it. Patches of the source would be copied for hardly any
// arithmetic, and three columns would leave most lanes of the product empty.

#include <stdbool.h>
#include <string.h>

#include "ck_machine.h"
#include "Convolution/epilogue.h"
#include "Convolution/patch_grid.h"
#include "Convolution/Scatter/scatter.h"
#include "Machine/instructions.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

// The transposed convolution that a pass is: at stride 1 a forward pass is that of the mirrored kernel.
typedef struct {
  size_t source_height, source_width, source_channels;
  size_t height, width, channels;  // of the result
  size_t kernel_height, kernel_width, row_step, column_step;
  ptrdiff_t top, left;  // source (t, u) meets result (t·row_step + p − top, u·column_step + q − left) in tap (p, q)
} geometry;

static geometry geometry_of(const ck_convolution *s, ck_pass pass) {
  geometry g = {.kernel_height = s->kernel_height, .kernel_width = s->kernel_width};
  if (pass == CK_BACKWARD_INPUT) {
    g.source_height = s->out_height, g.source_width = s->out_width, g.source_channels = s->out_channels;
    g.height = s->in_height, g.width = s->in_width, g.channels = s->in_channels;
    g.row_step = s->stride_height, g.column_step = s->stride_width;
    g.top = (ptrdiff_t)s->pad_top, g.left = (ptrdiff_t)s->pad_left;
  } else {
    g.source_height = s->in_height, g.source_width = s->in_width, g.source_channels = s->in_channels;
    g.height = s->out_height, g.width = s->out_width, g.channels = s->out_channels;
    g.row_step = g.column_step = 1;
    g.top = (ptrdiff_t)s->kernel_height - 1 - (ptrdiff_t)s->pad_top;
    g.left = (ptrdiff_t)s->kernel_width - 1 - (ptrdiff_t)s->pad_left;
  }
  return g;
}

static size_t product_columns(const geometry *g) { return g->kernel_height * g->kernel_width * g->channels; }

bool ck_scatter_fits(const ck_convolution *s, ck_pass pass) {
  geometry g = geometry_of(s, pass);
  if (pass == CK_BACKWARD_INPUT) return g.channels <= ck_few_channels && g.source_channels > ck_few_channels;
  // A mirrored kernel moves by one.
  return pass == CK_FORWARD && ck_convolution_is_narrow(s);
}

size_t ck_scatter_filter_floats(const ck_convolution *s, ck_pass pass) {
  geometry g = geometry_of(s, pass);
  return ck_panels_floats(product_columns(&g), g.source_channels);
}

// Panels of [source channels × (tap, result channel)].
void ck_scatter_pack(const ck_convolution *s, ck_pass pass, const float *w, float *filter, int threads) {
  (void)threads;
  geometry g = geometry_of(s, pass);
  size_t columns = product_columns(&g), depth = g.source_channels, taps = g.kernel_height * g.kernel_width;
  if (pass == CK_BACKWARD_INPUT) {
    // w[p, q, result, source] is the transposed matrix.
    ck_panels_pack(columns, depth, w, 1, depth, 0, ck_divide_up(columns, CK_PANEL), filter);
    return;
  }
  // w[p, q, source, result], mirrored.
  float *matrix = ck_scratch(CK_SCRATCH_CALL, columns * depth);
  for (size_t tap = 0; tap < taps; tap++) {
    for (size_t c = 0; c < depth; c++) {
      memcpy(matrix + c * columns + (taps - 1 - tap) * g.channels, w + (tap * depth + c) * g.channels,
             g.channels * sizeof(float));
    }
  }
  ck_panels_pack(columns, depth, matrix, columns, 1, 0, ck_divide_up(columns, CK_PANEL), filter);
}

typedef struct {
  geometry g;
  const float *source, *filter;
  const ck_epilogue *epilogue;
  float *result;
  size_t bands, band_rows;  // of the result, in one image
  size_t distance;          // between pixels of the products
} work;

typedef float four __attribute__((vector_size(16), aligned(4)));

// Adds to a row of sums, four floats a pixel, what the products of one row of the source hold for it in row p of the
// kernel. Four floats are read where a pixel has fewer; the rest is not used.
CK_INLINE void add_row(const work *w, size_t p, const float *products, four *sums) {
  const geometry *g = &w->g;
  const float *taps = products + p * g->kernel_width * g->channels;
  for (size_t j = 0; j < g->width; j++) {
    // j = u·column_step + q − left with u in 0 ..< source_width
    ptrdiff_t place = (ptrdiff_t)j + g->left;
    if (place < 0) continue;
    size_t q = (size_t)place % g->column_step, u = (size_t)place / g->column_step;
    if (u >= g->source_width) {
      q += (u - (g->source_width - 1)) * g->column_step;
      u = g->source_width - 1;
    }
    four sum = sums[j];
    for (;; q += g->column_step, u--) {
      if (q >= g->kernel_width) break;
      sum += *(const four *)(taps + u * w->distance + q * g->channels);
      if (u == 0) break;
    }
    sums[j] = sum;
  }
}

CK_INLINE void compute_band_body(void *context, size_t task) {
  const work *w = context;
  const geometry *g = &w->g;
  size_t image = task / w->bands, first = task % w->bands * w->band_rows;
  size_t end = ck_minimum(first + w->band_rows, g->height);
  // The rows of the source that the band sees:
  // ⌈(first + top − kernel_height + 1) / step⌉ ... ⌊(end − 1 + top) / step⌋.
  ptrdiff_t low = (ptrdiff_t)first + g->top - (ptrdiff_t)g->kernel_height + 1, high = (ptrdiff_t)end - 1 + g->top;
  size_t begin = low <= 0 ? 0 : ck_divide_up((size_t)low, g->row_step);
  size_t last = high < 0 ? 0 : ck_minimum((size_t)high / g->row_step + 1, g->source_height);

  // Products of some rows at a time, so that they stay in the cache.
  size_t row_floats = g->source_width * w->distance, chunk = ck_maximum(((size_t)1 << 16) / row_floats, 1);
  size_t sum_floats = (end - first) * g->width * 4;
  float *sums = ck_scratch(CK_SCRATCH_TASK, sum_floats + chunk * row_floats + 4), *products = sums + sum_floats;
  memset(sums, 0, sum_floats * sizeof(float));
  size_t columns = product_columns(g);
  for (size_t t0 = begin; t0 < last; t0 += chunk) {
    size_t rows = ck_minimum(chunk, last - t0);
    const float *source = w->source + (image * g->source_height + t0) * g->source_width * g->source_channels;
    ck_panels_multiply(rows * g->source_width, columns, g->source_channels,
                       (ck_matrix){source, g->source_channels, 1}, ck_packed_panels(w->filter, g->source_channels),
                       false, products, w->distance);
    for (size_t t = t0; t < t0 + rows; t++) {
      for (size_t p = 0; p < g->kernel_height; p++) {
        ptrdiff_t row = (ptrdiff_t)(t * g->row_step + p) - g->top;
        if (row < (ptrdiff_t)first || row >= (ptrdiff_t)end) continue;
        add_row(w, p, products + (t - t0) * row_floats, (four *)(sums + ((size_t)row - first) * g->width * 4));
      }
    }
  }
  size_t pixels = (end - first) * g->width;
  float *result = w->result + (image * g->height + first) * g->width * g->channels;
  for (size_t i = 0; i < pixels; i++) {
    for (size_t c = 0; c < g->channels; c++) {
      result[i * g->channels + c] = ck_finished(w->epilogue, sums[4 * i + c], c);
    }
  }
}
CK_TASK(compute_band)

void ck_scatter_multiply(const ck_convolution *s, ck_pass pass, const float *source, const float *filter,
                         const ck_epilogue *epilogue, float *result, int threads) {
  work w = {.g = geometry_of(s, pass), .source = source, .filter = filter, .epilogue = epilogue, .result = result};
  if (s->batch == 0 || w.g.height == 0 || w.g.width == 0) return;
  // Bands overlap by the kernel's height in the source, so images are cut only where they are few.
  size_t bands = s->batch < 8 ? 2 : 1;
  w.band_rows = ck_divide_up(w.g.height, bands);
  w.bands = ck_divide_up(w.g.height, w.band_rows);
  w.distance = ck_panels_floats(product_columns(&w.g), 1);
  ck_parallel(s->batch * w.bands, threads, compute_band, &w);
}
