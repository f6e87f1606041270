#include "convolution.h"
#include "private.h"

typedef struct {
  const ck_convolution *shape;
  const float *w;
  float *flipped;
} flip_work;

// flipped[kernel_height − 1 − p, kernel_width − 1 − q, o, c] = w[p, q, c, o]
static void flip_tap(void *context, size_t tap) {
  const flip_work *f = context;
  size_t in = f->shape->in_channels, out = f->shape->out_channels;
  size_t taps = f->shape->kernel_height * f->shape->kernel_width;
  const float *w = f->w + tap * in * out;
  float *flipped = f->flipped + (taps - 1 - tap) * in * out;
  for (size_t o = 0; o < out; o++) {
    for (size_t c = 0; c < in; c++) flipped[o * in + c] = w[c * out + o];
  }
}

// At stride 1 a convolution is the backward-input of the flipped kernel, whose padding is what the kernel
// leaves.
static void forward_narrow(const ck_convolution *s, const float *x, const float *w, float *y, int threads) {
  size_t taps = s->kernel_height * s->kernel_width;
  float *flipped = ck_scratch(CK_SCRATCH_CALL, taps * s->in_channels * s->out_channels);
  flip_work f = {s, w, flipped};
  ck_parallel(taps, threads, flip_tap, &f);
  ck_convolution exchanged = *s;
  exchanged.in_height = s->out_height;
  exchanged.in_width = s->out_width;
  exchanged.in_channels = s->out_channels;
  exchanged.out_height = s->in_height;
  exchanged.out_width = s->in_width;
  exchanged.out_channels = s->in_channels;
  ck_convolution_backward_input_narrow(&exchanged, (ptrdiff_t)s->kernel_height - 1 - (ptrdiff_t)s->pad_top,
                                       (ptrdiff_t)s->kernel_width - 1 - (ptrdiff_t)s->pad_left, x, flipped, y,
                                       threads);
}

void ck_convolution_forward(const ck_convolution *s, const float *x, const float *w, float *y, int threads) {
  ck_patches patches = ck_input_patches(s);
  bool unit_stride = s->stride_height == 1 && s->stride_width == 1;
  if (s->out_channels <= ck_narrow_channels && s->in_channels > ck_narrow_channels && unit_stride &&
      !ck_patches_are_source(&patches)) {
    forward_narrow(s, x, w, y, threads);
    return;
  }
  ck_patch_product product = {patches, w, s->out_height, s->out_width, 0, 0, 1, 1};
  ck_multiply_patches(&product, 1, s->batch, x, s->out_channels, y, threads);
}
