#include "CKernelsReference.h"

void ck_reference_prelu_forward(size_t rows, size_t channels, const double *x, const double *slope, double *y) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t channel = 0; channel < channels; channel++) {
      size_t i = row * channels + channel;
      y[i] = x[i] > 0 ? x[i] : slope[channel] * x[i];
    }
  }
}

void ck_reference_prelu_backward(size_t rows, size_t channels, const double *x, const double *slope, const double *dy,
                                 double *dx, double *dslope) {
  for (size_t channel = 0; channel < channels; channel++) {
    dslope[channel] = 0;
    for (size_t row = 0; row < rows; row++) {
      size_t i = row * channels + channel;
      dx[i] = x[i] > 0 ? dy[i] : slope[channel] * dy[i];
      if (x[i] <= 0) dslope[channel] += x[i] * dy[i];
    }
  }
}
