#include <stdbool.h>

#include "Convolution/Winograd/winograd.h"
#include "Machine/sizes.h"

bool ck_winograd_fits(const ck_convolution *s) {
  size_t stride = s->stride_height, taps = ck_divide_up(s->kernel_height, stride);
  return s->kernel_height == s->kernel_width && stride == s->stride_width && stride <= 2 && taps >= 2 && taps <= 3 &&
         s->in_channels % CK_HALF_PANEL == 0 && s->out_channels % CK_HALF_PANEL == 0;
}

ck_winograd_plan ck_winograd_forward_plan(const ck_convolution *s) {
  size_t stride = s->stride_height, taps = ck_divide_up(s->kernel_height, stride), outputs = CK_POINTS + 1 - taps;
  ck_winograd_plan plan = {
      .source_height = s->in_height,
      .source_width = s->in_width,
      .source_channels = s->in_channels,
      .result_height = s->out_height,
      .result_width = s->out_width,
      .result_channels = s->out_channels,
      .taps = taps,
      .outputs = outputs,
      .tile_rows = ck_divide_up(s->out_height, outputs),
      .tile_columns = ck_divide_up(s->out_width, outputs),
      .phase_count = stride * stride,
  };
  plan.tiles = s->batch * plan.tile_rows * plan.tile_columns;
  ptrdiff_t step = (ptrdiff_t)stride;
  ptrdiff_t pad[2] = {(ptrdiff_t)s->pad_top, (ptrdiff_t)s->pad_left};
  for (size_t n = 0; n < plan.phase_count; n++) {
    ptrdiff_t remainder[2] = {(ptrdiff_t)(n / stride), (ptrdiff_t)(n % stride)};
    for (size_t axis = 0; axis < 2; axis++) {
      plan.phases[n].source[axis] = (ck_winograd_axis){remainder[axis] - pad[axis], step};
      plan.phases[n].result[axis] = (ck_winograd_axis){0, 1};
      plan.phases[n].taps[axis] = (ck_winograd_axis){remainder[axis], step};
    }
  }
  return plan;
}

// Row i = stride·t + remainder − pad of dx sees dy[t − u] through tap stride·u + remainder. A phase that has fewer
// taps than others may count its t one later, with a zero as first tap: then all phases see the same windows of dy.
typedef struct {
  ptrdiff_t first, late;  // the least t; 1 where it counts late
} phase_start;

static phase_start start_of(ptrdiff_t remainder, ptrdiff_t stride, ptrdiff_t pad, ptrdiff_t kernel) {
  ptrdiff_t taps = (kernel + stride - 1) / stride, own = (kernel - remainder + stride - 1) / stride;
  ptrdiff_t first = pad > remainder ? (pad - remainder + stride - 1) / stride : 0;
  ptrdiff_t wanted = (pad + stride - 1) / stride;  // of remainder 0
  ptrdiff_t late = own < taps && first < wanted ? 1 : 0;
  return (phase_start){first + late, late};
}

ck_winograd_plan ck_winograd_backward_input_plan(const ck_convolution *s) {
  size_t stride = s->stride_height, taps = ck_divide_up(s->kernel_height, stride), outputs = CK_POINTS + 1 - taps;
  ck_winograd_plan plan = {
      .source_height = s->out_height,
      .source_width = s->out_width,
      .source_channels = s->out_channels,
      .result_height = s->in_height,
      .result_width = s->in_width,
      .result_channels = s->in_channels,
      .taps = taps,
      .outputs = outputs,
      .phase_count = stride * stride,
  };
  ptrdiff_t step = (ptrdiff_t)stride, reach = (ptrdiff_t)taps - 1;
  ptrdiff_t pad[2] = {(ptrdiff_t)s->pad_top, (ptrdiff_t)s->pad_left};
  size_t size[2] = {s->in_height, s->in_width}, tiles[2] = {0, 0};
  for (size_t n = 0; n < plan.phase_count; n++) {
    ptrdiff_t remainder[2] = {(ptrdiff_t)(n / stride), (ptrdiff_t)(n % stride)};
    for (size_t axis = 0; axis < 2; axis++) {
      phase_start start = start_of(remainder[axis], step, pad[axis], (ptrdiff_t)s->kernel_height);
      ptrdiff_t first = step * (start.first - start.late) + remainder[axis] - pad[axis];
      plan.phases[n].source[axis] = (ck_winograd_axis){start.first - reach, 1};
      plan.phases[n].result[axis] = (ck_winograd_axis){first, step};
      plan.phases[n].taps[axis] = (ck_winograd_axis){step * (reach - start.late) + remainder[axis], -step};
      size_t count = first < (ptrdiff_t)size[axis] ? (size[axis] - 1 - (size_t)first) / stride + 1 : 0;
      tiles[axis] = ck_maximum(tiles[axis], ck_divide_up(count, outputs));
    }
  }
  plan.tile_rows = tiles[0];
  plan.tile_columns = tiles[1];
  plan.tiles = s->batch * tiles[0] * tiles[1];
  return plan;
}
