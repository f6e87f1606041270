// Sums whose terms were computed in slices.
#ifndef CK_SLICES_H
#define CK_SLICES_H

#include <stddef.h>

// How many pixels of a sum over `pixels` make a slice: enough slices for the threads that machines have, of at least
// 512 pixels each, with partial sums of at most 16 MiB. `total`, the sums, is above zero.
size_t ck_slice_pixels(size_t pixels, size_t total);

// sums[total] += each slice of partial[slices × total], in order.
void ck_add_slices(const float *partial, size_t slices, size_t total, float *sums, int threads);

#endif
