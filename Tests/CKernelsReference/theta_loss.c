#include <stdlib.h>

#include "CKernelsReference.h"

static double dot(size_t count, const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
  return sum;
}

void ck_reference_theta_loss(size_t batch, size_t words, size_t d, bool shared, double epsilon, const double *w,
                             const double *difference, const uint8_t *mask, double *theta, double *loss, double *dw) {
  double *u = malloc(d * sizeof *u);
  size_t copies = shared ? 1 : batch;
  for (size_t i = 0; dw && i < copies * words * d; i++) dw[i] = 0;
  for (size_t pair = 0; pair < batch; pair++) {
    size_t offset = shared ? 0 : pair * words * d;
    const double *target = difference + pair * d;
    for (size_t i = 0; i < d; i++) u[i] = -target[i];
    for (size_t word = 0; word < words; word++) {
      const double *row = w + offset + word * d;
      double coefficient = mask[pair * words + word] ? dot(d, row, target) / (dot(d, row, row) + epsilon) : 0;
      theta[pair * words + word] = coefficient;
      for (size_t i = 0; i < d; i++) u[i] += coefficient * row[i];
    }
    loss[pair] = dot(d, u, u) / (double)d;
    for (size_t word = 0; dw && word < words; word++) {
      if (!mask[pair * words + word]) continue;
      const double *row = w + offset + word * d;
      double coefficient = theta[pair * words + word];
      double slope = dot(d, u, row) / (dot(d, row, row) + epsilon);
      for (size_t i = 0; i < d; i++) {
        double gradient = coefficient * u[i] + slope * (target[i] - 2 * coefficient * row[i]);
        dw[offset + word * d + i] += 2 / (double)d * gradient / (double)batch;
      }
    }
  }
  free(u);
}
