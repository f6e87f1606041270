#include "CKernelsReference.h"

void ck_reference_scale_channels_forward(size_t batch, size_t rows, size_t channels, const double *x,
                                         const double *factors, double *y) {
  for (size_t image = 0; image < batch; image++) {
    for (size_t i = 0; i < rows * channels; i++) {
      y[image * rows * channels + i] = x[image * rows * channels + i] * factors[image * channels + i % channels];
    }
  }
}

void ck_reference_scale_channels_backward(size_t batch, size_t rows, size_t channels, const double *x,
                                          const double *factors, const double *dy, double *dx, double *dfactors) {
  for (size_t i = 0; i < batch * channels; i++) dfactors[i] = 0;
  for (size_t i = 0; i < batch * rows * channels; i++) {
    size_t factor = i / (rows * channels) * channels + i % channels;
    dx[i] = dy[i] * factors[factor];
    dfactors[factor] += dy[i] * x[i];
  }
}
