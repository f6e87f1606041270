#include "harness.h"

// Rows and channels on both sides of lanes and blocks.
static const size_t sizes[][2] = {{1, 1}, {7, 3}, {5, 17}, {9, 64}, {1000, 5}, {70, 130}, {2, 3000}};
static const float slope = 0.2f;

static void bias_activation(void) {
  for (ck_activation kind = CK_IDENTITY; kind <= CK_RELU6; kind++) {
    for (size_t i = 0; i < COUNT(sizes); i++) {
      size_t rows = sizes[i][0], channels = sizes[i][1], n = rows * channels;
      float *x = random_floats(n), *bias = random_floats(channels), *dy = random_floats(n);
      float *y = blank(n), *dx = blank(n), *dbias = blank(channels);
      double *value = wide_blank(n), *gradient = wide_blank(n), *sums = wide_blank(channels);
      ck_bias_activation_forward(kind, slope, rows, channels, x, bias, y, threads);
      ck_bias_activation_backward(kind, slope, rows, channels, y, dy, dx, dbias, threads);
      ck_reference_bias_activation_forward(kind, slope, rows, channels, wide(x, n), wide(bias, channels), value);
      ck_reference_bias_activation_backward(kind, slope, rows, channels, wide(y, n), wide(dy, n), gradient, sums);
      compare("y", y, value, n, 1, tolerance_of(1));
      compare("dx", dx, gradient, n, 1, tolerance_of(1));
      compare("dbias", dbias, sums, channels, sqrt((double)rows), tolerance_of(rows));
    }
  }
}

static void prelu(void) {
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t rows = sizes[i][0], channels = sizes[i][1], n = rows * channels;
    float *x = random_floats(n), *slopes = random_floats(channels), *dy = random_floats(n);
    float *y = blank(n), *dx = blank(n), *dslope = blank(channels);
    double *value = wide_blank(n), *gradient = wide_blank(n), *sums = wide_blank(channels);
    ck_prelu_forward(rows, channels, x, slopes, y, threads);
    ck_prelu_backward(rows, channels, x, slopes, dy, dx, dslope, threads);
    ck_reference_prelu_forward(rows, channels, wide(x, n), wide(slopes, channels), value);
    ck_reference_prelu_backward(rows, channels, wide(x, n), wide(slopes, channels), wide(dy, n), gradient, sums);
    compare("y", y, value, n, 1, tolerance_of(1));
    compare("dx", dx, gradient, n, 1, tolerance_of(1));
    compare("dslope", dslope, sums, channels, sqrt((double)rows), tolerance_of(rows));
  }
}

// Within 1e-7·max(|x|, 1), as gelu.c promises.
static void gelu(void) {
  enum { n = 20011 };
  for (ck_gelu form = CK_GELU_EXACT; form <= CK_GELU_LOGISTIC; form++) {
    float *x = random_floats(n), *dy = random_floats(n), *y = blank(n), *dx = blank(n);
    double *value = wide_blank(n), *gradient = wide_blank(n);
    for (size_t i = 0; i < n; i++) x[i] *= 2;
    ck_gelu_forward(form, n, x, y, threads);
    ck_gelu_backward(form, n, x, dy, dx, threads);
    ck_reference_gelu_forward(form, n, wide(x, n), value);
    ck_reference_gelu_backward(form, n, wide(x, n), wide(dy, n), gradient);
    compare("y", y, value, n, largest(wide(x, n), n), 2e-7);
    compare("dx", dx, gradient, n, largest(wide(dy, n), n), 4e-7);
  }
}

const check activation_checks[] = {{"bias and activation", bias_activation}, {"prelu", prelu}, {"gelu", gelu}, {0}};
