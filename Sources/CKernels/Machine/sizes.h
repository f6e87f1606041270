// Arithmetic of sizes.
#ifndef CK_SIZES_H
#define CK_SIZES_H

#include <stddef.h>

static inline size_t ck_minimum(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t ck_maximum(size_t a, size_t b) { return a > b ? a : b; }
static inline size_t ck_divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static inline size_t ck_round_up(size_t a, size_t multiple) { return ck_divide_up(a, multiple) * multiple; }

// Into how many parts the elements of a result are shared among threads. Only for elements that are the same however
// they are shared, as those of a matrix product are, each a chain of its own.
static inline size_t ck_parts_for(int threads) { return threads < 1 ? 1 : (size_t)threads; }

#endif
