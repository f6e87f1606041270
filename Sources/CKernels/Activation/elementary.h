// Exponential functions in single precision, as inlined polynomials that vectorize with the loop around them.
//
// Goals, in order:
// 1. Right to 1.2 units in the last place (the sigmoid to 2.3), the smallest arguments included (tanh x ≈ x,
//    exp(x) − 1 ≈ x); exact limits at ±∞; NaN stays NaN; nothing overflows on the way.
// 2. No branch and no table: a loop of either would not vectorize.
// 3. Speed.
// Rejected: libm's functions, which a loop calls one value at a time, 8 to 20 times slower; and tanh from
// exp(2x) − 1 alone, whose quotient loses a further unit near zero.
//
// The coefficients minimize the largest relative error (Lawson's iteration on Chebyshev nodes): below 2⁻³⁰ of
// exp(r) − 1 for |r| ≤ ln 2/2, and 2⁻²⁷ of tanh(x) for |x| ≤ 0.625.
#ifndef CK_ELEMENTARY_H
#define CK_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

#include "Machine/instructions.h"

CK_INLINE uint32_t ck_bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

CK_INLINE float ck_float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

CK_INLINE float ck_magnitude(float x) { return ck_float_of(ck_bits_of(x) & 0x7fffffff); }

// 2ⁿ for −127 < n < 128.
CK_INLINE float ck_power_of_two(int32_t n) { return ck_float_of(((uint32_t)n + 127) << 23); }

// exp(x) = 2ⁿ·(1 + rest), |rest| < 0.42.
typedef struct {
  int32_t n;
  float rest;
} ck_exponential;

// For |x| < 2²¹; elsewhere the result means nothing.
CK_INLINE ck_exponential ck_exponential_of(float x) {
  // The sum's last place is 1, so that n is rounded and stands in its lowest bits.
  float shifted = x * 0x1.715476p0f + 0x1.8p23f, rounded = shifted - 0x1.8p23f;
  // ln 2 in two parts; the first has nine zeros at its end, so that its product with n is exact.
  float r = (x - rounded * 0x1.62e4p-1f) - rounded * 0x1.7f7d1cp-20f;
  float q = 0x1.a032c4p-13f;
  q = q * r + 0x1.6d723ep-10f;
  q = q * r + 0x1.11118ap-7f;
  q = q * r + 0x1.5554b0p-5f;
  q = q * r + 0x1.555554p-3f;
  q = q * r + 0.5f;
  return (ck_exponential){(int32_t)(ck_bits_of(shifted) - ck_bits_of(0x1.8p23f)), r + r * r * q};
}

// exp(x). Scaled in two steps, so that results below the normal numbers are rounded once, and those above
// are ∞.
CK_INLINE float ck_exp(float x) {
  x = x < -104 ? -104 : x;
  x = x > 89 ? 89 : x;
  ck_exponential e = ck_exponential_of(x);
  int32_t half = e.n >> 1;
  return (1 + e.rest) * ck_power_of_two(half) * ck_power_of_two(e.n - half);
}

// exp(x) − 1 for x ≤ 0.
CK_INLINE float ck_expm1_below_zero(float x) {
  x = x < -30 ? -30 : x;
  ck_exponential e = ck_exponential_of(x);
  float power = ck_power_of_two(e.n);
  return power * e.rest + (power - 1);
}

CK_INLINE float ck_tanh(float x) {
  float a = ck_magnitude(x), square = a * a;
  float p = -0x1.75e1ccp-8f;
  p = p * square + 0x1.52269cp-6f;
  p = p * square - 0x1.b83c5ap-5f;
  p = p * square + 0x1.110726p-3f;
  p = p * square - 0x1.555532p-2f;
  float near = a + a * square * p;
  // tanh(10) is 1 to the last place.
  ck_exponential e = ck_exponential_of(a > 10 ? 20 : 2 * a);
  float power = ck_power_of_two(e.n);
  float far = 1 - 2 / (power * e.rest + (power + 1));
  float y = a < 0.625f ? near : far;
  return ck_float_of(ck_bits_of(y) | (ck_bits_of(x) & 0x80000000));
}

// 1/(1 + exp(−x)), from the exponential that is at most 1.
CK_INLINE float ck_sigmoid(float x) {
  float e = ck_exp(-ck_magnitude(x));
  return (x < 0 ? e : 1) / (1 + e);
}

#endif
