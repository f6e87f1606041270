// The matrix product.
//
// Goals, in order: (1) an element of c has the same bits for any number of threads; (2) large products at the
// processor's peak; (3) no product so small or narrow that laying matrices out costs more than it gains.
// k is cut into slices, over which an element is summed in their order: one chain of multiply-adds in all.
// Where c has many rows, a slice of b is packed once, by all threads, and blocks of rows are shared among
// them. Where it has few, its columns are shared. Each thread then reads b as it lies, or if it must be
// turned, packs a panel just before using it.
// Rejected: packing b for few rows, which took a seventh more time for 64 of them, and packing a as b is,
// since a tile reads either orientation as fast.

#include <stdbool.h>
#include <string.h>

#include "ck_machine.h"
#include "ck_matrices.h"
#include "Machine/instructions.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/blas.h"
#include "Matrices/choice.h"
#include "Matrices/panels.h"

enum {
  MOST_DEPTH = 512,     // of a slice: longer ones read c less often, shorter ones keep panels nearer
  MOST_ROWS = 128,      // of a block of a, which stays in the second cache
  MOST_COLUMNS = 4096,  // packed at once
  FEW_ROWS = 256,
  PACKED_TOGETHER = 8,  // panels, for long reads from each row of b
  ENOUGH_TASKS = 16,
};
// Multiply-adds, and packed numbers, that are worth waking a thread.
static const size_t least_work = (size_t)1 << 20, least_packed = (size_t)1 << 16;

typedef struct {
  size_t m, n, k;
  ck_matrix a, b;  // after transposition
  float alpha, beta;
  float *c;
  bool copies_a;
  size_t row_blocks, column_blocks;
  // What is multiplied now: columns of b packed by all, and a slice of k.
  size_t first_column, columns, first_depth, depth;
  float *panels;
} product;

typedef struct {
  size_t begin, count;
} range;

// Part `index` of `count` in `parts` nearly equal ones, each but the last a multiple of `unit`.
static range part(size_t count, size_t unit, size_t parts, size_t index) {
  size_t units = ck_divide_up(count, unit);
  size_t begin = index * units / parts * unit, end = ck_minimum((index + 1) * units / parts * unit, count);
  return (range){begin, end - begin};
}

static ck_matrix submatrix(ck_matrix x, size_t row, size_t column) {
  return (ck_matrix){x.data + row * x.row + column * x.column, x.row, x.column};
}

// An odd number of cache lines: consecutive rows then fall into different sets of the cache.
static size_t spread_distance(size_t floats) { return (ck_divide_up(floats, 16) | 1) * 16; }

static size_t copy_floats(size_t rows, size_t depth) {
  return ck_maximum(rows * spread_distance(depth), depth * spread_distance(rows));
}

// alpha·a in a's orientation.
static ck_matrix copy(ck_matrix a, size_t rows, size_t depth, float alpha, float *to) {
  bool along_rows = a.column == 1;
  size_t lines = along_rows ? rows : depth, length = along_rows ? depth : rows;
  size_t from_distance = along_rows ? a.row : a.column, distance = spread_distance(length);
  for (size_t line = 0; line < lines; line++) {
    const float *from = a.data + line * from_distance;
    float *copied = to + line * distance;
    if (alpha == 1) {
      memcpy(copied, from, length * sizeof(float));
    } else {
      for (size_t i = 0; i < length; i++) copied[i] = alpha * from[i];
    }
  }
  return along_rows ? (ck_matrix){to, distance, 1} : (ck_matrix){to, 1, distance};
}

// c ← beta·c, so that products can be added. Returns whether they are, or c is not to be read.
static bool prepare(const product *p, range rows, range columns) {
  if (p->beta == 0 || p->beta == 1) return p->beta == 1;
  for (size_t i = rows.begin; i < rows.begin + rows.count; i++) {
    float *row = p->c + i * p->n + columns.begin;
    for (size_t j = 0; j < columns.count; j++) row[j] *= p->beta;
  }
  return true;
}

static void pack_panels(void *context, size_t task) {
  const product *p = context;
  ck_matrix b = submatrix(p->b, p->first_depth, p->first_column);
  size_t first = task * PACKED_TOGETHER, panels = ck_divide_up(p->columns, CK_PANEL);
  ck_panels_pack(p->columns, p->depth, b.data, b.row, b.column, first, ck_minimum(first + PACKED_TOGETHER, panels),
                 p->panels);
}

static void multiply_packed(void *context, size_t task) {
  const product *p = context;
  range rows = part(p->m, 1, p->row_blocks, task / p->column_blocks);
  range columns = part(p->columns, CK_PANEL, p->column_blocks, task % p->column_blocks);
  const float *panels = p->panels + columns.begin * p->depth;
  columns.begin += p->first_column;
  bool accumulates = p->first_depth > 0 || prepare(p, rows, columns);
  ck_matrix a = submatrix(p->a, rows.begin, p->first_depth);
  if (p->copies_a) {
    float *copied = ck_scratch(CK_SCRATCH_TASK, copy_floats(rows.count, p->depth));
    a = copy(a, rows.count, p->depth, p->alpha, copied);
  }
  ck_panels_multiply(rows.count, columns.count, p->depth, a, ck_packed_panels(panels, p->depth), accumulates,
                     p->c + rows.begin * p->n + columns.begin, p->n);
}

static void multiply_many_rows(product *p, int threads) {
  size_t column_passes = ck_divide_up(p->n, MOST_COLUMNS), depths = ck_divide_up(p->k, MOST_DEPTH);
  p->row_blocks = ck_divide_up(p->m, MOST_ROWS);
  p->panels = ck_scratch(CK_SCRATCH_CALL, ck_panels_floats(ck_minimum(p->n, MOST_COLUMNS), MOST_DEPTH));
  for (size_t pass = 0; pass < column_passes; pass++) {
    range columns = part(p->n, CK_PANEL, column_passes, pass);
    size_t panels = ck_divide_up(columns.count, CK_PANEL);
    p->first_column = columns.begin;
    p->columns = columns.count;
    p->column_blocks = ck_minimum(ck_divide_up(ENOUGH_TASKS / 2, p->row_blocks), panels);
    for (size_t slice = 0; slice < depths; slice++) {
      range depth = part(p->k, 1, depths, slice);
      p->first_depth = depth.begin;
      p->depth = depth.count;
      int packers = columns.count * depth.count >= least_packed ? threads : 1;
      ck_parallel(ck_divide_up(panels, PACKED_TOGETHER), packers, pack_panels, p);
      int multipliers = p->m * columns.count * depth.count >= 2 * least_work ? threads : 1;
      ck_parallel(p->row_blocks * p->column_blocks, multipliers, multiply_packed, p);
    }
  }
}

// The last columns of b, which fill no vector, are read as the end of one that begins further left: only
// their part of its products is kept.
static void multiply_tail(const product *p, ck_matrix a, range depth, size_t tail, bool accumulates,
                          float *products) {
  if (accumulates) {
    for (size_t i = 1; i <= p->m; i++) {
      memcpy(products + i * CK_HALF_PANEL - tail, p->c + i * p->n - tail, tail * sizeof(float));
    }
  }
  ck_panels b = {submatrix(p->b, depth.begin, p->n - CK_HALF_PANEL).data, CK_PANEL, p->b.row};
  ck_panels_multiply(p->m, CK_HALF_PANEL, depth.count, a, b, accumulates, products, CK_HALF_PANEL);
  for (size_t i = 1; i <= p->m; i++) {
    memcpy(p->c + i * p->n - tail, products + i * CK_HALF_PANEL - tail, tail * sizeof(float));
  }
}

// All rows of some columns.
static void multiply_columns(void *context, size_t task) {
  const product *p = context;
  range rows = {0, p->m}, columns = part(p->n, CK_PANEL, p->column_blocks, task);
  bool accumulates = prepare(p, rows, columns);
  float *copied = ck_scratch(CK_SCRATCH_TASK, copy_floats(p->m, MOST_DEPTH) + CK_PANEL * MOST_DEPTH);
  float *panel = copied + copy_floats(p->m, MOST_DEPTH);
  bool unpacked = p->b.column == 1 && p->n >= CK_HALF_PANEL;
  size_t tail = columns.count % CK_HALF_PANEL;
  size_t depths = ck_divide_up(p->k, MOST_DEPTH);
  for (size_t slice = 0; slice < depths; slice++) {
    range depth = part(p->k, 1, depths, slice);
    ck_matrix a = submatrix(p->a, 0, depth.begin), b = submatrix(p->b, depth.begin, columns.begin);
    if (p->copies_a) a = copy(a, p->m, depth.count, p->alpha, copied);
    float *c = p->c + columns.begin;
    if (unpacked) {
      ck_panels panels = {b.data, CK_PANEL, b.row};
      ck_panels_multiply(p->m, columns.count - tail, depth.count, a, panels, accumulates, c, p->n);
      if (tail > 0) multiply_tail(p, a, depth, tail, accumulates, panel);
    } else {
      for (size_t j = 0, count; j < columns.count; j += count) {
        count = ck_minimum(columns.count - j, CK_PANEL);
        ck_panels_pack(count, depth.count, b.data + j * b.column, b.row, b.column, 0, 1, panel);
        ck_panels_multiply(p->m, count, depth.count, a, ck_packed_panels(panel, depth.count), accumulates, c + j,
                           p->n);
      }
    }
    accumulates = true;
  }
}

void ck_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
             const float *b, float beta, float *c, int threads) {
  if (m == 0 || n == 0) return;
  product p = {.m = m, .n = n, .k = k, .alpha = alpha, .beta = beta, .c = c};
  p.a = transpose_a ? (ck_matrix){a, 1, m} : (ck_matrix){a, k, 1};
  p.b = transpose_b ? (ck_matrix){b, 1, k} : (ck_matrix){b, n, 1};
  if (k == 0 || alpha == 0) {
    if (!prepare(&p, (range){0, m}, (range){0, n})) memset(c, 0, m * n * sizeof(float));
    return;
  }
  if (ck_instructions() == CK_PORTABLE || ck_forced() == CK_FORCE_BLAS) {
    ck_blas_gemm(transpose_a, transpose_b, m, n, k, alpha, a, b, beta, c, threads);
    return;
  }
  p.copies_a = alpha != 1;
  if (m > FEW_ROWS) {
    // Rows that lie a multiple of 2 KiB apart share few sets of the cache.
    p.copies_a |= ck_maximum(p.a.row, p.a.column) % 512 == 0 && n > 2 * CK_PANEL;
    multiply_many_rows(&p, threads);
  } else {
    size_t blocks = ck_minimum(ck_divide_up(n, CK_PANEL), ENOUGH_TASKS);
    p.column_blocks = ck_maximum(ck_minimum(blocks, m * n * k / least_work), 1);
    ck_parallel(p.column_blocks, threads, multiply_columns, &p);
  }
}
