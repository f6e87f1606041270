// Vectors of 16 floats, whatever the processor's own are; the compiler splits them where registers are shorter.
// They are passed by pointer between inlined functions: by value they would have a calling convention.
#ifndef CK_LANES_H
#define CK_LANES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Machine/instructions.h"

typedef float ck_lanes __attribute__((vector_size(64), aligned(4)));

#define CK_UNROLLED _Pragma("clang loop unroll(full)")

CK_INLINE void ck_load(ck_lanes *v, const float *from) { *v = *(const ck_lanes *)from; }
CK_INLINE void ck_store(float *to, const ck_lanes *v) { *(ck_lanes *)to = *v; }

// Stores past the caches, to an address that is a multiple of 64 bytes.
CK_INLINE void ck_stream(float *to, const ck_lanes *v) {
  typedef float aligned_lanes __attribute__((vector_size(64)));
  __builtin_nontemporal_store((aligned_lanes)*v, (aligned_lanes *)to);
}

// Whether a result of rows × channels should be stored past the caches: it is too large to be found there later, and
// whole lines need not be read from memory before they are overwritten.
CK_INLINE bool ck_streams(const float *result, size_t rows, size_t channels) {
  enum { large = 16 << 20 };
  return rows * channels * sizeof(float) > large && channels % 16 == 0 && (uintptr_t)result % 64 == 0;
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
