#include "../dropout_mask.h"
#include "CKernels.h"

void ck_reference_dropout(size_t count, double rate, uint64_t seed, const double *x, double *y) {
  uint64_t stream = ck_dropout_stream(seed), threshold = ck_dropout_threshold(rate);
  for (size_t i = 0; i < count; i++) y[i] = ck_dropout_keeps(stream, i, threshold) ? x[i] / (1 - rate) : 0;
}
