// The four changes one after another, and their adjoints in the opposite order.
#include <stdlib.h>

#include "CKernelsReference.h"

// values ← the mean of the group + factor·(values − that mean), whose matrix is symmetric.
static void contract(size_t count, double factor, double *values) {
  double mean = 0;
  for (size_t i = 0; i < count; i++) mean += values[i] / (double)count;
  for (size_t i = 0; i < count; i++) values[i] = mean + factor * (values[i] - mean);
}

// out[y, x] = in[y − down, x − right], or 0.
static void translate(size_t height, size_t width, size_t channels, int64_t down, int64_t right, const double *in,
                      double *out) {
  for (int64_t y = 0; y < (int64_t)height; y++) {
    for (int64_t x = 0; x < (int64_t)width; x++) {
      int64_t row = y - down, column = x - right;
      bool inside = row >= 0 && row < (int64_t)height && column >= 0 && column < (int64_t)width;
      for (size_t channel = 0; channel < channels; channel++) {
        size_t source = (size_t)(row * (int64_t)width + column) * channels + channel;
        out[(size_t)(y * (int64_t)width + x) * channels + channel] = inside ? in[source] : 0;
      }
    }
  }
}

void ck_reference_augment_forward(size_t batch, size_t height, size_t width, size_t channels,
                                  const ck_augmentation *change, const double *x, double *y) {
  size_t pixels = height * width, count = pixels * channels;
  double *image = malloc(count * sizeof *image);
  for (size_t index = 0; index < batch; index++) {
    const ck_augmentation *own = change + index;
    for (size_t i = 0; i < count; i++) image[i] = x[index * count + i] + (double)own->brightness;
    for (size_t i = 0; i < pixels; i++) contract(channels, (double)own->saturation, image + i * channels);
    contract(count, (double)own->contrast, image);
    translate(height, width, channels, own->shift_down, own->shift_right, image, y + index * count);
  }
  free(image);
}

void ck_reference_augment_backward(size_t batch, size_t height, size_t width, size_t channels,
                                   const ck_augmentation *change, const double *dy, double *dx) {
  size_t pixels = height * width, count = pixels * channels;
  for (size_t index = 0; index < batch; index++) {
    const ck_augmentation *own = change + index;
    double *image = dx + index * count;
    translate(height, width, channels, -(int64_t)own->shift_down, -(int64_t)own->shift_right, dy + index * count,
              image);
    contract(count, (double)own->contrast, image);
    for (size_t i = 0; i < pixels; i++) contract(channels, (double)own->saturation, image + i * channels);
  }
}
