// Arithmetic of sizes.
#ifndef CK_SIZES_H
#define CK_SIZES_H

#include <stddef.h>

static inline size_t ck_minimum(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t ck_maximum(size_t a, size_t b) { return a > b ? a : b; }
static inline size_t ck_divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static inline size_t ck_round_up(size_t a, size_t multiple) { return ck_divide_up(a, multiple) * multiple; }

#endif
