// Batch normalisation over the rows of [rows, channels].
//
// Goals, in order: the statistics of a large mean with a small variance are right; bit-identical for any
// number of threads; memory speed.
// - Σx and Σx² are taken in double: squares of floats are exact there, so the difference E[x²] − mean² keeps
//   seven digits up to a mean of ten thousand deviations. A second pass for the variance would read the
//   tensor again.
// - y is computed as (x − mean)·scale + β, not x·scale + shift, which cancels when the mean is large.
#include <math.h>

#include "CKernels.h"
#include "blocks.h"

typedef struct {
  ck_columns columns;
  const float *x, *dy;
  const float *mean;  // spread over the lanes, as are scale, shift and slope
  const float *scale, *shift, *slope;
  double *partial;  // [blocks, 2, width]
  float *out;
} context_t;

// MARK: - Sums

// Σx and Σx².
CK_INLINE void moments_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  const ck_columns *columns = &context->columns;
  ck_range range = ck_block_range(columns->count, columns->block, block);
  size_t width = columns->width, begin = range.begin;
  double *restrict sum = context->partial + block * 2 * width, *restrict square = sum + width;
  for (size_t lane = 0; lane < width; lane++) sum[lane] = square[lane] = 0;
  for (; begin + 4 * width <= range.end; begin += 4 * width) {
    const float *restrict x = context->x + begin;
    for (size_t lane = 0; lane < width; lane++) {
      double a = (double)x[lane], b = (double)x[lane + width];
      double c = (double)x[lane + 2 * width], d = (double)x[lane + 3 * width];
      sum[lane] += (a + b) + (c + d);
      square[lane] += (a * a + b * b) + (c * c + d * d);
    }
  }
  for (; begin < range.end; begin += width) {
    const float *restrict x = context->x + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    for (size_t lane = 0; lane < count; lane++) {
      double a = (double)x[lane];
      sum[lane] += a;
      square[lane] += a * a;
    }
  }
}
CK_TASK(moments_block)

// Σdy and Σdy·(x − mean). Four rows are added in float before the sums go to double.
CK_INLINE void gradients_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  const ck_columns *columns = &context->columns;
  ck_range range = ck_block_range(columns->count, columns->block, block);
  size_t width = columns->width, begin = range.begin;
  const float *restrict mean = context->mean;
  double *restrict sum = context->partial + block * 2 * width, *restrict product = sum + width;
  for (size_t lane = 0; lane < width; lane++) sum[lane] = product[lane] = 0;
  for (; begin + 4 * width <= range.end; begin += 4 * width) {
    const float *restrict x = context->x + begin, *restrict dy = context->dy + begin;
    for (size_t lane = 0; lane < width; lane++) {
      float a = dy[lane], b = dy[lane + width], c = dy[lane + 2 * width], d = dy[lane + 3 * width];
      float centre = mean[lane];
      float products = (a * (x[lane] - centre) + b * (x[lane + width] - centre))
                       + (c * (x[lane + 2 * width] - centre) + d * (x[lane + 3 * width] - centre));
      sum[lane] += (double)((a + b) + (c + d));
      product[lane] += (double)products;
    }
  }
  for (; begin < range.end; begin += width) {
    const float *restrict x = context->x + begin, *restrict dy = context->dy + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    for (size_t lane = 0; lane < count; lane++) {
      sum[lane] += (double)dy[lane];
      product[lane] += (double)(dy[lane] * (x[lane] - mean[lane]));
    }
  }
}
CK_TASK(gradients_block)

// MARK: - Maps

// out = (x − mean)·scale + shift
CK_INLINE void normalise_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  const float *mean = context->mean, *scale = context->scale, *shift = context->shift;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin;
    float *out = context->out + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) {
      out[lane] = (x[lane] - mean[lane]) * scale[lane] + shift[lane];
    }
  }
}
CK_TASK(normalise_block)

// out = dy·scale
CK_INLINE void scale_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  const float *restrict scale = context->scale;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *dy = context->dy + begin;
    float *out = context->out + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) out[lane] = dy[lane] * scale[lane];
  }
}
CK_TASK(scale_block)

// out = dy·scale + shift + (x − mean)·slope
CK_INLINE void training_gradient_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  const float *mean = context->mean, *scale = context->scale;
  const float *shift = context->shift, *slope = context->slope;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin, *dy = context->dy + begin;
    float *out = context->out + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) {
      out[lane] = dy[lane] * scale[lane] + (shift[lane] + (x[lane] - mean[lane]) * slope[lane]);
    }
  }
}
CK_TASK(training_gradient_block)

// MARK: - Entry points

static double deviation(float variance, float epsilon) { return sqrt((double)variance + (double)epsilon); }

void ck_batch_norm_training_forward(size_t rows, size_t channels, float epsilon, const float *x,
                                    const float *gamma, const float *beta, float *y, float *mean,
                                    float *variance, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .x = x};
  const ck_columns *columns = &context.columns;
  size_t partials = columns->blocks * 2 * columns->width;
  context.partial = ck_buffer_allocate((partials + 2 * channels) * sizeof(double));
  ck_parallel(columns->blocks, threads, moments_block, &context);
  double *sum = context.partial + partials, *square = sum + channels;
  ck_columns_fold(columns, context.partial, 2 * columns->width, sum);
  ck_columns_fold(columns, context.partial + columns->width, 2 * columns->width, square);
  for (size_t channel = 0; channel < channels; channel++) {
    double centre = sum[channel] / (double)rows;
    mean[channel] = (float)centre;
    variance[channel] = (float)fmax(square[channel] / (double)rows - centre * centre, 0);
  }
  ck_buffer_free(context.partial);
  ck_batch_norm_inference_forward(rows, channels, epsilon, x, gamma, beta, mean, variance, y, threads);
}

void ck_batch_norm_inference_forward(size_t rows, size_t channels, float epsilon, const float *x,
                                     const float *gamma, const float *beta, const float *mean,
                                     const float *variance, float *y, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .x = x, .out = y};
  size_t width = context.columns.width;
  float *lanes = ck_buffer_allocate((3 * width + channels) * sizeof *lanes), *scale = lanes + 3 * width;
  for (size_t channel = 0; channel < channels; channel++) {
    scale[channel] = (float)((double)gamma[channel] / deviation(variance[channel], epsilon));
  }
  ck_columns_spread(&context.columns, mean, lanes);
  ck_columns_spread(&context.columns, scale, lanes + width);
  ck_columns_spread(&context.columns, beta, lanes + 2 * width);
  context.mean = lanes;
  context.scale = lanes + width;
  context.shift = lanes + 2 * width;
  ck_parallel(context.columns.blocks, threads, normalise_block, &context);
  ck_buffer_free(lanes);
}

// The gradients of both phases differ only in dx: without batch statistics it is dy·γ/σ.
static void backward(bool training, size_t rows, size_t channels, float epsilon, const float *x,
                     const float *gamma, const float *mean, const float *variance, const float *dy, float *dx,
                     float *dgamma, float *dbeta, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .x = x, .dy = dy, .out = dx};
  const ck_columns *columns = &context.columns;
  size_t width = columns->width;
  float *lanes = ck_buffer_allocate((4 * width + 3 * channels) * sizeof *lanes);
  float *scale = lanes + 4 * width, *shift = scale + channels, *slope = shift + channels;
  ck_columns_spread(columns, mean, lanes);
  context.mean = lanes;
  for (size_t channel = 0; channel < channels; channel++) {
    scale[channel] = (float)((double)gamma[channel] / deviation(variance[channel], epsilon));
  }
  ck_columns_spread(columns, scale, lanes + width);
  context.scale = lanes + width;

  if (dgamma || dbeta || (dx && training)) {
    size_t partials = columns->blocks * 2 * width;
    context.partial = ck_buffer_allocate((partials + 2 * channels) * sizeof(double));
    ck_parallel(columns->blocks, threads, gradients_block, &context);
    double *sum = context.partial + partials, *product = sum + channels;
    ck_columns_fold(columns, context.partial, 2 * width, sum);
    ck_columns_fold(columns, context.partial + width, 2 * width, product);
    for (size_t channel = 0; channel < channels; channel++) {
      double sigma = deviation(variance[channel], epsilon), gain = (double)gamma[channel] / sigma;
      if (dbeta) dbeta[channel] = (float)sum[channel];
      if (dgamma) dgamma[channel] = (float)(product[channel] / sigma);
      shift[channel] = (float)(-gain * sum[channel] / (double)rows);
      slope[channel] = (float)(-gain * product[channel] / (sigma * sigma * (double)rows));
    }
    ck_buffer_free(context.partial);
  }
  if (dx && training) {
    ck_columns_spread(columns, shift, lanes + 2 * width);
    ck_columns_spread(columns, slope, lanes + 3 * width);
    context.shift = lanes + 2 * width;
    context.slope = lanes + 3 * width;
  }
  if (dx) ck_parallel(columns->blocks, threads, training ? training_gradient_block : scale_block, &context);
  ck_buffer_free(lanes);
}

void ck_batch_norm_training_backward(size_t rows, size_t channels, float epsilon, const float *x,
                                     const float *gamma, const float *mean, const float *variance,
                                     const float *dy, float *dx, float *dgamma, float *dbeta, int threads) {
  backward(true, rows, channels, epsilon, x, gamma, mean, variance, dy, dx, dgamma, dbeta, threads);
}

void ck_batch_norm_inference_backward(size_t rows, size_t channels, float epsilon, const float *x,
                                      const float *gamma, const float *mean, const float *variance,
                                      const float *dy, float *dx, float *dgamma, float *dbeta, int threads) {
  backward(false, rows, channels, epsilon, x, gamma, mean, variance, dy, dx, dgamma, dbeta, threads);
}
