// Sums whose terms were computed in slices.
#ifndef CK_SLICES_H
#define CK_SLICES_H

#include <stddef.h>

// sums[total] += each slice of partial[slices × total], in order.
void ck_add_slices(const float *partial, size_t slices, size_t total, float *sums, int threads);

#endif
