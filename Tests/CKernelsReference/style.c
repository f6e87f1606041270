#include "CKernelsReference.h"

static double value_at(const ck_style *style, size_t channels, size_t pixels, const double *x, size_t i) {
  size_t channel = i % channels, pixel = i / channels % pixels, image = i / channels / pixels;
  double noise = style->noise ? (double)style->noise[pixel] : 0;
  return x[i] * (double)style->demodulation[image * channels + channel] + noise + (double)style->bias[channel];
}

void ck_reference_style_forward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const double *x,
                                double *y) {
  for (size_t i = 0; i < batch * pixels * channels; i++) {
    double value = value_at(style, channels, pixels, x, i);
    y[i] = (double)style->gain * (value < 0 ? (double)style->slope * value : value);
  }
}

void ck_reference_style_backward(const ck_style *style, size_t batch, size_t pixels, size_t channels, const double *x,
                                 const double *dy, double *dx, double *ddemodulation) {
  for (size_t i = 0; i < batch * channels; i++) ddemodulation[i] = 0;
  for (size_t i = 0; i < batch * pixels * channels; i++) {
    double slope = value_at(style, channels, pixels, x, i) > 0 ? 1 : (double)style->slope;
    double g = dy[i] * (double)style->gain * slope;
    size_t factor = i / (pixels * channels) * channels + i % channels;
    dx[i] = g * (double)style->demodulation[factor];
    ddemodulation[factor] += g * x[i];
  }
}

void ck_reference_blur(size_t batch, size_t height, size_t width, size_t channels, size_t pad, const double *x,
                       double *y) {
  static const double taps[4] = {0.25, 0.75, 0.75, 0.25};
  size_t out_height = height + 2 * pad - 3, out_width = width + 2 * pad - 3;
  for (size_t n = 0; n < batch * out_height * out_width * channels; n++) {
    size_t channel = n % channels, j = n / channels % out_width, i = n / channels / out_width % out_height;
    size_t image = n / channels / out_width / out_height;
    double sum = 0;
    for (size_t p = 0; p < 4; p++) {
      for (size_t q = 0; q < 4; q++) {
        size_t row = i + p - pad, column = j + q - pad;  // wraps below zero
        if (row >= height || column >= width) continue;
        sum += taps[p] * taps[q] * x[((image * height + row) * width + column) * channels + channel];
      }
    }
    y[n] = sum;
  }
}
