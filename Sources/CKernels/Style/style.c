// What follows a modulated convolution of StyleGAN2: the filter [1, 3, 3, 1] where the picture was doubled, then
// demodulation, noise, bias and the leaky rectifier.
//
// Goals, in order: (1) the same bits for any number of threads; (2) one pass over the picture, which is larger than
// the caches, for all of it; (3) nothing kept for the gradient but the result. What was demodulated follows from the
// result, as the rectifier is one-to-one: u = (z − noise − bias)/d with z = y/gain or y/(gain·slope).
// Rejected: keeping u (as large as the result), and the filter in two dimensions (16 multiplications instead of 8).
#include <stdbool.h>
#include <string.h>

#include "ck_machine.h"
#include "ck_style.h"
#include "Machine/blocks.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

static const float outer_tap = 0.25f, inner_tap = 0.75f;  // [1, 3, 3, 1]/4 along each axis: zeros were put in between

// MARK: - Demodulation, noise, bias and rectifier

// One pixel; y may be x.
CK_INLINE void finish_pixel(size_t channels, const float *x, const float *scale, const float *bias, float noise,
                            float slope, float gain, float *y) {
  size_t c = 0;
  for (; c + CK_LANES <= channels; c += CK_LANES) {
    ck_lanes value, factor, offset;
    ck_load(&value, x + c);
    ck_load(&factor, scale + c);
    ck_load(&offset, bias + c);
    value = value * factor + (offset + noise);
    ck_leak(&value, slope);
    value *= gain;
    ck_store(y + c, &value);
  }
  for (; c < channels; c++) {
    float value = x[c] * scale[c] + (bias[c] + noise);
    y[c] = gain * (value < 0 ? slope * value : value);
  }
}

typedef struct {
  ck_style style;
  size_t pixels, channels, block_pixels, blocks;  // of one picture
  const float *x, *y, *dy;
  float *result;
  double *partial;  // [batch, blocks, channels], or NULL
} style_context;

static style_context context_of(const ck_style *style, size_t pixels, size_t channels) {
  style_context context = {.style = *style, .pixels = pixels, .channels = channels};
  context.block_pixels = ck_maximum(CK_BLOCK / ck_maximum(channels, 1), 1);
  context.blocks = ck_divide_up(pixels, context.block_pixels);
  return context;
}

CK_INLINE float noise_of(const ck_style *style, size_t pixel) { return style->noise ? style->noise[pixel] : 0; }

CK_INLINE void forward_block_body(void *opaque, size_t task) {
  const style_context *context = opaque;
  const ck_style *style = &context->style;
  size_t channels = context->channels, image = task / context->blocks;
  ck_range range = ck_block_range(context->pixels, context->block_pixels, task % context->blocks);
  const float *scale = style->demodulation + image * channels;
  for (size_t pixel = range.begin; pixel < range.end; pixel++) {
    size_t place = (image * context->pixels + pixel) * channels;
    finish_pixel(channels, context->x + place, scale, style->bias, noise_of(style, pixel), style->slope, style->gain,
                 context->result + place);
  }
}
CK_TASK(forward_block)

void ck_style_forward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const float *x, float *y,
                      int threads) {
  style_context context = context_of(style, pixels, channels);
  context.x = x;
  context.result = y;
  ck_run_blocks(batch * pixels * channels, batch * context.blocks, threads, forward_block, &context);
}

// The channels from c on, `count` of them, of some pixels: dx, and in `sums` Σ g·d·u over the pixels, a few in float
// before the sum goes to double.
CK_INLINE void backward_lanes(const style_context *context, size_t image, ck_range range, size_t c,
                              double *restrict sums) {
  const ck_style *style = &context->style;
  enum { few = 8 };
  size_t channels = context->channels;
  ck_lanes scale, bias, gain = style->gain + (ck_lanes){0}, below = gain * style->slope;
  ck_load(&scale, style->demodulation + image * channels + c);
  ck_load(&bias, style->bias + c);
  ck_lanes inverse = 1 / gain, inverse_below = 1 / below;
  typedef int mask __attribute__((vector_size(64)));
  double total[CK_LANES] = {0};
  for (size_t first = range.begin; first < range.end; first += few) {
    ck_lanes sum = {0};
    for (size_t pixel = first; pixel < ck_minimum(first + few, range.end); pixel++) {
      size_t place = (image * context->pixels + pixel) * channels + c;
      ck_lanes y, g;
      ck_load(&y, context->y + place);
      ck_load(&g, context->dy + place);
      mask above = y > 0;
      g *= (ck_lanes)(((mask)gain & above) | ((mask)below & ~above));
      ck_lanes z = y * (ck_lanes)(((mask)inverse & above) | ((mask)inverse_below & ~above));
      sum += g * (z - (bias + noise_of(style, pixel)));
      g *= scale;
      ck_store(context->result + place, &g);
    }
    for (size_t lane = 0; lane < CK_LANES; lane++) total[lane] += (double)sum[lane];
  }
  if (sums) memcpy(sums + c, total, sizeof total);
}

CK_INLINE void backward_channel(const style_context *context, size_t image, ck_range range, size_t c,
                                double *restrict sums) {
  const ck_style *style = &context->style;
  float scale = style->demodulation[image * context->channels + c], bias = style->bias[c];
  double total = 0;
  for (size_t pixel = range.begin; pixel < range.end; pixel++) {
    size_t place = (image * context->pixels + pixel) * context->channels + c;
    float factor = context->y[place] > 0 ? style->gain : style->gain * style->slope;
    float g = context->dy[place] * factor;
    total += (double)(g * (context->y[place] / factor - (bias + noise_of(style, pixel))));
    context->result[place] = g * scale;
  }
  if (sums) sums[c] = total;
}

CK_INLINE void backward_block_body(void *opaque, size_t task) {
  const style_context *context = opaque;
  size_t channels = context->channels, image = task / context->blocks, c = 0;
  ck_range block = ck_block_range(context->pixels, context->block_pixels, task % context->blocks);
  double *sums = context->partial ? context->partial + task * channels : NULL;
  for (; c + CK_LANES <= channels; c += CK_LANES) backward_lanes(context, image, block, c, sums);
  for (; c < channels; c++) backward_channel(context, image, block, c, sums);
}
CK_TASK(backward_block)

void ck_style_backward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const float *y,
                       const float *dy, float *dx, float *ddemodulation, int threads) {
  style_context context = context_of(style, pixels, channels);
  context.y = y;
  context.dy = dy;
  context.result = dx;
  size_t tasks = batch * context.blocks;
  if (ddemodulation) context.partial = ck_allocate(ck_maximum(tasks * channels, 1) * sizeof(double));
  ck_run_blocks(batch * pixels * channels, tasks, threads, backward_block, &context);
  if (!ddemodulation) return;
  for (size_t i = 0; i < batch * channels; i++) {
    const double *sums = context.partial + i / channels * context.blocks * channels + i % channels;
    double total = 0;
    for (size_t block = 0; block < context.blocks; block++) total += sums[block * channels];
    ddemodulation[i] = (float)(total / style->demodulation[i]);
  }
  ck_buffer_free(context.partial);
}

// MARK: - The filter [1, 3, 3, 1]

typedef struct {
  const ck_style *style;  // or NULL
  size_t height, width, channels, out_height, out_width, pad, bands, band_rows;
  const float *x;
  float *y;
} blur_context;

// y = (a + d)/4 + (b + c)·3/4 of `count` values.
CK_INLINE void filter_values(size_t count, const float *a, const float *b, const float *c, const float *d,
                             float *restrict y) {
  for (size_t i = 0; i < count; i++) y[i] = outer_tap * (a[i] + d[i]) + inner_tap * (b[i] + c[i]);
}

CK_INLINE void blur_band_body(void *opaque, size_t task) {
  const blur_context *context = opaque;
  size_t channels = context->channels, length = context->width * channels, pad = context->pad;
  size_t image = task / context->bands, first = task % context->bands * context->band_rows;
  size_t end = ck_minimum(first + context->band_rows, context->out_height);
  // A row of zeros for what lies above and below, and a row filtered downwards with zeros on both sides.
  float *zeros = ck_scratch(CK_SCRATCH_TASK, 2 * length + 2 * pad * channels);
  float *row = zeros + length, *inside = row + pad * channels;
  memset(zeros, 0, (length + pad * channels) * sizeof *zeros);
  memset(inside + length, 0, pad * channels * sizeof *zeros);
  const float *picture = context->x + image * context->height * length;
  for (size_t i = first; i < end; i++) {
    const float *rows[4];
    for (size_t tap = 0; tap < 4; tap++) {
      bool exists = i + tap >= pad && i + tap - pad < context->height;
      rows[tap] = exists ? picture + (i + tap - pad) * length : zeros;
    }
    filter_values(length, rows[0], rows[1], rows[2], rows[3], inside);
    size_t pixel = i * context->out_width, place = image * context->out_height * context->out_width + pixel;
    float *out = context->y + place * channels;
    filter_values(context->out_width * channels, row, row + channels, row + 2 * channels, row + 3 * channels, out);
    if (!context->style) continue;
    const ck_style *style = context->style;
    for (size_t j = 0; j < context->out_width; j++) {
      finish_pixel(channels, out + j * channels, style->demodulation + image * channels, style->bias,
                   noise_of(style, pixel + j), style->slope, style->gain, out + j * channels);
    }
  }
}
CK_TASK(blur_band)

void ck_blur(size_t batch, size_t height, size_t width, size_t channels, size_t pad, const ck_style *style,
             const float *x, float *y, int threads) {
  enum { band_rows = 8 };
  blur_context context = {.style = style, .height = height, .width = width, .channels = channels, .pad = pad};
  context.out_height = height + 2 * pad - 3;
  context.out_width = width + 2 * pad - 3;
  context.band_rows = band_rows;
  context.x = x;
  context.y = y;
  context.bands = ck_divide_up(context.out_height, band_rows);
  ck_parallel(batch * context.bands, threads, blur_band, &context);
}
