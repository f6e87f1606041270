#include "harness.h"

static void pointwise(void) {
  static const size_t counts[] = {1, 17, 1000, 70001};
  for (size_t i = 0; i < COUNT(counts); i++) {
    size_t n = counts[i];
    float *x = random_floats(n), *target = random_floats(n), *dx = blank(n), *da = blank(n);
    double *dx2 = wide_blank(n), *da2 = wide_blank(n);
    double value = ck_reference_mean_squared_error(n, wide(x, n), wide(target, n), da2);
    float loss = (float)ck_mean_squared_error(n, x, target, da, threads);
    compare("squared error", &loss, &value, 1, fabs(value), tolerance_of(1));
    compare("its gradient", da, da2, n, 1 / (double)n, tolerance_of(1));
    for (size_t j = 0; j < n; j++) target[j] = target[j] > 0.5f;
    value = ck_reference_binary_cross_entropy(n, wide(x, n), wide(target, n), dx2);
    loss = (float)ck_binary_cross_entropy(n, x, target, dx, threads);
    compare("cross-entropy", &loss, &value, 1, fabs(value), tolerance_of(1));
    compare("its gradient", dx, dx2, n, 1 / (double)n, FLT_EPSILON);
  }
}

static void theta(void) {
  static const size_t sizes[][3] = {{3, 5, 7}, {33, 4, 17}, {16, 40, 200}, {600, 3, 20}};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t batch = sizes[i][0], words = sizes[i][1], d = sizes[i][2];
    for (int form = 0; form < 4; form++) {
      bool shared = form & 1, masked = form & 2;
      size_t pairs = batch * words, n = (shared ? 1 : batch) * words * d;
      float *w = random_floats(n), *difference = random_floats(batch * d), *draw = random_floats(pairs);
      uint8_t *mask = memory(pairs);
      for (size_t j = 0; j < pairs; j++) mask[j] = j == 0 || !masked || draw[j] > 0.5f;
      float *theta = blank(pairs), *loss = blank(batch), *dw = blank(n);
      double *theta2 = wide_blank(pairs), *loss2 = wide_blank(batch), *dw2 = wide_blank(n);
      double *wd = wide(difference, batch * d), reach, energy;
      ck_theta_loss(batch, words, d, shared, 1e-8f, w, difference, mask, theta, loss, dw, threads);
      ck_reference_theta_loss(batch, words, d, shared, 1e-8f, wide(w, n), wd, mask, theta2, loss2, dw2);
      size_t terms = shared ? batch : 1;
      reach = largest(theta2, pairs) * largest(wd, batch * d);
      energy = largest(wd, batch * d) * largest(wd, batch * d) + largest(loss2, batch);
      compare("theta", theta, theta2, pairs, largest(theta2, pairs), FLT_EPSILON * (1 + sqrt((double)d / 16)));
      compare("loss", loss, loss2, batch, energy, FLT_EPSILON);
      compare("dw", dw, dw2, n, 2 / (double)(d * batch) * reach * sqrt((double)terms) + largest(dw2, n),
              tolerance_of(terms));
    }
  }
}

const check loss_checks[] = {{"pointwise losses", pointwise}, {"theta loss", theta}, {0}};
