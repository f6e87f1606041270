#include <string.h>

#include "CKernelsReference.h"

// Adds each product of two of x, w and dy to the result, which takes the place of the one that is NULL.
static void for_each_product(const ck_convolution *s, const double *x, const double *w, const double *dy,
                             double *result) {
  size_t channels = s->in_channels;
  for (size_t b = 0; b < s->batch; b++) {
    for (size_t i = 0; i < s->out_height; i++) {
      for (size_t j = 0; j < s->out_width; j++) {
        for (size_t p = 0; p < s->kernel_height; p++) {
          for (size_t q = 0; q < s->kernel_width; q++) {
            // Unsigned: what lies above or left of the input wraps round and is past its end.
            size_t row = i * s->stride_height + p - s->pad_top;
            size_t column = j * s->stride_width + q - s->pad_left;
            if (row >= s->in_height || column >= s->in_width) continue;
            for (size_t c = 0; c < channels; c++) {
              size_t at_x = ((b * s->in_height + row) * s->in_width + column) * channels + c;
              size_t at_y = ((b * s->out_height + i) * s->out_width + j) * channels + c;
              size_t at_w = (p * s->kernel_width + q) * channels + c;
              if (!dy) result[at_y] += x[at_x] * w[at_w];
              else if (!x) result[at_x] += dy[at_y] * w[at_w];
              else result[at_w] += x[at_x] * dy[at_y];
            }
          }
        }
      }
    }
  }
}

void ck_reference_depthwise_forward(const ck_convolution *s, const double *x, const double *w, double *y) {
  memset(y, 0, s->batch * s->out_height * s->out_width * s->in_channels * sizeof *y);
  for_each_product(s, x, w, NULL, y);
}

void ck_reference_depthwise_backward_input(const ck_convolution *s, const double *dy, const double *w, double *dx) {
  memset(dx, 0, s->batch * s->in_height * s->in_width * s->in_channels * sizeof *dx);
  for_each_product(s, NULL, w, dy, dx);
}

void ck_reference_depthwise_backward_filter(const ck_convolution *s, const double *x, const double *dy, double *dw) {
  memset(dw, 0, s->kernel_height * s->kernel_width * s->in_channels * sizeof *dw);
  for_each_product(s, x, NULL, dy, dw);
}
