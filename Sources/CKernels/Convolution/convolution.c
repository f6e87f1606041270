// Which algorithm a convolution takes, and the way to it.
#include <stdbool.h>
#include <string.h>

#include "ck_convolution.h"
#include "Convolution/Blas/blas_convolution.h"
#include "Convolution/epilogue.h"
#include "Convolution/Patches/patches.h"
#include "Convolution/Scatter/scatter.h"
#include "Convolution/Winograd/winograd.h"
#include "Matrices/choice.h"

static ck_winograd_plan winograd_plan(const ck_convolution *s, ck_pass pass) {
  return pass == CK_BACKWARD_INPUT ? ck_winograd_backward_input_plan(s) : ck_winograd_forward_plan(s);
}

bool ck_convolution_supports(const ck_convolution *s, ck_pass pass, ck_algorithm algorithm) {
  switch (algorithm) {
    case CK_PATCHES:
    case CK_BLAS: return true;
    case CK_SCATTER: return ck_scatter_fits(s, pass);
    case CK_WINOGRAD: return ck_winograd_fits(s);
  }
  return false;
}

// Winograd's way multiplies less and reads more: its filter is larger, and small pictures do not fill its tiles.
static bool winograd_is_faster(const ck_convolution *s, ck_pass pass) {
  ck_winograd_plan plan = winograd_plan(s, pass);
  // Multiplications done while one number of a filter comes from memory, and what the transforms add to each of a
  // tile's; both as measured on a Zen 5.
  const double stream = 14, transforms = 1.15;
  double taps = (double)(s->kernel_height * s->kernel_width);
  double pixels = (double)(s->batch * s->out_height * s->out_width);
  double points = (double)(CK_TILE * plan.phase_count);
  return points * (transforms * (double)plan.tiles + stream) < taps * (pixels + stream);
}

ck_algorithm ck_convolution_choose(const ck_convolution *s, ck_pass pass) {
  if (ck_forced() == CK_FORCE_BLAS) return CK_BLAS;
  if (ck_scatter_fits(s, pass)) return CK_SCATTER;
  bool winograd = ck_forced() == CK_BY_SPEED && ck_winograd_fits(s) && winograd_is_faster(s, pass);
  return winograd ? CK_WINOGRAD : CK_PATCHES;
}

static size_t filter_floats(const ck_convolution *s) {
  return s->kernel_height * s->kernel_width * s->in_channels * s->out_channels;
}

size_t ck_convolution_filter_count(const ck_convolution *s, ck_pass pass, ck_algorithm algorithm) {
  if (algorithm == CK_SCATTER) return ck_scatter_filter_floats(s, pass);
  if (algorithm == CK_PATCHES) return ck_patches_filter_floats(s);
  if (algorithm == CK_BLAS) return filter_floats(s);
  ck_winograd_plan plan = winograd_plan(s, pass);
  return ck_winograd_filter_floats(&plan);
}

void ck_convolution_pack(const ck_convolution *s, ck_pass pass, ck_algorithm algorithm, const float *w, float *filter,
                         int threads) {
  if (algorithm == CK_SCATTER) {
    ck_scatter_pack(s, pass, w, filter, threads);
  } else if (algorithm == CK_PATCHES) {
    ck_patches_pack(s, pass, w, filter, threads);
  } else if (algorithm == CK_BLAS) {
    memcpy(filter, w, filter_floats(s) * sizeof(float));
  } else {
    ck_winograd_plan plan = winograd_plan(s, pass);
    ck_winograd_transform_filter(&plan, s, pass == CK_FORWARD, w, filter, threads);
  }
}

static void multiply(const ck_convolution *s, ck_pass pass, ck_algorithm algorithm, const float *source,
                     const float *filter, const float *bias, ck_activation kind, float slope, float *result,
                     int threads) {
  // Activations that are straight on both sides of zero are applied as the result is made, the others afterwards.
  bool is_straight = kind == CK_IDENTITY || kind == CK_RELU || kind == CK_LEAKY_RELU;
  ck_epilogue epilogue = {is_straight ? bias : NULL, 1};
  if (kind == CK_RELU) epilogue.slope = 0;
  if (kind == CK_LEAKY_RELU) epilogue.slope = slope;
  if (algorithm == CK_SCATTER) {
    ck_scatter_multiply(s, pass, source, filter, &epilogue, result, threads);
  } else if (algorithm == CK_PATCHES) {
    ck_patches_multiply(s, pass, source, filter, &epilogue, result, threads);
  } else if (algorithm == CK_BLAS && pass == CK_FORWARD) {
    ck_blas_forward(s, source, filter, &epilogue, result, threads);
  } else if (algorithm == CK_BLAS) {
    ck_blas_backward_input(s, source, filter, &epilogue, result, threads);
  } else {
    ck_winograd_plan plan = winograd_plan(s, pass);
    ck_winograd_multiply(&plan, source, filter, epilogue.bias, epilogue.slope, result, threads);
  }
  if (is_straight) return;
  size_t channels = pass == CK_FORWARD ? s->out_channels : s->in_channels;
  size_t rows = s->batch * (pass == CK_FORWARD ? s->out_height * s->out_width : s->in_height * s->in_width);
  ck_bias_activation_forward(kind, slope, rows, channels, result, bias, result, threads);
}

void ck_convolution_forward(const ck_convolution *s, ck_algorithm algorithm, const float *x, const float *filter,
                            const float *bias, ck_activation kind, float slope, float *y, int threads) {
  multiply(s, CK_FORWARD, algorithm, x, filter, bias, kind, slope, y, threads);
}

void ck_convolution_backward_input(const ck_convolution *s, ck_algorithm algorithm, const float *dy,
                                   const float *filter, const float *bias, ck_activation kind, float slope, float *dx,
                                   int threads) {
  multiply(s, CK_BACKWARD_INPUT, algorithm, dy, filter, bias, kind, slope, dx, threads);
}

void ck_convolution_backward_filter(const ck_convolution *s, ck_algorithm algorithm, const float *x, const float *dy,
                                    float *dw, int threads) {
  if (algorithm == CK_WINOGRAD) ck_winograd_backward_filter(s, x, dy, dw, threads);
  else if (algorithm == CK_BLAS) ck_blas_backward_filter(s, x, dy, dw, threads);
  else ck_patches_backward_filter(s, x, dy, dw, threads);
}
