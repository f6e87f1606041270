#include <math.h>

#include "CKernelsReference.h"

static double activate(ck_activation kind, double slope, double x) {
  switch (kind) {
    case CK_RELU: return x < 0 ? 0 : x;
    case CK_LEAKY_RELU: return x < 0 ? slope * x : x;
    case CK_ELU: return x < 0 ? expm1(x) : x;
    case CK_TANH: return tanh(x);
    case CK_SIGMOID: return 1 / (1 + exp(-x));
    case CK_RELU6: return fmin(fmax(x, 0), 6);
    default: return x;
  }
}

static double derivative(ck_activation kind, double slope, double y) {
  switch (kind) {
    case CK_RELU: return y > 0 ? 1 : 0;
    case CK_LEAKY_RELU: return y > 0 ? 1 : slope;
    case CK_ELU: return y > 0 ? 1 : y + 1;
    case CK_TANH: return 1 - y * y;
    case CK_SIGMOID: return y * (1 - y);
    case CK_RELU6: return y > 0 && y < 6 ? 1 : 0;
    default: return 1;
  }
}

void ck_reference_bias_activation_forward(ck_activation kind, double slope, size_t rows, size_t channels,
                                          const double *x, const double *bias, double *y) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t channel = 0; channel < channels; channel++) {
      size_t i = row * channels + channel;
      y[i] = activate(kind, slope, x[i] + (bias ? bias[channel] : 0));
    }
  }
}

void ck_reference_bias_activation_backward(ck_activation kind, double slope, size_t rows, size_t channels,
                                           const double *y, const double *dy, double *dx, double *dbias) {
  for (size_t channel = 0; channel < channels; channel++) {
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
      size_t i = row * channels + channel;
      double gradient = dy[i] * derivative(kind, slope, y[i]);
      sum += gradient;
      if (dx) dx[i] = gradient;
    }
    if (dbias) dbias[channel] = sum;
  }
}
