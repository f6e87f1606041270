// Channels of each picture times factors of its own, and the gradient: the modulation of StyleGAN2, and the gates of
// squeeze and excitation.
#include "ck_elementwise.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"

typedef struct {
  ck_columns columns;  // of one picture
  const float *x, *dy;
  const float *lanes;  // [batch, width]: the factors, spread
  float *y, *dx;       // dx may be NULL
  double *partial;     // [batch, blocks, width], or NULL
} scale_context;

static float *spread(const ck_columns *columns, size_t batch, const float *factors) {
  float *lanes = ck_allocate(batch * columns->width * sizeof *lanes);
  for (size_t image = 0; image < batch; image++) {
    ck_columns_spread(columns, factors + image * columns->channels, lanes + image * columns->width);
  }
  return lanes;
}

// out = in·factors over whole wide rows; the last one may be shorter.
CK_INLINE void scale_range(size_t width, ck_range range, const float *in, const float *factors, float *out) {
  for (size_t begin = range.begin; begin < range.end; begin += width) {
    size_t count = range.end - begin < width ? range.end - begin : width;
    const float *from = in + begin;
    float *to = out + begin;
    CK_SAME_INDEX
    for (size_t lane = 0; lane < count; lane++) to[lane] = from[lane] * factors[lane];
  }
}

CK_INLINE void forward_block_body(void *opaque, size_t task) {
  const scale_context *context = opaque;
  const ck_columns *columns = &context->columns;
  size_t image = task / columns->blocks, first = image * columns->count;
  ck_range range = ck_block_range(columns->count, columns->block, task % columns->blocks);
  scale_range(columns->width, range, context->x + first, context->lanes + image * columns->width, context->y + first);
}
CK_TASK(forward_block)

void ck_scale_channels_forward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                               float *y, int threads) {
  scale_context context = {.columns = ck_columns_of(rows, channels), .x = x, .y = y};
  if (context.columns.count == 0) return;
  float *lanes = spread(&context.columns, batch, factors);
  context.lanes = lanes;
  ck_run_blocks(batch * context.columns.count, batch * context.columns.blocks, threads, forward_block, &context);
  ck_buffer_free(lanes);
}

// The factors' sums come before dx, which may take the place of dy.
CK_INLINE void backward_block_body(void *opaque, size_t task) {
  const scale_context *context = opaque;
  const ck_columns *columns = &context->columns;
  size_t image = task / columns->blocks, first = image * columns->count, width = columns->width;
  ck_range range = ck_block_range(columns->count, columns->block, task % columns->blocks);
  if (context->partial) {
    ck_lanes_add_products(width, range, context->x + first, context->dy + first, context->partial + task * width);
  }
  if (context->dx) {
    scale_range(width, range, context->dy + first, context->lanes + image * width, context->dx + first);
  }
}
CK_TASK(backward_block)

void ck_scale_channels_backward(size_t batch, size_t rows, size_t channels, const float *x, const float *factors,
                                const float *dy, float *dx, float *dfactors, int threads) {
  scale_context context = {.columns = ck_columns_of(rows, channels), .x = x, .dy = dy, .dx = dx};
  const ck_columns *columns = &context.columns;
  if (channels == 0 || batch == 0) return;
  float *lanes = spread(columns, batch, factors);
  context.lanes = lanes;
  size_t partials = columns->blocks * columns->width;
  double *total = NULL;
  if (dfactors) {
    context.partial = ck_allocate((batch * partials + channels) * sizeof(double));
    total = context.partial + batch * partials;
  }
  ck_run_blocks(batch * columns->count, batch * columns->blocks, threads, backward_block, &context);
  for (size_t image = 0; dfactors && image < batch; image++) {
    ck_columns_fold(columns, context.partial + image * partials, columns->width, total);
    for (size_t c = 0; c < channels; c++) dfactors[image * channels + c] = (float)total[c];
  }
  if (dfactors) ck_buffer_free(context.partial);
  ck_buffer_free(lanes);
}
