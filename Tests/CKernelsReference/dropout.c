#include <math.h>

#include "CKernelsReference.h"

// The finalizer of SplitMix64 (Steele, Lea & Flood 2014).
static uint64_t mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

// Number i of the stream that the mixed seed opens, in [0, 1), decides about element i.
void ck_reference_dropout(size_t count, double rate, uint64_t seed, const double *x, double *y) {
  const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
  uint64_t stream = mixed(seed + step);
  for (size_t i = 0; i < count; i++) {
    double drawn = (double)(mixed(stream + i * step) >> 32);
    y[i] = drawn >= floor(rate * 4294967296.0) ? x[i] / (1 - rate) : 0;
  }
}
