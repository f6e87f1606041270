// Products with a matrix packed in panels: what every matrix product and convolution is made of.
#ifndef CK_PANELS_H
#define CK_PANELS_H

#include <stdbool.h>
#include <stddef.h>

// The columns of a panel. A matrix b[k×n] is packed as ⌈n / 32⌉ panels of [k][32], the last one as [k][16]
// where that suffices; what the matrix lacks is zero.
enum { CK_PANEL = 32, CK_HALF_PANEL = 16 };

static inline size_t ck_panels_floats(size_t n, size_t k) {
  return (n + CK_HALF_PANEL - 1) / CK_HALF_PANEL * CK_HALF_PANEL * k;
}

// Packs panels of b, whose element (l, j) is b[l·row + j·column]; one of both distances is 1. Panels
// first ..< last are written, each at its place.
void ck_panels_pack(size_t n, size_t k, const float *b, size_t row, size_t column, size_t first, size_t last,
                    float *panels);

// A matrix in memory: element (i, l) is at data[i·row + l·column].
typedef struct {
  const float *data;
  size_t row, column;  // one of both is 1
} ck_matrix;

// The right factor: panel j is at data + j·panel, its row l at l·row from there.
typedef struct {
  const float *data;
  size_t panel, row;
} ck_panels;

static inline ck_panels ck_packed_panels(const float *data, size_t k) {
  return (ck_panels){data, k * CK_PANEL, CK_PANEL};
}

// c[m×n] = a·b, or c + a·b where `accumulate`. Rows of c are c_row apart. One thread.
// The last panel of b has rows of 16 where n mod 32 is 1 ... 16 and it is packed.
void ck_panels_multiply(size_t m, size_t n, size_t k, ck_matrix a, ck_panels b, bool accumulate, float *c,
                        size_t c_row);

#endif
