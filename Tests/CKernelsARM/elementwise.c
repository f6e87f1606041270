#include "harness.h"

#include <string.h>

static const size_t counts[] = {1, 15, 17, 1000, 70001};

static void linear_combination(void) {
  for (size_t i = 0; i < COUNT(counts); i++) {
    size_t n = counts[i];
    float *a = random_floats(n), *b = random_floats(n), *out = blank(n);
    double *expected = wide_blank(n);
    ck_linear_combination(n, 0.3f, a, -1.7f, b, out, threads);
    ck_reference_linear_combination(n, 0.3f, wide(a, n), -1.7f, wide(b, n), expected);
    compare("out", out, expected, n, 1, tolerance_of(2));
    float dot = (float)ck_dot(n, a, b, threads);
    double exact = ck_reference_dot(n, wide(a, n), wide(b, n));
    compare("dot", &dot, &exact, 1, sqrt((double)n), tolerance_of(1));
  }
}

static void scale_channels(void) {
  static const size_t sizes[][3] = {{3, 1, 1}, {2, 7, 17}, {3, 100, 64}, {2, 900, 5}, {1, 2, 3000}};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t batch = sizes[i][0], rows = sizes[i][1], channels = sizes[i][2], n = batch * rows * channels;
    size_t f = batch * channels;
    float *x = random_floats(n), *factors = random_floats(f), *dy = random_floats(n);
    float *y = blank(n), *dx = blank(n), *dfactors = blank(f);
    double *value = wide_blank(n), *gradient = wide_blank(n), *sums = wide_blank(f);
    ck_scale_channels_forward(batch, rows, channels, x, factors, y, threads);
    ck_scale_channels_backward(batch, rows, channels, x, factors, dy, dx, dfactors, threads);
    ck_reference_scale_channels_forward(batch, rows, channels, wide(x, n), wide(factors, f), value);
    ck_reference_scale_channels_backward(batch, rows, channels, wide(x, n), wide(factors, f), wide(dy, n), gradient,
                                         sums);
    compare("y", y, value, n, 1, tolerance_of(1));
    compare("dx", dx, gradient, n, 1, tolerance_of(1));
    compare("dfactors", dfactors, sums, f, sqrt((double)rows), tolerance_of(rows));
  }
}

static void dropout(void) {
  for (size_t i = 0; i < COUNT(counts); i++) {
    size_t n = counts[i];
    float *x = random_floats(n), *y = blank(n);
    double *expected = wide_blank(n);
    ck_dropout(n, 0.3f, 77, x, y, threads);
    ck_reference_dropout(n, 0.3f, 77, wide(x, n), expected);
    compare("y", y, expected, n, 1 / 0.7, tolerance_of(1));
  }
}

// All half numbers there are come back with their bits; what lies between is rounded as the compiler rounds it.
static void half(void) {
  enum { halves = 1 << 16 };
  uint16_t *all = memory(halves * sizeof *all), *back = memory(halves * sizeof *back);
  float *floats = blank(halves), *x = random_floats(halves);
  for (size_t i = 0; i < halves; i++) all[i] = (uint16_t)i;
  ck_float_from_half(halves, all, floats);
  ck_half_from_float(halves, floats, back);
  int same = 1, rounded = 1;
  for (size_t i = 0; i < halves; i++) {
    _Float16 exact;
    memcpy(&exact, all + i, sizeof exact);
    int is_nan = (all[i] & 0x7fff) > 0x7c00;
    same &= back[i] == all[i] && (is_nan ? isnan(floats[i]) : floats[i] == (float)exact);
    x[i] = ldexpf(x[i], (int)(i % 48) - 28);
  }
  expect("half numbers come back", same);
  ck_half_from_float(halves, x, back);
  for (size_t i = 0; i < halves; i++) {
    _Float16 exact = (_Float16)x[i];
    rounded &= memcmp(&exact, back + i, sizeof exact) == 0;
  }
  expect("floats are rounded to nearest even", rounded);
}

// Ten steps of Adam, twenty of RAdam, of which the first few do not divide by the root.
static void optimizers(void) {
  for (int rectified = 0; rectified < 2; rectified++) {
    for (size_t i = 0; i < COUNT(counts); i++) {
      size_t n = counts[i], steps = rectified ? 20 : 10;
      ck_adam_settings settings = {1e-2f, rectified ? 0.95f : 0.5f, 0.999f, rectified ? 1e-5f : 1e-8f};
      float *p = random_floats(n), *m = memory(n * sizeof *m), *v = memory(n * sizeof *v);
      memset(m, 0, n * sizeof *m), memset(v, 0, n * sizeof *v);
      double *p2 = wide(p, n), *m2 = wide(m, n), *v2 = wide(v, n);
      for (size_t step = 1; step <= steps; step++) {
        float *g = random_floats(n);
        if (rectified) {
          ck_rectified_adam(n, settings, 5, step, g, p, m, v, threads);
          ck_reference_rectified_adam(n, settings, 5, step, wide(g, n), p2, m2, v2);
        } else {
          ck_adam(n, settings, step, g, p, m, v, threads);
          ck_reference_adam(n, settings, step, wide(g, n), p2, m2, v2);
        }
      }
      compare("parameter", p, p2, n, 1, tolerance_of(steps));
      compare("m", m, m2, n, 1, tolerance_of(steps));
      compare("v", v, v2, n, largest(v2, n), tolerance_of(steps));
    }
  }
}

const check elementwise_checks[] = {{"linear combination", linear_combination},
                                    {"scale channels", scale_channels},
                                    {"dropout", dropout},
                                    {"half precision", half},
                                    {"adam and radam", optimizers},
                                    {0}};
