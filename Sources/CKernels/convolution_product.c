// Patches times weights, the core of forward and backward_input.
//
// Goals, in order: (1) the same bits for any thread count, so tasks are cut by shape alone; (2) large matrix
// products whose patches stay near the core. Rejected: gathering the patches of the whole batch (up to 16
// times the input, through memory) and Winograd (saves only on 3×3, and loses digits).

#include <string.h>

#include "convolution.h"
#include "private.h"

typedef struct {
  const ck_patch_product *products;
  size_t count, batch, columns;
  const float *source;
  float *destination;
  size_t block_columns;
} work;

// Patches per task. Each task makes BLAS pack all of the weights anew, hence not fewer than 256; about 2 MiB.
static size_t block_rows(const ck_patch_product *product, size_t rows) {
  size_t floats = ck_maximum(ck_patch_floats(&product->patches), 1);
  size_t wanted = ck_minimum(ck_maximum(((size_t)1 << 19) / floats, 256), 2048);
  return ck_round_up(ck_divide_up(rows, ck_divide_up(rows, wanted)), 16);
}

static size_t product_rows(const work *w, const ck_patch_product *product) {
  return w->batch * product->patches.rows * product->patches.columns;
}

static size_t row_blocks(const work *w, const ck_patch_product *product) {
  size_t rows = product_rows(w, product);
  return rows == 0 ? 0 : ck_divide_up(rows, block_rows(product, rows));
}

static bool is_dense(const ck_patch_product *p) {
  return p->row_step == 1 && p->column_step == 1 && p->patches.rows == p->height &&
         p->patches.columns == p->width;
}

// Puts rows of `block_columns` floats to their pixels.
static void store(const work *w, const ck_patch_product *p, size_t first, size_t count, size_t column,
                  size_t columns, const float *rows) {
  for (size_t n = first; n < first + count; n++, rows += columns) {
    size_t j = n % p->patches.columns, i = n / p->patches.columns % p->patches.rows;
    size_t image = n / p->patches.columns / p->patches.rows;
    size_t pixel = (image * p->height + p->top + i * p->row_step) * p->width + p->left + j * p->column_step;
    memcpy(w->destination + pixel * w->columns + column, rows, columns * sizeof(float));
  }
}

static void multiply(void *context, size_t task) {
  const work *w = context;
  size_t column_blocks = ck_divide_up(w->columns, w->block_columns);
  size_t block = task / column_blocks, column = task % column_blocks * w->block_columns;
  const ck_patch_product *p = w->products;
  for (size_t blocks; block >= (blocks = row_blocks(w, p)); p++) block -= blocks;

  size_t rows = product_rows(w, p), rows_here = block_rows(p, rows);
  size_t first = block * rows_here, count = ck_minimum(rows_here, rows - first);
  size_t columns = ck_minimum(w->block_columns, w->columns - column), floats = ck_patch_floats(&p->patches);
  bool dense = is_dense(p);
  size_t gathered = ck_patches_are_source(&p->patches) ? 0 : count * floats;
  float *scratch = ck_scratch(CK_SCRATCH_TASK, gathered + (dense ? 0 : count * columns));
  const float *patches = ck_gather(&p->patches, w->source, first, count, scratch);
  float *result = dense ? w->destination + first * w->columns + column : scratch + gathered;
  size_t result_stride = dense ? w->columns : columns;
  ck_gemm_block(false, false, count, columns, floats, 1, patches, floats, p->weights + column, w->columns, 0,
                result, result_stride);
  if (!dense) store(w, p, first, count, column, columns, result);
}

void ck_multiply_patches(const ck_patch_product *products, size_t count, size_t batch, const float *source,
                         size_t columns, float *destination, int threads) {
  work w = {products, count, batch, columns, source, destination, columns};
  size_t blocks = 0;
  for (size_t i = 0; i < count; i++) blocks += row_blocks(&w, &products[i]);
  if (blocks == 0 || columns == 0) return;
  // A single image has few rows. Cutting columns gives the threads work, at the price of gathering again.
  size_t tasks = blocks;
  while (tasks < 8 && w.block_columns >= 128) {
    w.block_columns = ck_round_up(w.block_columns / 2, 16);
    tasks = blocks * ck_divide_up(columns, w.block_columns);
  }
  ck_parallel(tasks, threads, multiply, &w);
}
