#include "Convolution/slices.h"
#include "ck_machine.h"
#include "Machine/sizes.h"

enum { add_block = 1 << 14, most_slices = 16, least_pixels = 512, most_partial_floats = 1 << 22 };

size_t ck_slice_pixels(size_t pixels, size_t total) {
  size_t slices = ck_minimum(ck_minimum(most_slices, most_partial_floats / total), pixels / least_pixels);
  return ck_divide_up(pixels, ck_maximum(slices, 1));
}

typedef struct {
  const float *partial;
  size_t slices, total;
  float *sums;
} addition;

static void add_block_of_slices(void *context, size_t task) {
  const addition *a = context;
  size_t first = task * add_block, end = ck_minimum(first + add_block, a->total);
  for (size_t slice = 0; slice < a->slices; slice++) {
    const float *partial = a->partial + slice * a->total;
    for (size_t i = first; i < end; i++) a->sums[i] += partial[i];
  }
}

void ck_add_slices(const float *partial, size_t slices, size_t total, float *sums, int threads) {
  if (slices == 0) return;
  addition a = {partial, slices, total, sums};
  ck_parallel(ck_divide_up(total, add_block), threads, add_block_of_slices, &a);
}
