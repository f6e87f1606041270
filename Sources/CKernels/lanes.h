// Vectors of 16 floats, whatever the processor's own are; the compiler splits them where registers are shorter.
// They are passed by pointer between inlined functions: by value they would have a calling convention.
#ifndef CK_LANES_H
#define CK_LANES_H

#include <stddef.h>

#include "instructions.h"

typedef float ck_lanes __attribute__((vector_size(64), aligned(4)));

#define CK_UNROLLED _Pragma("clang loop unroll(full)")

CK_INLINE void ck_load(ck_lanes *v, const float *from) { *v = *(const ck_lanes *)from; }
CK_INLINE void ck_store(float *to, const ck_lanes *v) { *(ck_lanes *)to = *v; }

// v ← slope·v where v is negative; what is not a number stays so.
CK_INLINE void ck_leak(ck_lanes *v, float slope) {
  typedef int mask __attribute__((vector_size(64)));
  mask negative = *v < 0;
  ck_lanes scaled = slope * *v;
  *v = (ck_lanes)(((mask)scaled & negative) | ((mask)*v & ~negative));
}

#endif
