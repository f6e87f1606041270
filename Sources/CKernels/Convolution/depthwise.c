// Depthwise convolution: each channel has a filter of its own.
//
// There is nothing to share between channels and little to reuse within one, so the passes go over the
// channels 16 at a time with the sums of an output pixel in registers. Taps outside the picture are never read.
#include <stdbool.h>

#include "Activation/activation.h"
#include "ck_convolution.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

typedef struct {
  const ck_convolution *shape;
  const float *source, *filter, *bias;
  ck_activation kind;
  float slope;
  float *result;
} depthwise_context;

// Along one axis: the taps of an output that meet an existing source, and where the first of them does.
typedef struct {
  size_t tap, source, count;
} meeting;

// Output `place` sees the sources place·stride − pad onwards, a tap each.
CK_INLINE meeting meeting_forward(size_t place, size_t stride, size_t pad, size_t kernel, size_t sources) {
  size_t start = place * stride, tap = start < pad ? pad - start : 0;
  size_t end = ck_minimum(kernel, sources + pad > start ? sources + pad - start : 0);
  return (meeting){tap, start + tap - pad, end > tap ? end - tap : 0};
}

// Input `place` was seen by the outputs (place + pad − tap)/stride, wherever that is whole: each further tap
// is `stride` behind, and its output one before.
CK_INLINE meeting meeting_backward(size_t place, size_t stride, size_t pad, size_t kernel, size_t outputs) {
  size_t tap = (place + pad) % stride, source = (place + pad) / stride;
  size_t skipped = source >= outputs ? source - outputs + 1 : 0;
  size_t end = ck_minimum(kernel > tap ? ck_divide_up(kernel - tap, stride) : 0, source + 1);
  return (meeting){tap + skipped * stride, source - skipped, end > skipped ? end - skipped : 0};
}

CK_INLINE void load_some(ck_lanes *v, const float *from, size_t count) {
  if (count == CK_LANES) {
    ck_load(v, from);
  } else {
    float lanes[CK_LANES] = {0};
    for (size_t lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    ck_load(v, lanes);
  }
}

CK_INLINE void store_some(float *to, const ck_lanes *v, size_t count) {
  if (count == CK_LANES) {
    ck_store(to, v);
  } else {
    float lanes[CK_LANES];
    ck_store(lanes, v);
    for (size_t lane = 0; lane < count; lane++) to[lane] = lanes[lane];
  }
}

// How far the next row and the next column are, in floats.
typedef struct {
  ptrdiff_t row, column;
} steps;

// sum += Σ source·filter over rows × columns taps.
CK_INLINE void add_taps(ck_lanes *sum, size_t rows, size_t columns, const float *source, steps of_source,
                        const float *filter, steps of_filter, size_t count) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t column = 0; column < columns; column++) {
      ptrdiff_t p = (ptrdiff_t)row, q = (ptrdiff_t)column;
      ck_lanes value, weight;
      load_some(&value, source + p * of_source.row + q * of_source.column, count);
      load_some(&weight, filter + p * of_filter.row + q * of_filter.column, count);
      *sum += value * weight;
    }
  }
}

// `count` channels of a row of the result. Forward the source is x, backward it is dy.
CK_INLINE void result_row(const depthwise_context *context, bool forward, size_t image, size_t row, size_t channel,
                          size_t count) {
  const ck_convolution *s = context->shape;
  size_t channels = s->in_channels, kernel_width = s->kernel_width;
  size_t stride_height = s->stride_height, stride_width = s->stride_width;
  size_t source_height = forward ? s->in_height : s->out_height;
  size_t source_width = forward ? s->in_width : s->out_width;
  size_t width = forward ? s->out_width : s->in_width, height = forward ? s->out_height : s->in_height;
  meeting (*const meet)(size_t, size_t, size_t, size_t, size_t) = forward ? meeting_forward : meeting_backward;
  ptrdiff_t pixel = (ptrdiff_t)channels, line = (ptrdiff_t)(source_width * channels);
  ptrdiff_t filter_line = (ptrdiff_t)(kernel_width * channels);
  steps of_source = forward ? (steps){line, pixel} : (steps){-line, -pixel};
  steps of_filter = {filter_line, pixel};
  if (!forward) {
    of_filter.row *= (ptrdiff_t)stride_height;
    of_filter.column *= (ptrdiff_t)stride_width;
  }
  meeting rows = meet(row, stride_height, s->pad_top, s->kernel_height, source_height);
  const float *source_image = context->source + image * source_height * source_width * channels + channel;
  float *out = context->result + (image * height + row) * width * channels + channel;
  ck_lanes start = {0};
  if (context->bias) load_some(&start, context->bias + channel, count);
  for (size_t column = 0; column < width; column++) {
    meeting columns = meet(column, stride_width, s->pad_left, kernel_width, source_width);
    ck_lanes sum = start;
    if (rows.count > 0 && columns.count > 0) {
      const float *source = source_image + (rows.source * source_width + columns.source) * channels;
      const float *filter = context->filter + (rows.tap * kernel_width + columns.tap) * channels + channel;
      if (rows.count == 3 && columns.count == 3) {
        add_taps(&sum, 3, 3, source, of_source, filter, of_filter, count);
      } else {
        add_taps(&sum, rows.count, columns.count, source, of_source, filter, of_filter, count);
      }
    }
    store_some(out + column * channels, &sum, count);
  }
}

CK_INLINE void result_task(const depthwise_context *context, bool forward, size_t task) {
  size_t height = forward ? context->shape->out_height : context->shape->in_height;
  size_t image = task / height, row = task % height, channels = context->shape->in_channels, channel = 0;
  for (; channel + CK_LANES <= channels; channel += CK_LANES) {
    result_row(context, forward, image, row, channel, CK_LANES);
  }
  if (channel < channels) result_row(context, forward, image, row, channel, channels - channel);
}

CK_INLINE void activate_row(ck_activation kind, float slope, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = ck_activate(kind, slope, y[i]);
}

CK_INLINE void forward_row_body(void *opaque, size_t task) {
  const depthwise_context *context = opaque;
  result_task(context, true, task);
  size_t count = context->shape->out_width * context->shape->in_channels;
  float *y = context->result + task * count;
#define ACTIVATE(kind) activate_row(kind, context->slope, count, y)
  CK_WITH_CONSTANT_KIND(context->kind, ACTIVATE)
}
CK_TASK(forward_row)

void ck_depthwise_forward(const ck_convolution *shape, const float *x, const float *w, const float *bias,
                          ck_activation kind, float slope, float *y, int threads) {
  depthwise_context context = {shape, x, w, bias, kind, slope, y};
  ck_parallel(shape->batch * shape->out_height, threads, forward_row, &context);
}

CK_INLINE void backward_row_body(void *opaque, size_t task) { result_task(opaque, false, task); }
CK_TASK(backward_row)

void ck_depthwise_backward_input(const ck_convolution *shape, const float *dy, const float *w, float *dx,
                                 int threads) {
  depthwise_context context = {shape, dy, w, NULL, CK_IDENTITY, 0, dx};
  ck_parallel(shape->batch * shape->in_height, threads, backward_row, &context);
}

typedef struct {
  const ck_convolution *shape;
  const float *x, *dy;
  float *dw;
} filter_context;

// total[taps, 16] += the products of one row of dy with the rows of x it saw; a row is summed in float.
CK_INLINE void add_row(const filter_context *context, size_t image, size_t row, size_t channel, size_t count,
                       double *restrict total) {
  const ck_convolution *s = context->shape;
  size_t channels = s->in_channels;
  meeting rows = meeting_forward(row, s->stride_height, s->pad_top, s->kernel_height, s->in_height);
  const float *dy = context->dy + (image * s->out_height + row) * s->out_width * channels + channel;
  for (size_t p = 0; p < rows.count; p++) {
    const float *x = context->x + (image * s->in_height + rows.source + p) * s->in_width * channels + channel;
    for (size_t q = 0; q < s->kernel_width; q++) {
      // The outputs whose tap q lies inside: pad ≤ column·stride + q < width + pad.
      size_t begin = q < s->pad_left ? ck_divide_up(s->pad_left - q, s->stride_width) : 0;
      size_t end = s->in_width + s->pad_left > q ? ck_divide_up(s->in_width + s->pad_left - q, s->stride_width) : 0;
      end = ck_minimum(end, s->out_width);
      ck_lanes sum = {0};
      for (size_t column = begin; column < end; column++) {
        ck_lanes value, cotangent;
        load_some(&value, x + (column * s->stride_width + q - s->pad_left) * channels, count);
        load_some(&cotangent, dy + column * channels, count);
        sum += value * cotangent;
      }
      double *restrict tap = total + ((rows.tap + p) * s->kernel_width + q) * CK_LANES;
      for (size_t lane = 0; lane < CK_LANES; lane++) tap[lane] += (double)sum[lane];
    }
  }
}

CK_INLINE void filter_channels(const filter_context *context, size_t channel, size_t count) {
  const ck_convolution *s = context->shape;
  size_t taps = s->kernel_height * s->kernel_width;
  double *total = (double *)ck_scratch(CK_SCRATCH_TASK, 2 * taps * CK_LANES);
  for (size_t i = 0; i < taps * CK_LANES; i++) total[i] = 0;
  for (size_t image = 0; image < s->batch; image++) {
    for (size_t row = 0; row < s->out_height; row++) add_row(context, image, row, channel, count, total);
  }
  for (size_t tap = 0; tap < taps; tap++) {
    float *dw = context->dw + tap * s->in_channels + channel;
    for (size_t lane = 0; lane < count; lane++) dw[lane] = (float)total[tap * CK_LANES + lane];
  }
}

CK_INLINE void backward_filter_body(void *opaque, size_t task) {
  const filter_context *context = opaque;
  size_t channel = task * CK_LANES, count = ck_minimum(context->shape->in_channels - channel, CK_LANES);
  if (count == CK_LANES) {
    filter_channels(context, channel, CK_LANES);
  } else {
    filter_channels(context, channel, count);
  }
}
CK_TASK(backward_filter)

void ck_depthwise_backward_filter(const ck_convolution *shape, const float *x, const float *dy, float *dw,
                                  int threads) {
  filter_context context = {shape, x, dy, dw};
  ck_parallel(ck_divide_up(shape->in_channels, CK_LANES), threads, backward_filter, &context);
}
