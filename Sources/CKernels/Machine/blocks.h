// How the memory-bound kernels cut their work, and how their loops are made to vectorize.
//
// Goals, in order: results that do not depend on the number of threads; accurate sums; memory speed.
// - Blocks depend on the shape alone. Sums are taken per block and the blocks added in order, in double.
// - A tensor of rows × channels is seen as wider rows of a multiple of 16 values, so that three channels
//   vectorize as well as 128: value i belongs to lane i mod width, and lane l to channel l mod channels.
// - Rejected: one accumulator per thread (the sum would depend on the number of threads), and -ffast-math (it
//   would need unsafe flags, which a package used as a dependency may not have).
#ifndef CK_BLOCKS_H
#define CK_BLOCKS_H

#include <stddef.h>

#include "ck_machine.h"
#include "Machine/instructions.h"
#include "Machine/lanes.h"

// Before a loop whose output may be one of its inputs: each value is read before it is written at the same
// index.
#define CK_SAME_INDEX _Pragma("clang loop vectorize(assume_safety)")

enum { CK_BLOCK = 32768 };

typedef struct {
  size_t begin, end;
} ck_range;

CK_INLINE size_t ck_block_count(size_t count, size_t block) { return (count + block - 1) / block; }

CK_INLINE ck_range ck_block_range(size_t count, size_t block, size_t index) {
  size_t begin = index * block;
  return (ck_range){begin, count - begin < block ? count : begin + block};
}

// Runs a pass over `count` values. To wake a thread takes longer than a block of it: short passes stay with
// the caller.
CK_INLINE void ck_run_blocks(size_t count, size_t blocks, int threads, void (*body)(void *, size_t), void *context) {
  ck_parallel(blocks, count < 2 * CK_BLOCK ? 1 : threads, body, context);
}

typedef struct {
  size_t count, channels;
  size_t width;  // values in a wide row, a multiple of channels
  size_t block;  // values in a block, a multiple of width
  size_t blocks;
} ck_columns;

CK_INLINE ck_columns ck_columns_of(size_t rows, size_t channels) {
  size_t width = channels < 64 ? channels * CK_LANES : channels;
  size_t block = width * (width < CK_BLOCK ? CK_BLOCK / width : 1);
  size_t count = rows * channels;
  return (ck_columns){count, channels, width, block, ck_block_count(count, block)};
}

// total[channels] = Σ over blocks and lanes of partial, whose rows lie `stride` doubles apart.
CK_INLINE void ck_columns_fold(const ck_columns *columns, const double *partial, size_t stride, double *total) {
  for (size_t channel = 0; channel < columns->channels; channel++) total[channel] = 0;
  for (size_t block = 0; block < columns->blocks; block++) {
    for (size_t lane = 0; lane < columns->width; lane += columns->channels) {
      const double *row = partial + block * stride + lane;
      for (size_t channel = 0; channel < columns->channels; channel++) total[channel] += row[channel];
    }
  }
}

// lanes[width] = values[channels], repeated.
CK_INLINE void ck_columns_spread(const ck_columns *columns, const float *values, float *lanes) {
  for (size_t lane = 0; lane < columns->width; lane += columns->channels) {
    for (size_t channel = 0; channel < columns->channels; channel++) lanes[lane + channel] = values[channel];
  }
}

// sum[width] = the products of two arrays over the wide rows of a range. Four rows are added in float before the sum
// goes to double: a quarter of the conversions at nearly the same accuracy.
CK_INLINE void ck_lanes_add_products(size_t width, ck_range range, const float *restrict a, const float *restrict b,
                                     double *restrict sum) {
  size_t begin = range.begin;
  for (size_t lane = 0; lane < width; lane++) sum[lane] = 0;
  for (; begin + 4 * width <= range.end; begin += 4 * width) {
    const float *p = a + begin, *q = b + begin;
    for (size_t lane = 0; lane < width; lane++) {
      float first = p[lane] * q[lane] + p[lane + width] * q[lane + width];
      float second = p[lane + 2 * width] * q[lane + 2 * width] + p[lane + 3 * width] * q[lane + 3 * width];
      sum[lane] += (double)(first + second);
    }
  }
  for (; begin < range.end; begin += width) {
    size_t count = range.end - begin < width ? range.end - begin : width;
    for (size_t lane = 0; lane < count; lane++) sum[lane] += (double)a[begin + lane] * b[begin + lane];
  }
}

// Σ a_i·b_i in double over independent lanes, which are added in order.
CK_INLINE double ck_lanes_dot(size_t count, const float *restrict a, const float *restrict b) {
  double lanes[CK_LANES] = {0};
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    for (size_t lane = 0; lane < CK_LANES; lane++) lanes[lane] += (double)a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < count; i++) sum += (double)a[i] * b[i];
  for (size_t lane = 0; lane < CK_LANES; lane++) sum += lanes[lane];
  return sum;
}

#endif
