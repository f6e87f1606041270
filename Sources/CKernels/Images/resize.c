// Crop and resize by a separable triangle filter: rows first, to float, then columns.
//
// The filter of an output pixel is centered on its place in the crop and reaches max(1, reduction) input
// pixels to either side, within the crop: what the crop cuts off does not leak in. Its weights are normalized
// in double. A crop that leaves the image sees the border pixels repeated.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "ck_images.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

// The input pixels of each output place along one axis, and their weights.
typedef struct {
  size_t reach;        // taps kept for each place; unused ones weigh 0
  uint32_t *index;     // [size, reach], inside the image
  float *weight;       // [size, reach]
  size_t first, last;  // the input pixels used
} axis;

static axis axis_make(size_t length, double begin, double extent, size_t size) {
  double scale = extent / (double)size, support = fmax(scale, 1);
  double lowest = floor(begin), highest = ceil(begin + extent);
  axis result = {.reach = (size_t)ceil(2 * support) + 1, .first = length - 1, .last = 0};
  result.index = ck_allocate(size * result.reach * sizeof *result.index);
  result.weight = ck_allocate(size * result.reach * sizeof *result.weight);
  for (size_t place = 0; place < size; place++) {
    double center = begin + ((double)place + 0.5) * scale;
    double start = fmax(floor(center - support + 0.5), lowest);
    double end = fmin(floor(center + support + 0.5), highest);
    double sum = 0;
    for (double pixel = start; pixel < end; pixel++) sum += fmax(1 - fabs(pixel + 0.5 - center) / support, 0);
    for (size_t tap = 0; tap < result.reach; tap++) {
      double pixel = start + (double)tap;
      bool used = pixel < end;
      double weight = used ? fmax(1 - fabs(pixel + 0.5 - center) / support, 0) / sum : 0;
      size_t index = (size_t)fmin(fmax(used ? pixel : start, 0), (double)(length - 1));
      result.index[place * result.reach + tap] = (uint32_t)index;
      result.weight[place * result.reach + tap] = (float)weight;
      if (index < result.first) result.first = index;
      if (index > result.last) result.last = index;
    }
  }
  return result;
}

static void axis_free(axis *axis) {
  ck_buffer_free(axis->index);
  ck_buffer_free(axis->weight);
}

CK_INLINE void filter_row(const axis *columns, size_t channels, size_t out_width, const uint8_t *restrict row,
                          float *restrict out) {
  for (size_t place = 0; place < out_width; place++) {
    const uint32_t *index = columns->index + place * columns->reach;
    const float *weight = columns->weight + place * columns->reach;
    float *restrict target = out + place * channels;
    for (size_t channel = 0; channel < channels; channel++) target[channel] = 0;
    for (size_t tap = 0; tap < columns->reach; tap++) {
      const uint8_t *restrict pixel = row + index[tap] * channels;
      for (size_t channel = 0; channel < channels; channel++) {
        target[channel] += weight[tap] * (float)pixel[channel];
      }
    }
  }
}

typedef struct {
  const axis *rows;
  size_t count;           // values in a row of the output
  const float *filtered;  // the rows from rows->first on, each filtered
  float *sum;             // [count], scratch
  uint8_t *out;
} column_context;

CK_INLINE void filter_column_body(void *opaque, size_t place) {
  const column_context *context = opaque;
  const axis *rows = context->rows;
  size_t count = context->count;
  float *restrict sum = context->sum;
  uint8_t *restrict out = context->out + place * count;
  for (size_t i = 0; i < count; i++) sum[i] = 0.5f;
  for (size_t tap = 0; tap < rows->reach; tap++) {
    size_t index = rows->index[place * rows->reach + tap] - rows->first;
    const float *restrict row = context->filtered + index * count;
    float weight = rows->weight[place * rows->reach + tap];
    for (size_t i = 0; i < count; i++) sum[i] += weight * row[i];
  }
  for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(int32_t)(sum[i] < 255 ? sum[i] : 255);
}
CK_TASK(filter_column)

void ck_resize(const uint8_t *image, size_t height, size_t width, size_t channels, double top, double left,
               double crop_height, double crop_width, size_t out_height, size_t out_width, uint8_t *out) {
  axis rows = axis_make(height, top, crop_height, out_height);
  axis columns = axis_make(width, left, crop_width, out_width);
  size_t count = out_width * channels;
  float *filtered = ck_allocate((rows.last - rows.first + 2) * count * sizeof *filtered);
  for (size_t row = rows.first; row <= rows.last; row++) {
    float *target = filtered + (row - rows.first) * count;
    const uint8_t *source = image + row * width * channels;
    if (channels == 3) {
      filter_row(&columns, 3, out_width, source, target);
    } else {
      filter_row(&columns, channels, out_width, source, target);
    }
  }
  column_context context = {&rows, count, filtered, filtered + (rows.last - rows.first + 1) * count, out};
  ck_parallel(out_height, 1, filter_column, &context);
  ck_buffer_free(filtered);
  axis_free(&rows);
  axis_free(&columns);
}
