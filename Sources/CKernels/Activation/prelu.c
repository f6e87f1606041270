// The parametric rectifier, whose slope below zero is learned for each channel, and its gradient.
#include "ck_activation.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  ck_columns columns;
  const float *x, *dy;
  float *slope;     // spread over the lanes
  float *y, *dx;    // dx may be NULL
  double *partial;  // [blocks, width], or NULL
} prelu_context;

static float *spread(const ck_columns *columns, const float *slope) {
  float *lanes = ck_allocate(columns->width * sizeof *lanes);
  ck_columns_spread(columns, slope, lanes);
  return lanes;
}

CK_INLINE void forward_block_body(void *opaque, size_t block) {
  const prelu_context *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  const float *slope = context->slope;
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin;
    float *y = context->y + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) {
      float value = x[lane], scaled = slope[lane] * value;
      y[lane] = value > 0 ? value : scaled;
    }
  }
}
CK_TASK(forward_block)

void ck_prelu_forward(size_t rows, size_t channels, const float *x, const float *slope, float *y, int threads) {
  prelu_context context = {.columns = ck_columns_of(rows, channels), .x = x, .y = y};
  context.slope = spread(&context.columns, slope);
  ck_run_blocks(context.columns.count, context.columns.blocks, threads, forward_block, &context);
  ck_buffer_free(context.slope);
}

// The slope's sums come before dx, which may take the place of dy.
CK_INLINE void backward_block_body(void *opaque, size_t block) {
  const prelu_context *context = opaque;
  ck_range range = ck_block_range(context->columns.count, context->columns.block, block);
  size_t width = context->columns.width;
  const float *slope = context->slope;
  double *restrict sum = context->partial ? context->partial + block * width : NULL;
  if (sum) {
    for (size_t lane = 0; lane < width; lane++) sum[lane] = 0;
  }
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    const float *x = context->x + begin, *dy = context->dy + begin;
    size_t count = range.end - begin < width ? range.end - begin : width;
    if (sum) {
      for (size_t lane = 0; lane < count; lane++) {
        double product = (double)x[lane] * dy[lane];
        sum[lane] += x[lane] > 0 ? 0 : product;
      }
    }
    if (context->dx) {
      float *dx = context->dx + begin;
      CK_SAME_INDEX
      for (size_t lane = 0; lane < count; lane++) {
        float cotangent = dy[lane], scaled = slope[lane] * cotangent;
        dx[lane] = x[lane] > 0 ? cotangent : scaled;
      }
    }
  }
}
CK_TASK(backward_block)

void ck_prelu_backward(size_t rows, size_t channels, const float *x, const float *slope, const float *dy, float *dx,
                       float *dslope, int threads) {
  prelu_context context = {.columns = ck_columns_of(rows, channels), .x = x, .dy = dy, .dx = dx};
  const ck_columns *columns = &context.columns;
  context.slope = spread(columns, slope);
  size_t partials = columns->blocks * columns->width;
  if (dslope) context.partial = ck_allocate((partials + channels) * sizeof(double));
  ck_run_blocks(columns->count, columns->blocks, threads, backward_block, &context);
  if (dslope) {
    double *total = context.partial + partials;
    ck_columns_fold(columns, context.partial, columns->width, total);
    for (size_t channel = 0; channel < channels; channel++) dslope[channel] = (float)total[channel];
    ck_buffer_free(context.partial);
  }
  ck_buffer_free(context.slope);
}
