#include "harness.h"

static const size_t sizes[][2] = {{7, 3}, {9, 17}, {33, 64}, {1000, 5}, {70, 130}, {2, 3000}};
static const float slope = 0.2f, epsilon = 1e-2f;

// With the kinds' slopes of at most 1, y inherits the rounding of x times γ/σ, and σ is at least √ε.
static void batch_norm(void) {
  for (ck_activation kind = CK_IDENTITY; kind <= CK_RELU6; kind++) {
    for (size_t i = 0; i < COUNT(sizes); i++) {
      size_t rows = sizes[i][0], channels = sizes[i][1], n = rows * channels;
      float *x = random_floats(n), *gamma = random_floats(channels), *beta = random_floats(channels);
      float *dy = random_floats(n);
      double *wx = wide(x, n), *wg = wide(gamma, channels), *wb = wide(beta, channels);
      for (int training = 0; training < 2; training++) {
        float *y = blank(n), *mean = blank(channels), *variance = blank(channels);
        double *value = wide_blank(n), *wm = wide_blank(channels), *wv = wide_blank(channels);
        double *sums = wide_blank(2 * channels);
        ck_batch_norm_moments(rows, channels, x, sums, threads);
        ck_batch_norm_statistics(rows, channels, sums, mean, variance);
        ck_reference_batch_norm_training_forward(rows, channels, epsilon, wx, wg, wb, value, wm, wv);
        compare("mean", mean, wm, channels, 1, tolerance_of(1));
        compare("variance", variance, wv, channels, 1 + largest(wv, channels), tolerance_of(1));
        if (!training) {
          for (size_t c = 0; c < channels; c++) mean[c] += 0.1f, variance[c] += 0.5f;
          ck_reference_batch_norm_inference_forward(rows, channels, epsilon, wx, wg, wb, wide(mean, channels),
                                                    wide(variance, channels), value);
        }
        ck_batch_norm_forward(kind, slope, rows, channels, epsilon, x, gamma, beta, mean, variance, y, threads);
        wm = wide(mean, channels), wv = wide(variance, channels);
        double gain = 0, least = INFINITY;
        for (size_t c = 0; c < channels; c++) {
          gain = fmax(gain, fabs(wg[c]) / sqrt(wv[c] + epsilon));
          least = fmin(least, wv[c]);
        }
        double *finished = wide_blank(n), *gradient = wide_blank(n), *dx2 = wide_blank(n);
        double *dg2 = wide_blank(channels), *db2 = wide_blank(channels);
        ck_reference_bias_activation_forward(kind, slope, rows, channels, value, NULL, finished);
        compare("y", y, finished, n, largest(wx, n) * gain + 1, tolerance_of(1));

        ck_reference_batch_norm_inference_forward(rows, channels, epsilon, wx, wg, wb, wm, wv, value);
        ck_reference_bias_activation_forward(kind, slope, rows, channels, value, NULL, finished);
        ck_reference_bias_activation_backward(kind, slope, rows, channels, finished, wide(dy, n), gradient, NULL);
        (training ? ck_reference_batch_norm_training_backward : ck_reference_batch_norm_inference_backward)(
            rows, channels, epsilon, wx, wg, wm, wv, gradient, dx2, dg2, db2);
        float *dx = blank(n), *dg = blank(channels), *db = blank(channels);
        ck_batch_norm_gradient_sums(kind, slope, rows, channels, epsilon, x, gamma, beta, mean, variance, dy, sums,
                                    threads);
        ck_batch_norm_vector_gradients(channels, epsilon, variance, sums, dg, db);
        ck_batch_norm_backward(kind, slope, rows, channels, epsilon, x, gamma, beta, mean, variance, dy,
                               training ? sums : NULL, rows, dx, threads);
        double spread = 1 + 2 * largest(wx, n) / sqrt(least + epsilon), root = sqrt((double)rows);
        compare("dx", dx, dx2, n, gain * spread, tolerance_of(1));
        compare("dgamma", dg, dg2, channels, root * spread, tolerance_of(rows));
        compare("dbeta", db, db2, channels, root, tolerance_of(rows));
      }
    }
  }
}

// Rows shifted by up to 20 lose digits of that size; ε = 0.01 magnifies by ten at most.
static void layer_norm(void) {
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t rows = sizes[i][0], channels = sizes[i][1], n = rows * channels;
    float *x = random_floats(n), *scale = random_floats(channels), *offset = random_floats(channels);
    float *dy = random_floats(n), *y = blank(n), *dx = blank(n), *ds = blank(channels), *dof = blank(channels);
    double *value = wide_blank(n), *dx2 = wide_blank(n), *ds2 = wide_blank(channels), *do2 = wide_blank(channels);
    for (size_t j = 0; j < n; j++) x[j] += (float)(j / channels % 3) * 10;
    ck_layer_norm_forward(rows, channels, epsilon, x, scale, offset, y, threads);
    ck_layer_norm_backward(rows, channels, epsilon, x, scale, dy, dx, ds, dof, threads);
    ck_reference_layer_norm_forward(rows, channels, epsilon, wide(x, n), wide(scale, channels),
                                    wide(offset, channels), value);
    ck_reference_layer_norm_backward(rows, channels, epsilon, wide(x, n), wide(scale, channels), wide(dy, n), dx2,
                                     ds2, do2);
    double rounding = 10 * (tolerance_of(1) + 20 * 8 * FLT_EPSILON), root = sqrt((double)rows);
    compare("y", y, value, n, 1, rounding);
    compare("dx", dx, dx2, n, 10, 4 * rounding);
    compare("dscale", ds, ds2, channels, root, 4 * rounding);
    compare("doffset", dof, do2, channels, root, tolerance_of(rows));
  }
}

static void lengths(void) {
  static const size_t shapes[][3] = {{1, 2, 1}, {2, 512, 1}, {2, 18, 100}, {3, 7, 63}, {2, 5, 65}, {70, 65, 1}};
  for (size_t i = 0; i < COUNT(shapes); i++) {
    size_t outer = shapes[i][0], length = shapes[i][1], inner = shapes[i][2], n = outer * length * inner;
    float *x = random_floats(n), *dy = random_floats(n), *y = blank(n), *dx = blank(n), weight = 1 / (float)length;
    double *value = wide_blank(n), *gradient = wide_blank(n);
    ck_normalize_length_forward(outer, length, inner, weight, 1e-2f, x, y, threads);
    ck_normalize_length_backward(outer, length, inner, weight, 1e-2f, x, dy, dx, threads);
    ck_reference_normalize_length_forward(outer, length, inner, weight, 1e-2f, wide(x, n), value);
    ck_reference_normalize_length_backward(outer, length, inner, weight, 1e-2f, wide(x, n), wide(dy, n), gradient);
    compare("y", y, value, n, largest(value, n), tolerance_of(1));
    compare("dx", dx, gradient, n, largest(wide(dy, n), n) * 10, tolerance_of(2));  // r ≤ 1/√ε
  }
}

const check normalization_checks[] = {
    {"batch normalization", batch_norm}, {"layer normalization", layer_norm}, {"lengths", lengths}, {0}};
