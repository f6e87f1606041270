#include <math.h>

#include "CKernelsReference.h"

double ck_reference_binary_cross_entropy(size_t count, const double *x, const double *target, double *dx) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += fmax(x[i], 0) + log1p(exp(-fabs(x[i]))) - target[i] * x[i];
    if (dx) dx[i] = (1 / (1 + exp(-x[i])) - target[i]) / (double)count;
  }
  return sum / (double)count;
}

double ck_reference_mean_squared_error(size_t count, const double *a, const double *b, double *da) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += (a[i] - b[i]) * (a[i] - b[i]);
    if (da) da[i] = 2 * (a[i] - b[i]) / (double)count;
  }
  return sum / (double)count;
}
