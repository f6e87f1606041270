#include <string.h>

#include "convolution.h"
#include "private.h"

typedef struct {
  const ck_convolution *shape;
  ptrdiff_t top, left;
  const float *dy, *w;
  float *dx;
  size_t band_rows, bands;  // of dx, in one image
} work;

// Adds the taps of one row of dy, already multiplied, to one row of dx that meets it at kernel row p.
static void add_row(const work *k, size_t p, const float *restrict products, float *restrict dx) {
  const ck_convolution *s = k->shape;
  size_t channels = s->in_channels, stride = s->kernel_height * s->kernel_width * channels;
  for (size_t t = 0; t < s->out_width; t++, products += stride) {
    const float *taps = products + p * s->kernel_width * channels;
    ptrdiff_t column = (ptrdiff_t)(t * s->stride_width) - k->left;
    ptrdiff_t start = column < 0 ? -column : 0;
    ptrdiff_t end = (ptrdiff_t)s->in_width - column;
    if (end > (ptrdiff_t)s->kernel_width) end = (ptrdiff_t)s->kernel_width;
    if (end <= start) continue;
    // Neighbouring taps meet neighbouring columns, so one run of additions takes them all.
    float *restrict out = dx + (column + start) * (ptrdiff_t)channels;
    const float *restrict in = taps + start * (ptrdiff_t)channels;
    size_t count = (size_t)(end - start) * channels;
    for (size_t i = 0; i < count; i++) out[i] += in[i];
  }
}

static void compute_band(void *context, size_t task) {
  const work *k = context;
  const ck_convolution *s = k->shape;
  size_t image = task / k->bands, first = task % k->bands * k->band_rows;
  size_t last = ck_minimum(first + k->band_rows, s->in_height) - 1;
  size_t step = s->stride_height, columns = s->kernel_height * s->kernel_width * s->in_channels;
  size_t dx_row = s->in_width * s->in_channels;
  float *dx = k->dx + image * s->in_height * dx_row;
  memset(dx + first * dx_row, 0, (last + 1 - first) * dx_row * sizeof(float));

  // The rows of dy that the band sees: ⌈(first + top − kernel_height + 1) / step⌉ ... ⌊(last + top) / step⌋.
  ptrdiff_t low = (ptrdiff_t)first + k->top - (ptrdiff_t)s->kernel_height + 1;
  ptrdiff_t high = (ptrdiff_t)last + k->top;
  size_t begin = low <= 0 ? 0 : ck_divide_up((size_t)low, step);
  size_t end = high < 0 ? 0 : ck_minimum((size_t)high / step + 1, s->out_height);
  if (begin >= end) return;
  size_t pixels = (end - begin) * s->out_width;
  float *products = ck_scratch(CK_SCRATCH_TASK, pixels * columns);
  const float *dy = k->dy + (image * s->out_height + begin) * s->out_width * s->out_channels;
  ck_gemm_block(false, true, pixels, columns, s->out_channels, 1, dy, s->out_channels, k->w, s->out_channels,
                0, products, columns);
  for (size_t t = begin; t < end; t++) {
    for (size_t p = 0; p < s->kernel_height; p++) {
      ptrdiff_t row = (ptrdiff_t)(t * step + p) - k->top;
      if (row < (ptrdiff_t)first || row > (ptrdiff_t)last) continue;
      add_row(k, p, products + (t - begin) * s->out_width * columns, dx + (size_t)row * dx_row);
    }
  }
}

void ck_convolution_backward_input_narrow(const ck_convolution *s, ptrdiff_t top, ptrdiff_t left,
                                          const float *dy, const float *w, float *dx, int threads) {
  if (s->batch == 0 || s->in_height == 0 || s->in_width == 0) return;
  // Bands overlap by the kernel's height in dy, so an image is cut only where the batch is too small for the
  // threads or its products are too large for the cache.
  size_t columns = s->kernel_height * s->kernel_width * s->in_channels;
  size_t band_floats = s->out_height * s->out_width * columns;
  size_t bands = ck_maximum(ck_divide_up(16, s->batch), ck_divide_up(band_floats, (size_t)1 << 20));
  size_t rows = ck_maximum(ck_divide_up(s->in_height, bands), 4 * s->stride_height);
  work k = {s, top, left, dy, w, dx, rows, ck_divide_up(s->in_height, rows)};
  ck_parallel(s->batch * k.bands, threads, compute_band, &k);
}
