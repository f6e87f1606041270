// Batch normalization over the rows of [rows, channels], with the activation that follows it.
//
// Goals, in order: the statistics of a large mean with a small variance are right; bit-identical for any
// number of threads; memory speed.
// - Σx and Σx² are taken in double: squares of floats are exact there, so the difference E[x²] − mean² keeps
//   seven digits up to a mean of ten thousand deviations. A second pass for the variance would read the
//   tensor again.
// - y is computed as (x − mean)·scale + β, not x·scale + shift, which cancels when the mean is large.
// - The activation is applied in the pass that normalizes. The backward passes compute its derivative from x
//   again: a few operations, where reading y would move a third more memory.
#include <math.h>
#include <stdbool.h>

#include "Activation/activation.h"
#include "ck_machine.h"
#include "ck_normalization.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  ck_columns columns;
  ck_activation kind;
  float slope;
  const float *x, *dy;
  // One number for each lane: y = f((x − mean)·scale + offset).
  const float *mean, *scale, *offset;
  // One number for each lane: dx = g·scale + constant + (x − mean)·linear, g being the gradient before f.
  const float *constant, *linear;
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

// The gradient before the activation.
CK_INLINE float inner_gradient(ck_activation kind, float slope, float x, float dy, float mean, float scale,
                               float offset) {
  if (kind == CK_IDENTITY) return dy;
  return dy * ck_activation_derivative(kind, slope, ck_activate(kind, slope, (x - mean) * scale + offset));
}

// Σg and Σg·(x − mean). Four rows are added in float before the sums go to double.
CK_INLINE void gradients_range(ck_activation kind, const context_t *context, size_t block) {
  const ck_columns *columns = &context->columns;
  ck_range range = ck_block_range(columns->count, columns->block, block);
  size_t width = columns->width, begin = range.begin;
  float slope = context->slope;
  const float *restrict mean = context->mean, *restrict scale = context->scale;
  const float *restrict offset = context->offset;
  double *restrict sum = context->partial + block * 2 * width, *restrict product = sum + width;
  for (size_t lane = 0; lane < width; lane++) sum[lane] = product[lane] = 0;
  for (; begin < range.end; begin += 4 * width) {
    bool whole = range.end - begin >= 4 * width;
    const float *restrict x = context->x + begin, *restrict dy = context->dy + begin;
    if (whole) {
      for (size_t lane = 0; lane < width; lane++) {
        float sums = 0, products = 0;
        for (size_t row = 0; row < 4; row++) {
          float value = x[lane + row * width];
          float gradient =
              inner_gradient(kind, slope, value, dy[lane + row * width], mean[lane], scale[lane], offset[lane]);
          sums += gradient;
          products += gradient * (value - mean[lane]);
        }
        sum[lane] += (double)sums;
        product[lane] += (double)products;
      }
      continue;
    }
    for (size_t row = 0; begin + row * width < range.end; row++) {
      size_t place = row * width, rest = range.end - begin - place, count = rest < width ? rest : width;
      for (size_t lane = 0; lane < count; lane++) {
        float value = x[lane + place];
        float gradient = inner_gradient(kind, slope, value, dy[lane + place], mean[lane], scale[lane], offset[lane]);
        sum[lane] += (double)gradient;
        product[lane] += (double)(gradient * (value - mean[lane]));
      }
    }
  }
}

CK_INLINE void gradients_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
#define GRADIENTS(kind) gradients_range(kind, context, block)
  CK_WITH_CONSTANT_KIND(context->kind, GRADIENTS)
}
CK_TASK(gradients_block)

// MARK: - Maps

// out = f((x − mean)·scale + offset)
CK_INLINE void normalize_range(ck_activation kind, const context_t *context, size_t block) {
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  float slope = context->slope;
  const float *mean = context->mean, *scale = context->scale, *offset = context->offset;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin;
    float *out = context->out + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) {
      out[lane] = ck_activate(kind, slope, (x[lane] - mean[lane]) * scale[lane] + offset[lane]);
    }
  }
}

CK_INLINE void normalize_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
#define NORMALIZE(kind) normalize_range(kind, context, block)
  CK_WITH_CONSTANT_KIND(context->kind, NORMALIZE)
}
CK_TASK(normalize_block)

// out = g·scale, and in training + constant + (x − mean)·linear
CK_INLINE void input_gradient_range(ck_activation kind, const context_t *context, size_t block) {
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  float slope = context->slope;
  const float *mean = context->mean, *scale = context->scale, *offset = context->offset;
  const float *constant = context->constant, *linear = context->linear;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin, *dy = context->dy + begin;
    float *out = context->out + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    if (linear) {
      CK_SAME_INDEX
      for (size_t lane = 0; lane < count; lane++) {
        float centered = x[lane] - mean[lane];
        float gradient = inner_gradient(kind, slope, x[lane], dy[lane], mean[lane], scale[lane], offset[lane]);
        out[lane] = gradient * scale[lane] + (constant[lane] + centered * linear[lane]);
      }
    } else {
      CK_SAME_INDEX
      for (size_t lane = 0; lane < count; lane++) {
        float gradient = inner_gradient(kind, slope, x[lane], dy[lane], mean[lane], scale[lane], offset[lane]);
        out[lane] = gradient * scale[lane];
      }
    }
  }
}

CK_INLINE void input_gradient_block_body(void *opaque, size_t block) {
  const context_t *context = opaque;
#define INPUT_GRADIENT(kind) input_gradient_range(kind, context, block)
  CK_WITH_CONSTANT_KIND(context->kind, INPUT_GRADIENT)
}
CK_TASK(input_gradient_block)

// MARK: - Entry points

static double deviation(float variance, float epsilon) { return sqrt((double)variance + (double)epsilon); }

// Spreads mean, scale and offset over the lanes of `context`; returns room for two more such arrays, in
// storage that begins with the mean.
static float *spread_vectors(context_t *context, float epsilon, const float *gamma, const float *beta,
                             const float *mean, const float *variance) {
  const ck_columns *columns = &context->columns;
  size_t width = columns->width;
  float *lanes = ck_allocate(5 * width * sizeof *lanes), *scale = lanes + width;
  float *gain = lanes + 3 * width;
  for (size_t channel = 0; channel < columns->channels; channel++) {
    gain[channel] = (float)((double)gamma[channel] / deviation(variance[channel], epsilon));
  }
  ck_columns_spread(columns, mean, lanes);
  ck_columns_spread(columns, gain, scale);
  ck_columns_spread(columns, beta, lanes + 2 * width);
  context->mean = lanes;
  context->scale = scale;
  context->offset = lanes + 2 * width;
  return gain;
}

// Folds the partial sums of the blocks into sums[2, channels], and frees them.
static void fold_sums(const context_t *context, double *sums) {
  const ck_columns *columns = &context->columns;
  ck_columns_fold(columns, context->partial, 2 * columns->width, sums);
  ck_columns_fold(columns, context->partial + columns->width, 2 * columns->width, sums + columns->channels);
  ck_buffer_free(context->partial);
}

void ck_batch_norm_moments(size_t rows, size_t channels, const float *x, double *moments, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .x = x};
  const ck_columns *columns = &context.columns;
  context.partial = ck_allocate(columns->blocks * 2 * columns->width * sizeof(double));
  ck_run_blocks(columns->count, columns->blocks, threads, moments_block, &context);
  fold_sums(&context, moments);
}

void ck_batch_norm_statistics(size_t rows, size_t channels, const double *moments, float *mean, float *variance) {
  const double *sum = moments, *square = moments + channels;
  for (size_t channel = 0; channel < channels; channel++) {
    double center = sum[channel] / (double)rows;
    mean[channel] = (float)center;
    variance[channel] = (float)fmax(square[channel] / (double)rows - center * center, 0);
  }
}

void ck_batch_norm_forward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                           const float *x, const float *gamma, const float *beta, const float *mean,
                           const float *variance, float *y, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .kind = kind, .slope = slope, .x = x, .out = y};
  spread_vectors(&context, epsilon, gamma, beta, mean, variance);
  ck_run_blocks(context.columns.count, context.columns.blocks, threads, normalize_block, &context);
  ck_buffer_free((void *)context.mean);
}

void ck_batch_norm_gradient_sums(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                                 const float *x, const float *gamma, const float *beta, const float *mean,
                                 const float *variance, const float *dy, double *sums, int threads) {
  context_t context = {.columns = ck_columns_of(rows, channels), .kind = kind, .slope = slope, .x = x, .dy = dy};
  const ck_columns *columns = &context.columns;
  spread_vectors(&context, epsilon, gamma, beta, mean, variance);
  context.partial = ck_allocate(columns->blocks * 2 * columns->width * sizeof(double));
  ck_run_blocks(columns->count, columns->blocks, threads, gradients_block, &context);
  fold_sums(&context, sums);
  ck_buffer_free((void *)context.mean);
}

void ck_batch_norm_vector_gradients(size_t channels, float epsilon, const float *variance, const double *sums,
                                    float *dgamma, float *dbeta) {
  for (size_t channel = 0; channel < channels; channel++) {
    dbeta[channel] = (float)sums[channel];
    dgamma[channel] = (float)(sums[channels + channel] / deviation(variance[channel], epsilon));
  }
}

void ck_batch_norm_backward(ck_activation kind, float slope, size_t rows, size_t channels, float epsilon,
                            const float *x, const float *gamma, const float *beta, const float *mean,
                            const float *variance, const float *dy, const double *sums, size_t summed_rows, float *dx,
                            int threads) {
  context_t context = {
      .columns = ck_columns_of(rows, channels), .kind = kind, .slope = slope, .x = x, .dy = dy, .out = dx};
  const ck_columns *columns = &context.columns;
  float *constant = spread_vectors(&context, epsilon, gamma, beta, mean, variance);
  if (sums) {
    float *linear = constant + columns->width;
    float *constants = ck_allocate(2 * channels * sizeof(float)), *linears = constants + channels;
    for (size_t channel = 0; channel < channels; channel++) {
      double sigma = deviation(variance[channel], epsilon), gain = (double)gamma[channel] / sigma;
      constants[channel] = (float)(-gain * sums[channel] / (double)summed_rows);
      linears[channel] = (float)(-gain * sums[channels + channel] / (sigma * sigma * (double)summed_rows));
    }
    ck_columns_spread(columns, constants, constant);
    ck_columns_spread(columns, linears, linear);
    ck_buffer_free(constants);
    context.constant = constant;
    context.linear = linear;
  }
  ck_run_blocks(columns->count, columns->blocks, threads, input_gradient_block, &context);
  ck_buffer_free((void *)context.mean);
}
