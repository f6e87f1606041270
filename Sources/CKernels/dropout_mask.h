// The mask of dropout, shared by the fast kernel and its twin: they must drop the same values.
#ifndef CK_DROPOUT_MASK_H
#define CK_DROPOUT_MASK_H

#include <stdbool.h>
#include <stdint.h>

// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
static inline uint64_t ck_mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

// The seed is mixed first: neighbouring seeds would otherwise give one mask, shifted by one place.
static inline uint64_t ck_dropout_stream(uint64_t seed) {
  return ck_mixed(seed + UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t ck_dropout_threshold(double rate) { return (uint64_t)(rate * 4294967296.0); }

static inline bool ck_dropout_keeps(uint64_t stream, uint64_t index, uint64_t threshold) {
  return ck_mixed(stream + index * UINT64_C(0x9e3779b97f4a7c15)) >> 32 >= threshold;
}

#endif
