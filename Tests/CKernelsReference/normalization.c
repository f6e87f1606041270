#include <math.h>

#include "CKernelsReference.h"

void ck_reference_batch_norm_training_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                              const double *gamma, const double *beta, double *y, double *mean,
                                              double *variance) {
  for (size_t channel = 0; channel < channels; channel++) {
    double sum = 0, square = 0;
    for (size_t row = 0; row < rows; row++) sum += x[row * channels + channel];
    mean[channel] = sum / (double)rows;
    for (size_t row = 0; row < rows; row++) {
      double difference = x[row * channels + channel] - mean[channel];
      square += difference * difference;
    }
    variance[channel] = square / (double)rows;
  }
  ck_reference_batch_norm_inference_forward(rows, channels, epsilon, x, gamma, beta, mean, variance, y);
}

void ck_reference_batch_norm_training_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                               const double *gamma, const double *mean, const double *variance,
                                               const double *dy, double *dx, double *dgamma, double *dbeta) {
  for (size_t channel = 0; channel < channels; channel++) {
    double sigma = sqrt(variance[channel] + epsilon), sum = 0, product = 0;
    for (size_t row = 0; row < rows; row++) {
      size_t i = row * channels + channel;
      sum += dy[i];
      product += dy[i] * (x[i] - mean[channel]) / sigma;
    }
    if (dbeta) dbeta[channel] = sum;
    if (dgamma) dgamma[channel] = product;
    for (size_t row = 0; dx && row < rows; row++) {
      size_t i = row * channels + channel;
      double normal = (x[i] - mean[channel]) / sigma;
      dx[i] = gamma[channel] / sigma * (dy[i] - sum / (double)rows - normal * product / (double)rows);
    }
  }
}

void ck_reference_batch_norm_inference_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                               const double *gamma, const double *beta, const double *mean,
                                               const double *variance, double *y) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t channel = 0; channel < channels; channel++) {
      size_t i = row * channels + channel;
      y[i] = gamma[channel] * (x[i] - mean[channel]) / sqrt(variance[channel] + epsilon) + beta[channel];
    }
  }
}

void ck_reference_batch_norm_inference_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                                const double *gamma, const double *mean, const double *variance,
                                                const double *dy, double *dx, double *dgamma, double *dbeta) {
  for (size_t channel = 0; channel < channels; channel++) {
    double sigma = sqrt(variance[channel] + epsilon), sum = 0, product = 0;
    for (size_t row = 0; row < rows; row++) {
      size_t i = row * channels + channel;
      sum += dy[i];
      product += dy[i] * (x[i] - mean[channel]) / sigma;
      if (dx) dx[i] = dy[i] * gamma[channel] / sigma;
    }
    if (dbeta) dbeta[channel] = sum;
    if (dgamma) dgamma[channel] = product;
  }
}
