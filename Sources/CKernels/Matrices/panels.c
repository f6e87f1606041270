// The innermost product, in registers.
//
// Goals, in order: (1) both pipelines of multiply-adds busy on every cycle; (2) one source for every
// instruction set; (3) results that depend neither on how rows are grouped nor on their neighbors, so that
// callers may cut as they like: each element of c is one chain of multiply-adds in the order of k.
// A tile of c stays in registers while rows of b stream past and elements of a are spread over the lanes.
// Tiles are as large as the registers allow: 14×32 in AVX-512's 32 registers of 16 floats, 6×16 in AVX2's 16
// of 8. Where c has hardly any rows, tiles are wide instead, so that enough sums are under way.
// The panel after the one that is multiplied is fetched into the second cache meanwhile: read only when it is needed,
// it keeps an Emerald Rapids waiting for a third of the time of fifty rows. Vectors of 16 floats are written
// throughout; the compiler splits them where registers are shorter. Rejected: packing a in here (callers lay their
// patches and transforms out as they make them), and assembly (the compiler's loop runs as fast as independent
// multiply-adds do).

#include <stdbool.h>
#include <string.h>

#include "Machine/lanes.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

enum { MOST_ROWS = 14, MOST_VECTORS = 8 };

// Memory that is needed soon: `step` bytes of it are fetched with each row of b.
typedef struct {
  const char *data;
  size_t step;
} upcoming;

typedef void (*tile_function)(size_t k, const float *a, size_t a_distance, const float *b, size_t b_row,
                              upcoming next, bool accumulate, float *c, size_t c_row);

// rows × (16·vectors) of c. Of a's two distances one is 1: that of columns where `along_rows`, else that of
// rows.
CK_INLINE void tile(const size_t rows, const size_t vectors, const bool along_rows, size_t k, const float *a,
                    size_t a_distance, const float *b, size_t b_row, upcoming next, bool accumulate, float *c,
                    size_t c_row) {
  ck_lanes sum[MOST_ROWS][MOST_VECTORS];
  if (accumulate) {
    CK_UNROLLED for (size_t r = 0; r < rows; r++) {
      CK_UNROLLED for (size_t v = 0; v < vectors; v++) ck_load(&sum[r][v], c + r * c_row + v * CK_LANES);
    }
  } else {
    CK_UNROLLED for (size_t r = 0; r < rows; r++) {
      CK_UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = (ck_lanes){0};
    }
  }
  // Unrolled further, the loop spills its sums.
  _Pragma("clang loop unroll(disable)") for (size_t l = 0; l < k; l++) {
    ck_lanes row[MOST_VECTORS];
    CK_UNROLLED for (size_t v = 0; v < (vectors < 2 ? vectors : 2); v++) {
      __builtin_prefetch(next.data + l * next.step + v * sizeof(ck_lanes), 0, 2);
    }
    CK_UNROLLED for (size_t v = 0; v < vectors; v++) ck_load(&row[v], b + l * b_row + v * CK_LANES);
    CK_UNROLLED for (size_t r = 0; r < rows; r++) {
      ck_lanes spread = a[along_rows ? r * a_distance + l : r + l * a_distance] - (ck_lanes){0};
      CK_UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] += spread * row[v];
    }
  }
  CK_UNROLLED for (size_t r = 0; r < rows; r++) {
    CK_UNROLLED for (size_t v = 0; v < vectors; v++) ck_store(c + r * c_row + v * CK_LANES, &sum[r][v]);
  }
}

// clang-format off
#define TILE(target, set, rows, vectors, along_rows)                                              \
  target static void tile_##set##_##rows##_##vectors##_##along_rows(                              \
      size_t k, const float *a, size_t a_distance, const float *b, size_t b_row, upcoming next,   \
      bool accumulate, float *c, size_t c_row) {                                                  \
    tile(rows, vectors, along_rows, k, a, a_distance, b, b_row, next, accumulate, c, c_row);      \
  }
#define TILES(target, set, vectors, rows) \
  TILE(target, set, rows, vectors, 0)     \
  TILE(target, set, rows, vectors, 1)
#define THREE(target, set, vectors) \
  TILES(target, set, vectors, 1) TILES(target, set, vectors, 2) TILES(target, set, vectors, 3)
#define SIX(target, set, vectors) \
  THREE(target, set, vectors)     \
  TILES(target, set, vectors, 4) TILES(target, set, vectors, 5) TILES(target, set, vectors, 6)
#define FOURTEEN(target, set, vectors)                                                            \
  SIX(target, set, vectors)                                                                       \
  TILES(target, set, vectors, 7) TILES(target, set, vectors, 8) TILES(target, set, vectors, 9)    \
  TILES(target, set, vectors, 10) TILES(target, set, vectors, 11) TILES(target, set, vectors, 12) \
  TILES(target, set, vectors, 13) TILES(target, set, vectors, 14)
SIX(, portable, 1)
SIX(CK_TARGET_AVX2, avx2, 1)
TILES(CK_TARGET_AVX2, avx2, 4, 1)
FOURTEEN(CK_TARGET_AVX512, avx512, 1)
FOURTEEN(CK_TARGET_AVX512, avx512, 2)
THREE(CK_TARGET_AVX512, avx512, 8)
// clang-format on

// Tiles of one width, by direction of a and rows − 1.
typedef struct {
  size_t vectors, rows;  // of the highest
  tile_function tiles[2][MOST_ROWS];
} tile_set;

// The widths of an instruction set: up to a panel, and wide tiles for few rows.
typedef struct {
  tile_set half_panel, panel, wide;
} tile_table;

// clang-format off
#define ENTRY(set, vectors, along_rows, rows) tile_##set##_##rows##_##vectors##_##along_rows
#define THREE_ENTRIES(set, vectors, along_rows)                           \
  ENTRY(set, vectors, along_rows, 1), ENTRY(set, vectors, along_rows, 2), \
      ENTRY(set, vectors, along_rows, 3)
#define SIX_ENTRIES(set, vectors, along_rows)                                  \
  THREE_ENTRIES(set, vectors, along_rows), ENTRY(set, vectors, along_rows, 4), \
      ENTRY(set, vectors, along_rows, 5), ENTRY(set, vectors, along_rows, 6)
#define FOURTEEN_ENTRIES(set, vectors, along_rows)                              \
  SIX_ENTRIES(set, vectors, along_rows), ENTRY(set, vectors, along_rows, 7),    \
      ENTRY(set, vectors, along_rows, 8), ENTRY(set, vectors, along_rows, 9),   \
      ENTRY(set, vectors, along_rows, 10), ENTRY(set, vectors, along_rows, 11), \
      ENTRY(set, vectors, along_rows, 12), ENTRY(set, vectors, along_rows, 13), \
      ENTRY(set, vectors, along_rows, 14)
#define SET(set, vectors, rows, ENTRIES) \
  { vectors, rows, { {ENTRIES(set, vectors, 0)}, {ENTRIES(set, vectors, 1)} } }
#define ONE_ENTRY(set, vectors, along_rows) ENTRY(set, vectors, along_rows, 1)
// clang-format on

#if defined(__aarch64__)
enum { PORTABLE_ROWS = 6 };  // 32 registers of 4 floats
#else
enum { PORTABLE_ROWS = 2 };  // 16 registers of 4 floats
#endif

// A set without a width has no rows for it.
static const tile_table tables[CK_INSTRUCTION_SETS] = {
    {.half_panel = SET(portable, 1, PORTABLE_ROWS, SIX_ENTRIES)},
    {.half_panel = SET(avx2, 1, 6, SIX_ENTRIES), .wide = SET(avx2, 4, 1, ONE_ENTRY)},
    {.half_panel = SET(avx512, 1, 14, FOURTEEN_ENTRIES),
     .panel = SET(avx512, 2, 14, FOURTEEN_ENTRIES),
     .wide = SET(avx512, 8, 3, THREE_ENTRIES)},
};

// The next tile of c may lie far: it is fetched while the one before is multiplied.
static void prefetch(size_t rows, size_t vectors, const float *c, size_t c_row) {
  for (size_t r = 0; r < rows; r++) {
    for (size_t v = 0; v < vectors; v++) __builtin_prefetch(c + r * c_row + v * CK_LANES, 1);
  }
}

// The part of the next panel that a group of rows fetches: an equal one of rows that lie together; where rows lie far
// from each other, the first group fetches all.
static upcoming part_of_panel(const float *panel, size_t row, size_t k, bool is_packed, size_t group, size_t groups) {
  size_t parts = is_packed ? groups : 1;
  size_t step = group < parts ? row * sizeof(float) / parts : 0;
  return (upcoming){(const char *)panel + group * k * step, step};
}

void ck_panels_multiply(size_t m, size_t n, size_t k, ck_matrix a, ck_panels b, bool accumulate, float *c,
                        size_t c_row) {
  const tile_table *table = &tables[ck_instructions()];
  bool along_rows = a.column == 1, has_adjacent_panels = b.panel == CK_PANEL;
  size_t a_distance = along_rows ? a.row : a.column;
  for (size_t column = 0, columns; column < n; column += columns) {
    size_t left = n - column, half = column / CK_LANES % 2;
    const tile_set *set = &table->half_panel;
    if (half == 0 && left > CK_LANES && table->panel.rows > 0) set = &table->panel;
    if (half == 0 && has_adjacent_panels && m <= table->wide.rows && left >= table->wide.vectors * CK_LANES) {
      set = &table->wide;
    }
    size_t width = set->vectors * CK_LANES;
    columns = ck_minimum(width, left);
    const float *panel = b.data + column / CK_PANEL * b.panel + half * CK_HALF_PANEL;
    // The last panel of a packed matrix may be half as wide.
    bool is_half = !has_adjacent_panels && half == 0 && left <= CK_LANES;
    size_t b_row = is_half ? CK_HALF_PANEL : b.row;
    // Groups of nearly equal height: 25 rows are 13 and 12, not 14 and 11.
    size_t groups = ck_divide_up(m, set->rows);
    const float *next = b.data + (column + columns) / CK_PANEL * b.panel;
    bool has_next = left > columns && half + set->vectors >= 2;
    for (size_t group = 0; group < groups; group++) {
      size_t first = group * m / groups, rows = (group + 1) * m / groups - first;
      const float *a_first = a.data + first * a.row;
      float *c_first = c + first * c_row + column;
      tile_function multiply = set->tiles[along_rows][rows - 1];
      upcoming ahead = has_next ? part_of_panel(next, b_row, k, !has_adjacent_panels, group, groups)
                                : (upcoming){(const char *)panel, 0};
      if (columns == width) {
        if (group + 1 < groups) prefetch(rows, set->vectors, c_first + rows * c_row, c_row);
        multiply(k, a_first, a_distance, panel, b_row, ahead, accumulate, c_first, c_row);
        continue;
      }
      // The last columns of c do not fill the lanes.
      float whole[MOST_ROWS * CK_PANEL];
      if (accumulate) {
        for (size_t r = 0; r < rows; r++) {
          memcpy(whole + r * width, c_first + r * c_row, columns * sizeof(float));
        }
      }
      multiply(k, a_first, a_distance, panel, b_row, ahead, accumulate, whole, width);
      for (size_t r = 0; r < rows; r++) {
        memcpy(c_first + r * c_row, whole + r * width, columns * sizeof(float));
      }
    }
  }
}

// Transposes 16×16 numbers in registers: zipping row i with row i + 8 rotates the bits of a number's
// position, of row and lane together, by one, and four such rotations exchange row and lane.
CK_INLINE void transpose_square(const float *from, size_t from_row, float *to, size_t to_row) {
  ck_lanes rows[CK_LANES], zipped[CK_LANES];
  CK_UNROLLED for (size_t i = 0; i < CK_LANES; i++) ck_load(&rows[i], from + i * from_row);
  CK_UNROLLED for (size_t stage = 0; stage < 4; stage++) {
    CK_UNROLLED for (size_t i = 0; i < CK_LANES / 2; i++) {
      ck_lanes x = rows[i], y = rows[i + CK_LANES / 2];
      zipped[2 * i] = __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      zipped[2 * i + 1] = __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    CK_UNROLLED for (size_t i = 0; i < CK_LANES; i++) rows[i] = zipped[i];
  }
  CK_UNROLLED for (size_t i = 0; i < CK_LANES; i++) ck_store(to + i * to_row, &rows[i]);
}

// A panel of a matrix whose columns are dense, in squares.
CK_INLINE void pack_across(size_t columns, size_t width, size_t k, const float *from, size_t column, float *to) {
  size_t squares = k / CK_LANES * CK_LANES;
  for (size_t j0 = 0; j0 < width; j0 += CK_LANES) {
    size_t count = columns > j0 ? ck_minimum(columns - j0, CK_LANES) : 0;
    size_t begin = 0;
    if (count == CK_LANES) {
      for (; begin < squares; begin += CK_LANES) {
        transpose_square(from + j0 * column + begin, column, to + begin * width + j0, width);
      }
    }
    for (size_t l = begin; l < k; l++) {
      for (size_t j = 0; j < count; j++) to[l * width + j0 + j] = from[(j0 + j) * column + l];
      for (size_t j = count; j < CK_LANES; j++) to[l * width + j0 + j] = 0;
    }
  }
}

#define PACK_ACROSS(target, set)                                                                                 \
  target static void pack_across_##set(size_t columns, size_t width, size_t k, const float *from, size_t column, \
                                       float *to) {                                                              \
    pack_across(columns, width, k, from, column, to);                                                            \
  }
PACK_ACROSS(, portable)
PACK_ACROSS(CK_TARGET_AVX2, avx2)
PACK_ACROSS(CK_TARGET_AVX512, avx512)

// Row by row, since rows of b may lie pages apart.
static void pack_along(size_t n, size_t k, const float *b, size_t row, size_t first, size_t last, float *panels) {
  size_t whole = ck_maximum(ck_minimum(last, n / CK_PANEL), first);
  for (size_t l = 0; l < k; l++) {
    const float *from = b + l * row;
    for (size_t panel = first; panel < whole; panel++) {
      memcpy(panels + (panel * k + l) * CK_PANEL, from + panel * CK_PANEL, CK_PANEL * sizeof(float));
    }
  }
  if (whole == last) return;
  size_t begin = whole * CK_PANEL, columns = n - begin;
  size_t width = ck_round_up(columns, CK_HALF_PANEL);
  for (size_t l = 0; l < k; l++) {
    float *to = panels + begin * k + l * width;
    memcpy(to, b + l * row + begin, columns * sizeof(float));
    memset(to + columns, 0, (width - columns) * sizeof(float));
  }
}

void ck_panels_pack(size_t n, size_t k, const float *b, size_t row, size_t column, size_t first, size_t last,
                    float *panels) {
  static void (*const pack[CK_INSTRUCTION_SETS])(size_t, size_t, size_t, const float *, size_t, float *) = {
      pack_across_portable, pack_across_avx2, pack_across_avx512};
  if (column == 1) {
    pack_along(n, k, b, row, first, last, panels);
    return;
  }
  for (size_t panel = first; panel < last; panel++) {
    size_t begin = panel * CK_PANEL, columns = ck_minimum(n - begin, CK_PANEL);
    size_t width = ck_round_up(columns, CK_HALF_PANEL);
    pack[ck_instructions()](columns, width, k, b + begin * column, column, panels + begin * k);
  }
}
