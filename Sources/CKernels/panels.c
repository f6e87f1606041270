// The innermost product, in registers.
//
// Goals, in order: (1) both pipelines of multiply-adds busy on every cycle; (2) one source for every instruction
// set; (3) results that depend neither on how rows are grouped nor on their neighbours, so that callers may cut as
// they like: each element of c is one chain of multiply-adds in the order of k.
// A tile of c stays in registers while rows of b stream past and elements of a are spread over the lanes. Tiles
// are as large as the registers allow: 14×32 in AVX-512's 32 registers of 16 floats, 6×16 in AVX2's 16 of 8.
// Vectors of 16 floats are written throughout; the compiler splits them where registers are shorter.
// Rejected: packing a in here (callers lay their patches and transforms out as they make them), and assembly (the
// compiler's loop runs as fast as independent multiply-adds do).

#include "panels.h"

#include <string.h>

#include "instructions.h"
#include "private.h"

#define UNROLLED _Pragma("clang loop unroll(full)")

typedef float lanes __attribute__((vector_size(64), aligned(4)));
enum { LANES = 16, MOST_ROWS = 14, MOST_VECTORS = 2 };

typedef void (*tile_function)(size_t k, const float *a, size_t a_distance, const float *b, size_t b_row,
                              bool accumulate, float *c, size_t c_row);

// rows × (16·vectors) of c. Of a's two distances one is 1: that of columns where `along_rows`, else that of rows.
CK_INLINE void tile(const size_t rows, const size_t vectors, const bool along_rows, size_t k, const float *a,
                    size_t a_distance, const float *b, size_t b_row, bool accumulate, float *c, size_t c_row) {
  lanes sum[MOST_ROWS][MOST_VECTORS];
  if (accumulate) {
    UNROLLED for (size_t r = 0; r < rows; r++) {
      UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = *(const lanes *)(c + r * c_row + v * LANES);
    }
  } else {
    UNROLLED for (size_t r = 0; r < rows; r++) {
      UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = (lanes){0};
    }
  }
  // Unrolled further, the loop spills its sums.
  _Pragma("clang loop unroll(disable)") for (size_t l = 0; l < k; l++) {
    lanes row[MOST_VECTORS];
    UNROLLED for (size_t v = 0; v < vectors; v++) row[v] = *(const lanes *)(b + l * b_row + v * LANES);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      lanes spread = a[along_rows ? r * a_distance + l : r + l * a_distance] - (lanes){0};
      UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] += spread * row[v];
    }
  }
  UNROLLED for (size_t r = 0; r < rows; r++) {
    UNROLLED for (size_t v = 0; v < vectors; v++) *(lanes *)(c + r * c_row + v * LANES) = sum[r][v];
  }
}

#define TILE(target, set, rows, vectors, along_rows)                                                          \
  target static void tile_##set##_##rows##_##vectors##_##along_rows(                                          \
      size_t k, const float *a, size_t a_distance, const float *b, size_t b_row, bool accumulate, float *c,   \
      size_t c_row) {                                                                                         \
    tile(rows, vectors, along_rows, k, a, a_distance, b, b_row, accumulate, c, c_row);                        \
  }
#define TILES(target, set, rows)    \
  TILE(target, set, rows, 1, 0) \
  TILE(target, set, rows, 1, 1)  \
  TILE(target, set, rows, 2, 0) \
  TILE(target, set, rows, 2, 1)
#define NARROW_TILES(target, set, rows) \
  TILE(target, set, rows, 1, 0)     \
  TILE(target, set, rows, 1, 1)

#define FOUR(MAKE, target, set) MAKE(target, set, 1) MAKE(target, set, 2) MAKE(target, set, 3) MAKE(target, set, 4)
#define SIX(MAKE, target, set) FOUR(MAKE, target, set) MAKE(target, set, 5) MAKE(target, set, 6)
#define FOURTEEN(MAKE, target, set)                                                              \
  SIX(MAKE, target, set)                                                                         \
  MAKE(target, set, 7) MAKE(target, set, 8) MAKE(target, set, 9) MAKE(target, set, 10)           \
  MAKE(target, set, 11) MAKE(target, set, 12) MAKE(target, set, 13) MAKE(target, set, 14)
SIX(NARROW_TILES, , portable)
SIX(NARROW_TILES, CK_TARGET_AVX2, avx2)
FOURTEEN(TILES, CK_TARGET_AVX512, avx512)

// The tiles of an instruction set, by vectors − 1, direction of a and rows − 1.
typedef struct {
  size_t rows, vectors;  // of the largest
  tile_function tiles[MOST_VECTORS][2][MOST_ROWS];
} tile_table;

#define ENTRY(set, rows, vectors, along_rows) tile_##set##_##rows##_##vectors##_##along_rows
#define SIX_ENTRIES(set, vectors, along_rows)                                             \
  ENTRY(set, 1, vectors, along_rows), ENTRY(set, 2, vectors, along_rows),                 \
      ENTRY(set, 3, vectors, along_rows), ENTRY(set, 4, vectors, along_rows),             \
      ENTRY(set, 5, vectors, along_rows), ENTRY(set, 6, vectors, along_rows)
#define FOURTEEN_ENTRIES(set, vectors, along_rows)                                        \
  SIX_ENTRIES(set, vectors, along_rows), ENTRY(set, 7, vectors, along_rows),              \
      ENTRY(set, 8, vectors, along_rows), ENTRY(set, 9, vectors, along_rows),             \
      ENTRY(set, 10, vectors, along_rows), ENTRY(set, 11, vectors, along_rows),           \
      ENTRY(set, 12, vectors, along_rows), ENTRY(set, 13, vectors, along_rows),           \
      ENTRY(set, 14, vectors, along_rows)

#if defined(__aarch64__)
enum { PORTABLE_ROWS = 6 };  // 32 registers of 4 floats
#else
enum { PORTABLE_ROWS = 2 };  // 16 registers of 4 floats
#endif

static const tile_table tables[CK_INSTRUCTION_SETS] = {
    {PORTABLE_ROWS, 1, {{{SIX_ENTRIES(portable, 1, 0)}, {SIX_ENTRIES(portable, 1, 1)}}}},
    {6, 1, {{{SIX_ENTRIES(avx2, 1, 0)}, {SIX_ENTRIES(avx2, 1, 1)}}}},
    {14,
     2,
     {{{FOURTEEN_ENTRIES(avx512, 1, 0)}, {FOURTEEN_ENTRIES(avx512, 1, 1)}},
      {{FOURTEEN_ENTRIES(avx512, 2, 0)}, {FOURTEEN_ENTRIES(avx512, 2, 1)}}}},
};

void ck_panels_multiply(size_t m, size_t n, size_t k, ck_matrix a, ck_panels b, bool accumulate, float *c,
                        size_t c_row) {
  const tile_table *table = &tables[ck_instructions()];
  bool along_rows = a.column == 1;
  size_t a_distance = along_rows ? a.row : a.column;
  // Groups of nearly equal height: 25 rows are 13 and 12, not 14 and 11.
  size_t groups = ck_divide_up(m, table->rows);
  for (size_t column = 0, columns; column < n; column += columns) {
    size_t left = n - column, half = column / CK_HALF_PANEL % 2;
    size_t vectors = half == 0 && left > LANES ? table->vectors : 1;
    columns = ck_minimum(vectors * LANES, left);
    const float *panel = b.data + column / CK_PANEL * b.panel + half * CK_HALF_PANEL;
    // The last panel of a packed matrix may be half as wide.
    bool is_half = b.panel != CK_PANEL && half == 0 && left <= LANES;
    size_t b_row = is_half ? CK_HALF_PANEL : b.row;
    for (size_t group = 0; group < groups; group++) {
      size_t first = group * m / groups, rows = (group + 1) * m / groups - first;
      const float *a_first = a.data + first * a.row;
      float *c_first = c + first * c_row + column;
      tile_function multiply = table->tiles[vectors - 1][along_rows][rows - 1];
      if (columns == vectors * LANES) {
        multiply(k, a_first, a_distance, panel, b_row, accumulate, c_first, c_row);
        continue;
      }
      // The last columns of c do not fill the lanes.
      float whole[MOST_ROWS * MOST_VECTORS * LANES];
      if (accumulate) {
        for (size_t r = 0; r < rows; r++) {
          memcpy(whole + r * vectors * LANES, c_first + r * c_row, columns * sizeof(float));
        }
      }
      multiply(k, a_first, a_distance, panel, b_row, accumulate, whole, vectors * LANES);
      for (size_t r = 0; r < rows; r++) {
        memcpy(c_first + r * c_row, whole + r * vectors * LANES, columns * sizeof(float));
      }
    }
  }
}

// Square tiles, so that both sides stay in the cache where b lies across.
void ck_panels_pack(size_t n, size_t k, const float *b, size_t row, size_t column, size_t first, size_t last,
                    float *panels) {
  for (size_t panel = first; panel < last; panel++) {
    size_t begin = panel * CK_PANEL, columns = ck_minimum(n - begin, CK_PANEL);
    size_t width = columns <= CK_HALF_PANEL ? CK_HALF_PANEL : CK_PANEL;
    float *to = panels + begin * k;
    const float *from = b + begin * column;
    if (column == 1) {
      for (size_t l = 0; l < k; l++) {
        memcpy(to + l * width, from + l * row, columns * sizeof(float));
        memset(to + l * width + columns, 0, (width - columns) * sizeof(float));
      }
      continue;
    }
    for (size_t l0 = 0; l0 < k; l0 += LANES) {
      size_t l1 = ck_minimum(l0 + LANES, k);
      for (size_t j = 0; j < columns; j++) {
        for (size_t l = l0; l < l1; l++) to[l * width + j] = from[j * column + l];
      }
      for (size_t l = l0; l < l1; l++) memset(to + l * width + columns, 0, (width - columns) * sizeof(float));
    }
  }
}
