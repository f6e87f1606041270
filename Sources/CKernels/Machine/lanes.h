// Vectors of 16 floats, whatever the processor's own are; the compiler splits them where registers are shorter.
// They are passed by pointer between inlined functions: by value they would have a calling convention.
#ifndef CK_LANES_H
#define CK_LANES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Machine/instructions.h"

enum { CK_LANES = 16 };

typedef float ck_lanes __attribute__((vector_size(64), aligned(4)));
typedef double ck_wide_lanes __attribute__((vector_size(128)));

#define CK_UNROLLED _Pragma("clang loop unroll(full)")

CK_INLINE void ck_load(ck_lanes *v, const float *from) { *v = *(const ck_lanes *)from; }
CK_INLINE void ck_store(float *to, const ck_lanes *v) { *(ck_lanes *)to = *v; }

// In double, without rounding, and back.
CK_INLINE void ck_widen(ck_wide_lanes *wide, const ck_lanes *v) {
  *wide = __builtin_convertvector(*v, ck_wide_lanes);
}
CK_INLINE void ck_narrow(ck_lanes *v, const ck_wide_lanes *wide) { *v = __builtin_convertvector(*wide, ck_lanes); }

// The sum of 16 doubles: each half added to the other, until one is left.
CK_INLINE double ck_wide_sum(const ck_wide_lanes *x) {
  typedef double half __attribute__((vector_size(64)));
  typedef double quarter __attribute__((vector_size(32)));
  typedef double two __attribute__((vector_size(16)));
  half a = __builtin_shufflevector(*x, *x, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15);
  quarter b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  two c = __builtin_shufflevector(b, b, 0, 1) + __builtin_shufflevector(b, b, 2, 3);
  return c[0] + c[1];
}

// The sum of 16 floats, in double.
CK_INLINE double ck_sum(const ck_lanes *v) {
  ck_wide_lanes wide;
  ck_widen(&wide, v);
  return ck_wide_sum(&wide);
}

// Stores past the caches, to an address that is a multiple of 64 bytes.
CK_INLINE void ck_stream(float *to, const ck_lanes *v) {
  typedef float aligned_lanes __attribute__((vector_size(64)));
  __builtin_nontemporal_store((aligned_lanes)*v, (aligned_lanes *)to);
}

// The first 8 or all 16 likewise, to an address that is a multiple of 32 bytes.
CK_INLINE void ck_stream_halves(float *to, const ck_lanes *v, size_t count) {
  typedef float half __attribute__((vector_size(32)));
  half low = __builtin_shufflevector(*v, *v, 0, 1, 2, 3, 4, 5, 6, 7);
  half high = __builtin_shufflevector(*v, *v, 8, 9, 10, 11, 12, 13, 14, 15);
  __builtin_nontemporal_store(low, (half *)to);
  if (count > CK_LANES / 2) __builtin_nontemporal_store(high, (half *)(to + CK_LANES / 2));
}

// Whether a result of rows × channels should be stored past the caches, `unit` floats at a time: it is too large to
// be found there later, and whole lines need not be read from memory before they are overwritten.
CK_INLINE bool ck_streams(const float *result, size_t rows, size_t channels, size_t unit) {
  enum { large = 16 << 20 };
  return rows * channels * sizeof(float) > large && channels % unit == 0 &&
         (uintptr_t)result % (unit * sizeof(float)) == 0;
}

// Makes such stores visible to other threads before the task counts as done.
CK_INLINE void ck_end_streams(bool streams) {
  if (streams) atomic_thread_fence(memory_order_seq_cst);
}

// v ← slope·v where v is negative; what is not a number stays so.
CK_INLINE void ck_leak(ck_lanes *v, float slope) {
  typedef int mask __attribute__((vector_size(64)));
  mask negative = *v < 0;
  ck_lanes scaled = slope * *v;
  *v = (ck_lanes)(((mask)scaled & negative) | ((mask)*v & ~negative));
}

#endif
