// The transposed convolution.
//
// dx at places of equal remainder (i + pad) mod stride sees the same taps of the kernel, so those places form
// a convolution of dy at stride 1 with that part of the kernel. There are stride_height × stride_width such
// phases. Each element of dx is written once and no product is with an inserted zero. Rejected: the product
// dy · wᵀ followed by scattered additions, which must be ordered among threads and pass the taps through
// memory; it stays, in its gathering form, where the channels are few (convolution_backward_input_narrow.c).

#include "convolution.h"
#include "private.h"

// One axis of a phase: i = first + step·n for n in 0 ..< count, seeing taps remainder + step·u for u in 0 ..<
// taps.
typedef struct {
  size_t remainder, step, first, count, taps;
  ptrdiff_t source;  // the least row of dy that i = first sees
} axis;

static axis make_axis(size_t remainder, size_t step, size_t pad, size_t size, size_t kernel) {
  axis a = {.remainder = remainder, .step = step};
  a.first = (remainder + step - pad % step) % step;
  a.count = a.first < size ? (size - 1 - a.first) / step + 1 : 0;
  a.taps = remainder < kernel ? (kernel - 1 - remainder) / step + 1 : 0;
  // i + pad = step·t + remainder meets tap u in row t − u of dy.
  a.source = (ptrdiff_t)((a.first + pad - remainder) / step) - ((ptrdiff_t)a.taps - 1);
  return a;
}

typedef struct {
  axis rows, columns;
  float *weights;  // [rows.taps, columns.taps, out_channels, in_channels], taps in the order of dy
} phase;

typedef struct {
  const ck_convolution *shape;
  const float *w;
  const phase *phases;
} pack_work;

// Transposes one tap of w into its phase. Square tiles, so that both sides stay in the cache.
static void pack_tap(void *context, size_t tap) {
  const pack_work *work = context;
  const ck_convolution *s = work->shape;
  size_t p = tap / s->kernel_width, q = tap % s->kernel_width;
  const phase *f = &work->phases[p % s->stride_height * s->stride_width + q % s->stride_width];
  size_t row = f->rows.taps - 1 - p / s->stride_height, column = f->columns.taps - 1 - q / s->stride_width;
  size_t in = s->in_channels, out = s->out_channels;
  const float *from = work->w + tap * in * out;
  float *to = f->weights + (row * f->columns.taps + column) * in * out;
  enum { tile = 16 };
  for (size_t c0 = 0; c0 < in; c0 += tile) {
    for (size_t o0 = 0; o0 < out; o0 += tile) {
      size_t c1 = ck_minimum(c0 + tile, in), o1 = ck_minimum(o0 + tile, out);
      for (size_t o = o0; o < o1; o++) {
        for (size_t c = c0; c < c1; c++) to[o * in + c] = from[c * out + o];
      }
    }
  }
}

void ck_convolution_backward_input(const ck_convolution *s, const float *dy, const float *w, float *dx,
                                   int threads) {
  if (s->in_channels <= ck_narrow_channels && s->out_channels > ck_narrow_channels) {
    ck_convolution_backward_input_narrow(s, (ptrdiff_t)s->pad_top, (ptrdiff_t)s->pad_left, dy, w, dx,
                                         threads);
    return;
  }
  size_t taps = s->kernel_height * s->kernel_width, phase_count = s->stride_height * s->stride_width;
  phase phases[phase_count];
  ck_patch_product products[phase_count];
  float *weights = ck_scratch(CK_SCRATCH_CALL, taps * s->in_channels * s->out_channels);
  for (size_t r = 0; r < s->stride_height; r++) {
    for (size_t c = 0; c < s->stride_width; c++) {
      axis rows = make_axis(r, s->stride_height, s->pad_top, s->in_height, s->kernel_height);
      axis columns = make_axis(c, s->stride_width, s->pad_left, s->in_width, s->kernel_width);
      ck_patches patches = {
          .height = s->out_height,
          .width = s->out_width,
          .channels = s->out_channels,
          .rows = rows.count,
          .columns = columns.count,
          .kernel_height = rows.taps,
          .kernel_width = columns.taps,
          .row_step = 1,
          .column_step = 1,
          .top = rows.source,
          .left = columns.source,
      };
      phases[r * s->stride_width + c] = (phase){rows, columns, weights};
      products[r * s->stride_width + c] = (ck_patch_product){
          patches, weights, s->in_height, s->in_width, rows.first, columns.first, rows.step, columns.step};
      weights += rows.taps * columns.taps * s->in_channels * s->out_channels;
    }
  }
  pack_work work = {s, w, phases};
  ck_parallel(taps, threads, pack_tap, &work);
  ck_multiply_patches(products, phase_count, s->batch, dy, s->in_channels, dx, threads);
}
