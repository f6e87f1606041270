#include "CKernelsReference.h"

void ck_reference_resample(size_t batch, const ck_taps *rows, const ck_taps *columns, size_t channels,
                           const double *x, double *y) {
  for (size_t picture = 0; picture < batch; picture++) {
    for (size_t i = 0; i < rows->out; i++) {
      for (size_t j = 0; j < columns->out; j++) {
        for (size_t channel = 0; channel < channels; channel++) {
          double sum = 0;
          for (size_t s = 0; s < rows->count[i]; s++) {
            for (size_t t = 0; t < columns->count[j]; t++) {
              size_t pixel = (picture * rows->in + rows->first[i] + s) * columns->in + columns->first[j] + t;
              sum += rows->weight[i * rows->reach + s] * columns->weight[j * columns->reach + t] *
                     x[pixel * channels + channel];
            }
          }
          *y++ = sum;
        }
      }
    }
  }
}
