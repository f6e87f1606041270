#include "CKernelsReference.h"

void ck_reference_linear_combination(size_t count, double alpha, const double *a, double beta, const double *b,
                                     double *out) {
  for (size_t i = 0; i < count; i++) out[i] = alpha * a[i] + beta * b[i];
}

double ck_reference_dot(size_t count, const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
  return sum;
}
