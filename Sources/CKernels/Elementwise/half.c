// IEEE half precision in integer arithmetic, each case computed and one selected, so that the loops vectorize
// without hardware conversions.
#include <stdint.h>

#include "Activation/elementary.h"
#include "ck_elementwise.h"
#include "ck_machine.h"
#include "Machine/blocks.h"

enum {
  REBIAS = (127 - 15) << 23,           // between the exponents of the two formats
  SMALLEST_NORMAL = (127 - 14) << 23,  // 2⁻¹⁴ as a float
  TOO_LARGE = (127 + 16) << 23,        // 2¹⁶ as a float
  FLOAT_INFINITY = 255 << 23,
  HALF_INFINITY = 31 << 10,
};

typedef struct {
  size_t count;
  const float *x;
  uint16_t *half;
} rounding;

CK_INLINE void round_block_body(void *opaque, size_t block) {
  const rounding *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  const float *restrict x = context->x;
  uint16_t *restrict half = context->half;
  for (size_t i = range.begin; i < range.end; i++) {
    uint32_t bits = ck_bits_of(x[i]), magnitude = bits & 0x7fffffff;
    // To nearest even: add half of the last place, less one where the place kept is even. A carry runs into
    // the exponent, up to infinity.
    uint32_t normal = (magnitude - REBIAS + 0xfff + ((magnitude >> 13) & 1)) >> 13;
    // In [0.5, 1) a float's last place is 2⁻²⁴, a subnormal half's: the addition rounds.
    uint32_t subnormal = ck_bits_of(ck_float_of(magnitude) + 0.5f) - ck_bits_of(0.5f);
    uint32_t payload = (magnitude >> 13) & 0x3ff;
    uint32_t not_a_number = HALF_INFINITY | payload | (payload == 0 ? 0x200 : 0);
    uint32_t result = magnitude < SMALLEST_NORMAL ? subnormal : normal;
    result = magnitude >= TOO_LARGE ? HALF_INFINITY : result;
    result = magnitude > FLOAT_INFINITY ? not_a_number : result;
    half[i] = (uint16_t)(result | (bits >> 16 & 0x8000));
  }
}
CK_TASK(round_block)

void ck_half_from_float(size_t count, const float *x, uint16_t *half) {
  rounding context = {count, x, half};
  ck_parallel(ck_block_count(count, CK_BLOCK), 1, round_block, &context);
}

typedef struct {
  size_t count;
  const uint16_t *half;
  float *x;
} widening;

CK_INLINE void widen_block_body(void *opaque, size_t block) {
  const widening *context = opaque;
  ck_range range = ck_block_range(context->count, CK_BLOCK, block);
  const uint16_t *restrict half = context->half;
  float *restrict x = context->x;
  for (size_t i = range.begin; i < range.end; i++) {
    uint32_t magnitude = half[i] & 0x7fff, sign = (uint32_t)(half[i] & 0x8000) << 16;
    uint32_t normal = (magnitude << 13) + REBIAS;
    uint32_t subnormal = ck_bits_of((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t special = (magnitude << 13) | FLOAT_INFINITY;
    uint32_t result = magnitude < 0x400 ? subnormal : normal;
    result = magnitude >= HALF_INFINITY ? special : result;
    x[i] = ck_float_of(result | sign);
  }
}
CK_TASK(widen_block)

void ck_float_from_half(size_t count, const uint16_t *half, float *x) {
  widening context = {count, half, x};
  ck_parallel(ck_block_count(count, CK_BLOCK), 1, widen_block, &context);
}
