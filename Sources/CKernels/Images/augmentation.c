// Differentiable augmentation. The four changes fold into one affine map of each image, for saturation leaves
// the mean of a pixel, and so that of the image, as it is:
//   y = translate(gain·x + gray·p(x) + (1 − contrast)·mean(x) + brightness)
// with gain = contrast·saturation, gray = contrast·(1 − saturation), p(x) the mean of a pixel's channels. The
// linear part without the translation is symmetric, so the adjoint is the same map after the opposite
// translation.
#include <stdbool.h>
#include <stdint.h>

#include "ck_images.h"
#include "ck_machine.h"
#include "Machine/blocks.h"

typedef struct {
  size_t height, width, channels;
  const ck_augmentation *change;
  const float *in;
  float *out;
} context_t;

typedef struct {
  size_t top, bottom, left, right;
} box;

// The places of an output whose source, moved by (down, right), lies inside the image.
static box covered(const context_t *context, int64_t down, int64_t right) {
  int64_t height = (int64_t)context->height, width = (int64_t)context->width;
  int64_t top = down > 0 ? down : 0, bottom = down < 0 ? height + down : height;
  int64_t left = right > 0 ? right : 0, end = right < 0 ? width + right : width;
  if (top >= bottom || left >= end) return (box){0, 0, 0, 0};
  return (box){(size_t)top, (size_t)bottom, (size_t)left, (size_t)end};
}

CK_INLINE void recolor(size_t pixels, size_t channels, float gain, float gray, float offset, const float *restrict in,
                       float *restrict out) {
  float share = gray / (float)channels;
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    const float *restrict values = in + pixel * channels;
    float sum = 0;
    for (size_t channel = 0; channel < channels; channel++) sum += values[channel];
    float constant = share * sum + offset;
    for (size_t channel = 0; channel < channels; channel++) {
      out[pixel * channels + channel] = gain * values[channel] + constant;
    }
  }
}

// out = the recolored image moved by (down, right), and `outside` where nothing comes in.
CK_INLINE void recolor_moved(const context_t *context, const ck_augmentation *change, float offset, float outside,
                             int64_t down, int64_t right, const float *in, float *out) {
  size_t channels = context->channels, row = context->width * channels;
  float gain = change->contrast * change->saturation, gray = change->contrast * (1 - change->saturation);
  box inside = covered(context, down, right);
  for (size_t y = 0; y < context->height; y++) {
    float *target = out + y * row;
    bool comes = y >= inside.top && y < inside.bottom;
    size_t left = comes ? inside.left * channels : row, end = comes ? inside.right * channels : row;
    for (size_t i = 0; i < left; i++) target[i] = outside;
    if (comes) {
      size_t source_y = (size_t)((int64_t)y - down), source_x = (size_t)((int64_t)inside.left - right);
      const float *source = in + source_y * row + source_x * channels;
      size_t pixels = inside.right - inside.left;
      if (channels == 3) {
        recolor(pixels, 3, gain, gray, offset, source, target + left);
      } else {
        recolor(pixels, channels, gain, gray, offset, source, target + left);
      }
    }
    for (size_t i = end; i < row; i++) target[i] = outside;
  }
}

CK_INLINE double sum_of(size_t count, const float *values) {
  double lanes[CK_LANES] = {0}, sum = 0;
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    for (size_t lane = 0; lane < CK_LANES; lane++) lanes[lane] += (double)values[i + lane];
  }
  for (; i < count; i++) sum += (double)values[i];
  for (size_t lane = 0; lane < CK_LANES; lane++) sum += lanes[lane];
  return sum;
}

CK_INLINE void forward_image_body(void *opaque, size_t image) {
  const context_t *context = opaque;
  const ck_augmentation *change = context->change + image;
  size_t count = context->height * context->width * context->channels;
  const float *x = context->in + image * count;
  double mean = sum_of(count, x) / (double)count, contrast = (double)change->contrast;
  float offset = (float)((1 - contrast) * mean + (double)change->brightness);
  recolor_moved(context, change, offset, 0, change->shift_down, change->shift_right, x, context->out + image * count);
}
CK_TASK(forward_image)

CK_INLINE void backward_image_body(void *opaque, size_t image) {
  const context_t *context = opaque;
  const ck_augmentation *change = context->change + image;
  size_t channels = context->channels, row = context->width * channels, count = context->height * row;
  const float *dy = context->in + image * count;
  box seen = covered(context, change->shift_down, change->shift_right);
  double sum = 0;
  for (size_t y = seen.top; y < seen.bottom; y++) {
    sum += sum_of((seen.right - seen.left) * channels, dy + y * row + seen.left * channels);
  }
  float offset = (float)((1 - (double)change->contrast) * sum / (double)count);
  recolor_moved(context, change, offset, offset, -(int64_t)change->shift_down, -(int64_t)change->shift_right, dy,
                context->out + image * count);
}
CK_TASK(backward_image)

void ck_augment_forward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                        const float *x, float *y, int threads) {
  context_t context = {height, width, channels, change, x, y};
  ck_parallel(batch, threads, forward_image, &context);
}

void ck_augment_backward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                         const float *dy, float *dx, int threads) {
  context_t context = {height, width, channels, change, dy, dx};
  ck_parallel(batch, threads, backward_image, &context);
}
