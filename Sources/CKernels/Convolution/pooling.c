// Max pooling: rows first, over whole rows of the input, then columns. The largest value of a window is the
// largest of its columns' largest values, so a kernel of k×k costs 2k comparisons instead of k².
#include <stdbool.h>
#include <string.h>

#include "ck_convolution.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

typedef struct {
  const ck_pooling *shape;
  const float *x, *y, *dy;
  float *result;
} pooling_context;

// What is not a number wins, as it does in PyTorch: it must not vanish in a maximum.
CK_INLINE float larger(float a, float b) { return b <= a || a != a ? a : b; }

static size_t row_length(const ck_pooling *shape) { return shape->in_width * shape->channels; }

CK_INLINE void forward_row_body(void *opaque, size_t task) {
  const pooling_context *context = opaque;
  const ck_pooling *shape = context->shape;
  size_t channels = shape->channels, length = row_length(shape), out_length = shape->out_width * channels;
  size_t image = task / shape->out_height, top = task % shape->out_height * shape->stride;
  size_t bottom = ck_minimum(top + shape->kernel, shape->in_height);
  // The last pixels are read and written in whole vectors, into what lies behind them.
  float *restrict columns = ck_scratch(CK_SCRATCH_TASK, length + out_length + 2 * CK_LANES);
  float *restrict out = columns + length + CK_LANES;
  memcpy(columns, context->x + (image * shape->in_height + top) * length, length * sizeof *columns);
  memset(columns + length, 0, CK_LANES * sizeof *columns);
  for (size_t y = top + 1; y < bottom; y++) {
    const float *restrict row = context->x + (image * shape->in_height + y) * length;
    for (size_t i = 0; i < length; i++) columns[i] = larger(columns[i], row[i]);
  }
  for (size_t place = 0; place < shape->out_width; place++) {
    size_t left = place * shape->stride, right = ck_minimum(left + shape->kernel, shape->in_width);
    for (size_t channel = 0; channel < channels; channel += CK_LANES) {
      float largest[CK_LANES];
      const float *first = columns + left * channels + channel;
      for (size_t lane = 0; lane < CK_LANES; lane++) largest[lane] = first[lane];
      for (size_t x = left + 1; x < right; x++) {
        const float *values = columns + x * channels + channel;
        for (size_t lane = 0; lane < CK_LANES; lane++) largest[lane] = larger(largest[lane], values[lane]);
      }
      memcpy(out + place * channels + channel, largest, sizeof largest);
    }
  }
  memcpy(context->result + task * out_length, out, out_length * sizeof *out);
}
CK_TASK(forward_row)

void ck_max_pool_forward(const ck_pooling *shape, const float *x, float *y, int threads) {
  pooling_context context = {.shape = shape, .x = x, .result = y};
  ck_parallel(shape->batch * shape->out_height, threads, forward_row, &context);
}

// Gives dy to the first of the window's values that is y; `count` channels, a constant where it is CK_LANES.
CK_INLINE void give_back(const pooling_context *context, size_t image, size_t row, size_t column, size_t channel,
                         size_t count) {
  const ck_pooling *shape = context->shape;
  size_t place = ((image * shape->out_height + row) * shape->out_width + column) * shape->channels + channel;
  size_t top = row * shape->stride, bottom = ck_minimum(top + shape->kernel, shape->in_height);
  size_t left = column * shape->stride, right = ck_minimum(left + shape->kernel, shape->in_width);
  float largest[CK_LANES], rest[CK_LANES];
  for (size_t lane = 0; lane < count; lane++) largest[lane] = context->y[place + lane];
  for (size_t lane = 0; lane < count; lane++) rest[lane] = context->dy[place + lane];
  for (size_t y = top; y < bottom; y++) {
    for (size_t x = left; x < right; x++) {
      size_t pixel = ((image * shape->in_height + y) * shape->in_width + x) * shape->channels + channel;
      const float *restrict values = context->x + pixel;
      float *restrict dx = context->result + pixel;
      for (size_t lane = 0; lane < count; lane++) {
        bool takes = values[lane] == largest[lane] || values[lane] != values[lane];
        dx[lane] += takes ? rest[lane] : 0;
        rest[lane] = takes ? 0 : rest[lane];
      }
    }
  }
}

// Windows may overlap, so a task is a whole image.
CK_INLINE void backward_image_body(void *opaque, size_t image) {
  const pooling_context *context = opaque;
  const ck_pooling *shape = context->shape;
  size_t channels = shape->channels, count = shape->in_height * row_length(shape);
  memset(context->result + image * count, 0, count * sizeof(float));
  for (size_t row = 0; row < shape->out_height; row++) {
    for (size_t column = 0; column < shape->out_width; column++) {
      size_t channel = 0;
      for (; channel + CK_LANES <= channels; channel += CK_LANES) {
        give_back(context, image, row, column, channel, CK_LANES);
      }
      if (channel < channels) give_back(context, image, row, column, channel, channels - channel);
    }
  }
}
CK_TASK(backward_image)

void ck_max_pool_backward(const ck_pooling *shape, const float *x, const float *y, const float *dy, float *dx,
                          int threads) {
  pooling_context context = {.shape = shape, .x = x, .y = y, .dy = dy, .result = dx};
  ck_parallel(shape->batch, threads, backward_image, &context);
}
