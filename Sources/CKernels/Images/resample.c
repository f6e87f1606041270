// Separable linear resampling by tables of taps: rows of the picture are added first, then places of the sum.
//
// Goals, in order:
// 1. One kernel for every reduction, enlargement and crop, and for its adjoint, which is the same with both tables
//    transposed: a table says all there is to know of a filter.
// 2. Nothing between the two passes goes to memory: a task makes one row of the result from the rows it needs.
// 3. The same bits for any number of threads.
// Rejected: columns first, as the bytes' kernel must. Their short runs of taps do not fill vectors, and rows first do
// that work on rows of the result only.
//
// Bytes follow Pillow to the last bit: columns first, as it does wherever both axes shrink or both grow, weights in
// 22 bits of fixed point, and the sums between the passes rounded to bytes.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ck_images.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

// MARK: - Floats

typedef struct {
  const ck_taps *rows, *columns;
  size_t channels;
  const float *row_weights, *column_weights;
  const float *x;
  float *y;
} resample_context;

CK_INLINE void add_scaled(size_t count, float weight, const float *restrict x, float *restrict sum) {
  for (size_t i = 0; i < count; i++) sum[i] += weight * x[i];
}

CK_INLINE void add_places(const ck_taps *columns, const float *restrict weights, size_t channels,
                          const float *restrict row, float *restrict y) {
  for (size_t place = 0; place < columns->out; place++) {
    float *restrict target = y + place * channels;
    const float *restrict source = row + columns->first[place] * channels;
    for (size_t channel = 0; channel < channels; channel++) target[channel] = 0;
    for (size_t tap = 0; tap < columns->count[place]; tap++) {
      float weight = weights[place * columns->reach + tap];
      for (size_t channel = 0; channel < channels; channel++) {
        target[channel] += weight * source[tap * channels + channel];
      }
    }
  }
}

CK_INLINE void resample_row_body(void *opaque, size_t task) {
  const resample_context *context = opaque;
  const ck_taps *rows = context->rows, *columns = context->columns;
  size_t picture = task / rows->out, place = task % rows->out, channels = context->channels;
  size_t width = columns->in * channels;
  float *y = context->y + task * columns->out * channels;
  const float *x = context->x + (picture * rows->in + rows->first[place]) * width;
  float *sum = ck_scratch(CK_SCRATCH_TASK, width);
  for (size_t i = 0; i < width; i++) sum[i] = 0;
  for (size_t tap = 0; tap < rows->count[place]; tap++) {
    add_scaled(width, context->row_weights[place * rows->reach + tap], x + tap * width, sum);
  }
  if (channels == 3) add_places(columns, context->column_weights, 3, sum, y);
  else add_places(columns, context->column_weights, channels, sum, y);
}
CK_TASK(resample_row)

static float *rounded_weights(const ck_taps *taps, float *weights) {
  for (size_t i = 0; i < taps->out * taps->reach; i++) weights[i] = (float)taps->weight[i];
  return weights;
}

void ck_resample(size_t batch, const ck_taps *rows, const ck_taps *columns, size_t channels, const float *x, float *y,
                 int threads) {
  size_t row_weights = rows->out * rows->reach, count = batch * rows->out * columns->out * channels;
  float *weights = ck_scratch(CK_SCRATCH_CALL, row_weights + columns->out * columns->reach);
  resample_context context = {
      rows, columns, channels, rounded_weights(rows, weights), rounded_weights(columns, weights + row_weights), x, y};
  ck_run_blocks(count, batch * rows->out, threads, resample_row, &context);
}

// MARK: - Bytes

enum { FRACTION_BITS = 22 };

static int32_t *fixed_weights(const ck_taps *taps, int32_t *weights) {
  for (size_t i = 0; i < taps->out * taps->reach; i++) {
    double scaled = taps->weight[i] * (1 << FRACTION_BITS);
    weights[i] = (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  }
  return weights;
}

CK_INLINE uint8_t byte_of(int32_t sum) {
  sum >>= FRACTION_BITS;
  return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

// Values of one place, `step` values between its taps.
CK_INLINE uint8_t byte_sum(const int32_t *weights, size_t taps, const uint8_t *source, size_t step) {
  int32_t sum = 1 << (FRACTION_BITS - 1);
  for (size_t tap = 0; tap < taps; tap++) sum += weights[tap] * source[tap * step];
  return byte_of(sum);
}

void ck_resample_bytes(const ck_taps *rows, const ck_taps *columns, size_t channels, const uint8_t *image,
                       uint8_t *out) {
  size_t row_weights = rows->out * rows->reach, column_weights = columns->out * columns->reach;
  size_t width = columns->out * channels, end = 0, begin = rows->in;
  for (size_t place = 0; place < rows->out; place++) {
    begin = ck_minimum(begin, rows->first[place]);
    end = ck_maximum(end, rows->first[place] + rows->count[place]);
  }
  begin = ck_minimum(begin, end);
  int32_t *weights = (int32_t *)ck_scratch(CK_SCRATCH_CALL, row_weights + column_weights);
  const int32_t *of_rows = fixed_weights(rows, weights), *of_columns = fixed_weights(columns, weights + row_weights);
  uint8_t *between = (uint8_t *)ck_scratch(CK_SCRATCH_TASK, ck_divide_up((end - begin) * width, sizeof(float)));
  for (size_t row = begin; row < end; row++) {
    for (size_t place = 0; place < columns->out; place++) {
      const uint8_t *source = image + (row * columns->in + columns->first[place]) * channels;
      for (size_t channel = 0; channel < channels; channel++) {
        between[(row - begin) * width + place * channels + channel] =
            byte_sum(of_columns + place * columns->reach, columns->count[place], source + channel, channels);
      }
    }
  }
  for (size_t place = 0; place < rows->out; place++) {
    const uint8_t *source = between + (rows->first[place] - begin) * width;
    for (size_t i = 0; i < width; i++) {
      out[place * width + i] = byte_sum(of_rows + place * rows->reach, rows->count[place], source + i, width);
    }
  }
}
