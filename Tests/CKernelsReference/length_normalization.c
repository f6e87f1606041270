#include <math.h>

#include "CKernelsReference.h"

void ck_reference_normalize_length_forward(size_t outer, size_t length, size_t inner, double weight, double epsilon,
                                           const double *x, double *y) {
  for (size_t i = 0; i < outer; i++) {
    for (size_t j = 0; j < inner; j++) {
      double sum = 0;
      for (size_t l = 0; l < length; l++) {
        double value = x[(i * length + l) * inner + j];
        sum += value * value;
      }
      for (size_t l = 0; l < length; l++) {
        size_t place = (i * length + l) * inner + j;
        y[place] = x[place] / sqrt(weight * sum + epsilon);
      }
    }
  }
}

void ck_reference_normalize_length_backward(size_t outer, size_t length, size_t inner, double weight, double epsilon,
                                            const double *x, const double *dy, double *dx) {
  for (size_t i = 0; i < outer; i++) {
    for (size_t j = 0; j < inner; j++) {
      double squares = 0, product = 0;
      for (size_t l = 0; l < length; l++) {
        size_t place = (i * length + l) * inner + j;
        squares += x[place] * x[place];
        product += x[place] * dy[place];
      }
      double r = 1 / sqrt(weight * squares + epsilon);
      for (size_t l = 0; l < length; l++) {
        size_t place = (i * length + l) * inner + j;
        dx[place] = r * dy[place] - weight * r * r * r * product * x[place];
      }
    }
  }
}
