// Bias and activation in one pass, and its gradient in terms of the output.
#include "Activation/activation.h"
#include "ck_activation.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  ck_columns columns;
  ck_activation kind;
  float slope;
  const float *x, *bias;  // bias is spread over the lanes
  float *y;
} forward_context;

CK_INLINE void forward_values(ck_activation kind, const forward_context *context, size_t begin, size_t count,
                              const float *bias) {
  const float *x = context->x + begin;
  float *y = context->y + begin, slope = context->slope;
  if (bias) {
    CK_SAME_INDEX
    for (size_t i = 0; i < count; i++) y[i] = ck_activate(kind, slope, x[i] + bias[i]);
  } else {
    CK_SAME_INDEX
    for (size_t i = 0; i < count; i++) y[i] = ck_activate(kind, slope, x[i]);
  }
}

CK_INLINE void forward_range(ck_activation kind, const forward_context *context, ck_range range) {
  if (!context->bias) {
    forward_values(kind, context, range.begin, range.end - range.begin, NULL);
    return;
  }
  size_t width = context->columns.width;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    size_t count = range.end - begin < width ? range.end - begin : width;
    forward_values(kind, context, begin, count, context->bias);
  }
}

CK_INLINE void forward_block_body(void *opaque, size_t block) {
  const forward_context *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
#define FORWARD(kind) forward_range(kind, context, range)
  CK_WITH_CONSTANT_KIND(context->kind, FORWARD)
}
CK_TASK(forward_block)

void ck_bias_activation_forward(ck_activation kind, float slope, size_t rows, size_t channels, const float *x,
                                const float *bias, float *y, int threads) {
  forward_context context = {ck_columns_of(rows, channels), kind, slope, x, NULL, y};
  float *lanes = NULL;
  if (bias) {
    lanes = ck_allocate(context.columns.width * sizeof *lanes);
    ck_columns_spread(&context.columns, bias, lanes);
    context.bias = lanes;
  }
  ck_run_blocks(context.columns.count, context.columns.blocks, threads, forward_block, &context);
  if (lanes) ck_buffer_free(lanes);
}

typedef struct {
  ck_columns columns;
  ck_activation kind;
  float slope;
  const float *y, *dy;
  float *dx;
  double *partial;  // [blocks, width], or NULL
} backward_context;

CK_INLINE void backward_range(ck_activation kind, const backward_context *context, ck_range range) {
  const float *y = context->y, *dy = context->dy;
  float *dx = context->dx, slope = context->slope;
  CK_SAME_INDEX
  for (size_t i = range.begin; i < range.end; i++) {
    dx[i] = dy[i] * ck_activation_derivative(kind, slope, y[i]);
  }
}

// Four rows are added in float before the sum goes to double: a quarter of the conversions at the same
// accuracy.
CK_INLINE void sum_lanes(const ck_columns *columns, ck_range range, const float *restrict values,
                         double *restrict sum) {
  size_t width = columns->width, begin = range.begin;
  for (size_t lane = 0; lane < width; lane++) sum[lane] = 0;
  for (; begin + 4 * width <= range.end; begin += 4 * width) {
    const float *a = values + begin, *b = a + width, *c = b + width, *d = c + width;
    for (size_t lane = 0; lane < width; lane++) {
      sum[lane] += (double)((a[lane] + b[lane]) + (c[lane] + d[lane]));
    }
  }
  for (; begin < range.end; begin += width) {
    size_t count = range.end - begin < width ? range.end - begin : width;
    for (size_t lane = 0; lane < count; lane++) sum[lane] += (double)values[begin + lane];
  }
}

CK_INLINE void backward_block_body(void *opaque, size_t block) {
  const backward_context *context = opaque;
  const ck_columns *columns = &context->columns;
  ck_range range = ck_block_range(columns->count, columns->block, block);
#define BACKWARD(kind) backward_range(kind, context, range)
  CK_WITH_CONSTANT_KIND(context->kind, BACKWARD)
  if (context->partial) sum_lanes(columns, range, context->dx, context->partial + block * columns->width);
}
CK_TASK(backward_block)

void ck_bias_activation_backward(ck_activation kind, float slope, size_t rows, size_t channels, const float *y,
                                 const float *dy, float *dx, float *dbias, int threads) {
  if (!dx && !dbias) return;
  backward_context context = {ck_columns_of(rows, channels), kind, slope, y, dy, dx, NULL};
  const ck_columns *columns = &context.columns;
  if (!dx) context.dx = ck_allocate(columns->count * sizeof *dx);
  size_t partials = columns->blocks * columns->width;
  if (dbias) context.partial = ck_allocate((partials + channels) * sizeof(double));
  ck_run_blocks(columns->count, columns->blocks, threads, backward_block, &context);
  if (dbias) {
    double *total = context.partial + partials;
    ck_columns_fold(columns, context.partial, columns->width, total);
    for (size_t channel = 0; channel < channels; channel++) dbias[channel] = (float)total[channel];
    ck_buffer_free(context.partial);
  }
  if (!dx) ck_buffer_free(context.dx);
}
