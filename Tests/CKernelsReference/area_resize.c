#include <math.h>

#include "CKernelsReference.h"

void ck_reference_area_resize(const uint8_t *image, size_t width, size_t channels, const ck_crop *crop,
                              size_t out_height, size_t out_width, double offset, double scale, double *out) {
  double step_y = (double)crop->height, step_x = (double)crop->width;
  for (size_t row = 0; row < out_height; row++) {
    for (size_t column = 0; column < out_width; column++) {
      size_t top = (size_t)floor((double)row * step_y / (double)out_height);
      size_t bottom = (size_t)ceil((double)(row + 1) * step_y / (double)out_height);
      size_t left = (size_t)floor((double)column * step_x / (double)out_width);
      size_t right = (size_t)ceil((double)(column + 1) * step_x / (double)out_width);
      for (size_t channel = 0; channel < channels; channel++) {
        double sum = 0;
        for (size_t y = top; y < bottom; y++) {
          for (size_t x = left; x < right; x++) {
            sum += image[((crop->top + y) * width + crop->left + x) * channels + channel];
          }
        }
        double mean = sum / (double)((bottom - top) * (right - left));
        *out++ = (mean - offset) * scale;
      }
    }
  }
}
