// Layer normalization: each row to mean 0 and variance 1, then a scale and an offset of each channel.
//
// Goals, in order: (1) variances of rows far from zero, so squares are taken of differences from the mean; (2) the
// same bits for any number of threads, so rows are cut into blocks by shape alone and the blocks' sums for the scale
// and the offset added in order, in double; (3) memory speed: the backward pass computes the statistics again instead
// of reading them. Rejected: E[x²] − E[x]², which loses the variance where the mean is large.
#include <math.h>

#include "ck_machine.h"
#include "ck_normalization.h"
#include "Machine/blocks.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"

typedef struct {
  size_t rows, channels, block, blocks;  // rows in a block
  float epsilon;
  const float *x, *scale, *offset, *dy;
  float *y;         // or dx, which may be NULL
  double *partial;  // [blocks, 2, channels]: sums for the scale and for the offset; or NULL
} layer_norm_context;

CK_INLINE float sum_of_lanes(const ck_lanes *lanes) {
  float sum = 0;
  for (size_t lane = 0; lane < CK_LANES; lane++) sum += (*lanes)[lane];
  return sum;
}

// The mean of a row and 1/√(variance + ε).
CK_INLINE void statistics(const layer_norm_context *context, const float *x, float *mean, float *inverse) {
  size_t channels = context->channels, whole = channels / CK_LANES * CK_LANES;
  ck_lanes sums = {0}, squares = {0}, value;
  for (size_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&value, x + i);
    sums += value;
  }
  float sum = sum_of_lanes(&sums);
  for (size_t i = whole; i < channels; i++) sum += x[i];
  *mean = sum / (float)channels;
  for (size_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&value, x + i);
    value -= *mean;
    squares += value * value;
  }
  float square = sum_of_lanes(&squares);
  for (size_t i = whole; i < channels; i++) square += (x[i] - *mean) * (x[i] - *mean);
  *inverse = 1 / sqrtf(square / (float)channels + context->epsilon);
}

CK_INLINE void normalize_rows_body(void *opaque, size_t block) {
  const layer_norm_context *context = opaque;
  size_t channels = context->channels;
  ck_range rows = ck_block_range(context->rows, context->block, block);
  const float *scale = context->scale, *offset = context->offset;
  for (size_t row = rows.begin; row < rows.end; row++) {
    const float *x = context->x + row * channels;
    float *y = context->y + row * channels, mean, inverse;
    statistics(context, x, &mean, &inverse);
    CK_SAME_INDEX
    for (size_t i = 0; i < channels; i++) y[i] = (x[i] - mean) * inverse * scale[i] + offset[i];
  }
}
CK_TASK(normalize_rows)

// With g = dy·scale and x̂ = (x − mean)/σ: dx = (g − mean(g) − x̂·mean(g·x̂))/σ.
CK_INLINE void input_gradient(const layer_norm_context *context, const float *x, const float *dy, float mean,
                              float inverse, float *dx) {
  size_t channels = context->channels, whole = channels / CK_LANES * CK_LANES;
  const float *scale = context->scale;
  ck_lanes sums = {0}, products = {0}, value, cotangent, factor;
  for (size_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&value, x + i);
    ck_load(&cotangent, dy + i);
    ck_load(&factor, scale + i);
    cotangent *= factor;
    sums += cotangent;
    products += cotangent * (value - mean);
  }
  float sum = sum_of_lanes(&sums), product = sum_of_lanes(&products);
  for (size_t i = whole; i < channels; i++) {
    sum += dy[i] * scale[i];
    product += dy[i] * scale[i] * (x[i] - mean);
  }
  sum /= (float)channels;
  product *= inverse * inverse / (float)channels;
  CK_SAME_INDEX
  for (size_t i = 0; i < channels; i++) dx[i] = (dy[i] * scale[i] - sum - (x[i] - mean) * product) * inverse;
}

// The sums come before dx, which may take the place of dy.
CK_INLINE void backward_rows_body(void *opaque, size_t block) {
  const layer_norm_context *context = opaque;
  size_t channels = context->channels;
  ck_range rows = ck_block_range(context->rows, context->block, block);
  double *restrict scale_sum = context->partial ? context->partial + block * 2 * channels : NULL;
  double *restrict offset_sum = scale_sum + (scale_sum ? channels : 0);
  if (scale_sum) {
    for (size_t i = 0; i < 2 * channels; i++) scale_sum[i] = 0;
  }
  for (size_t row = rows.begin; row < rows.end; row++) {
    const float *x = context->x + row * channels, *dy = context->dy + row * channels;
    float mean, inverse;
    statistics(context, x, &mean, &inverse);
    if (scale_sum) {
      for (size_t i = 0; i < channels; i++) {
        scale_sum[i] += (double)(dy[i] * ((x[i] - mean) * inverse));
        offset_sum[i] += (double)dy[i];
      }
    }
    if (context->y) input_gradient(context, x, dy, mean, inverse, context->y + row * channels);
  }
}
CK_TASK(backward_rows)

static layer_norm_context make_context(size_t rows, size_t channels, float epsilon, const float *x,
                                       const float *scale) {
  size_t block = channels < CK_BLOCK ? CK_BLOCK / channels : 1;
  return (layer_norm_context){.rows = rows,
                              .channels = channels,
                              .block = block,
                              .blocks = ck_block_count(rows, block),
                              .epsilon = epsilon,
                              .x = x,
                              .scale = scale};
}

void ck_layer_norm_forward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                           const float *offset, float *y, int threads) {
  layer_norm_context context = make_context(rows, channels, epsilon, x, scale);
  context.offset = offset;
  context.y = y;
  ck_run_blocks(rows * channels, context.blocks, threads, normalize_rows, &context);
}

void ck_layer_norm_backward(size_t rows, size_t channels, float epsilon, const float *x, const float *scale,
                            const float *dy, float *dx, float *dscale, float *doffset, int threads) {
  layer_norm_context context = make_context(rows, channels, epsilon, x, scale);
  context.dy = dy;
  context.y = dx;
  if (dscale) context.partial = ck_allocate(context.blocks * 2 * channels * sizeof(double));
  ck_run_blocks(rows * channels, context.blocks, threads, backward_rows, &context);
  if (!dscale) return;
  for (size_t i = 0; i < channels; i++) {
    double scale_sum = 0, offset_sum = 0;
    for (size_t block = 0; block < context.blocks; block++) {
      scale_sum += context.partial[block * 2 * channels + i];
      offset_sum += context.partial[(block * 2 + 1) * channels + i];
    }
    dscale[i] = (float)scale_sum;
    doffset[i] = (float)offset_sum;
  }
  ck_buffer_free(context.partial);
}
