#include "CKernelsReference.h"

// The index in x of the first of the largest values of a window, in row-major order.
static size_t first_largest(const ck_pooling *shape, const double *x, size_t image, size_t row, size_t column,
                            size_t channel) {
  size_t best = 0;
  bool found = false;
  for (size_t p = 0; p < shape->kernel; p++) {
    for (size_t q = 0; q < shape->kernel; q++) {
      size_t i = row * shape->stride + p, j = column * shape->stride + q;
      if (i >= shape->in_height || j >= shape->in_width) continue;
      size_t place = ((image * shape->in_height + i) * shape->in_width + j) * shape->channels + channel;
      if (!found || x[place] > x[best]) best = place;
      found = true;
    }
  }
  return best;
}

void ck_reference_max_pool_forward(const ck_pooling *shape, const double *x, double *y) {
  for (size_t image = 0; image < shape->batch; image++) {
    for (size_t row = 0; row < shape->out_height; row++) {
      for (size_t column = 0; column < shape->out_width; column++) {
        for (size_t channel = 0; channel < shape->channels; channel++) {
          *y++ = x[first_largest(shape, x, image, row, column, channel)];
        }
      }
    }
  }
}

void ck_reference_max_pool_backward(const ck_pooling *shape, const double *x, const double *dy, double *dx) {
  size_t count = shape->batch * shape->in_height * shape->in_width * shape->channels;
  for (size_t i = 0; i < count; i++) dx[i] = 0;
  for (size_t image = 0; image < shape->batch; image++) {
    for (size_t row = 0; row < shape->out_height; row++) {
      for (size_t column = 0; column < shape->out_width; column++) {
        for (size_t channel = 0; channel < shape->channels; channel++) {
          dx[first_largest(shape, x, image, row, column, channel)] += *dy++;
        }
      }
    }
  }
}
