// Patches times weights: forward and transposed convolutions of any shape.
//
// The transposed convolution is the same in phases. dx at places of equal remainder (i + pad) mod stride sees the
// same taps of the kernel, so those places form a convolution of dy at stride 1 with that part of the kernel. There
// are stride_height × stride_width such phases; each element of dx is written once and no product is with an inserted
// zero.
// Goals, in order: (1) the same bits for any number of threads, so tasks are cut by shape alone; (2) patches that
// stay near the core. Rejected: gathering the patches of the whole batch (up to 16 times the input, through memory).

#include <stdbool.h>

#include "ck_machine.h"
#include "Convolution/epilogue.h"
#include "Convolution/patch_grid.h"
#include "Convolution/Patches/patches.h"
#include "Machine/lanes.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"
#include "Matrices/panels.h"

// Patches times weights, each result belonging to its place (i·row_step + top, j·column_step + left).
typedef struct {
  ck_patches patches;
  size_t top, left, row_step, column_step;  // of the result
  size_t first_row, first_column;           // of the kernel's taps, every stride-th of which takes part
  size_t depth, filter;                     // floats in a patch; where the packed weights begin
} phase;

static size_t phase_count(const ck_convolution *s, ck_pass pass) {
  return pass == CK_FORWARD ? 1 : s->stride_height * s->stride_width;
}

// One axis of a phase: i = first + step·n for n in 0 ..< count, seeing taps remainder + step·u for u in 0 ..< taps.
typedef struct {
  size_t first, count, taps;
  ptrdiff_t source;  // the least row of dy that i = first sees
} axis;

static axis make_axis(size_t remainder, size_t step, size_t pad, size_t size, size_t kernel) {
  axis a = {.first = (remainder + step - pad % step) % step};
  a.count = a.first < size ? (size - 1 - a.first) / step + 1 : 0;
  a.taps = remainder < kernel ? (kernel - 1 - remainder) / step + 1 : 0;
  // i + pad = step·t + remainder meets tap u in row t − u of dy.
  a.source = (ptrdiff_t)((a.first + pad - remainder) / step) - ((ptrdiff_t)a.taps - 1);
  return a;
}

static void make_phases(const ck_convolution *s, ck_pass pass, phase *phases) {
  if (pass == CK_FORWARD) {
    phases[0] = (phase){.patches = ck_input_patches(s), .row_step = 1, .column_step = 1};
    phases[0].depth = ck_patch_floats(&phases[0].patches);
    return;
  }
  size_t filter = 0;
  for (size_t n = 0; n < s->stride_height * s->stride_width; n++) {
    size_t remainder_row = n / s->stride_width, remainder_column = n % s->stride_width;
    axis rows = make_axis(remainder_row, s->stride_height, s->pad_top, s->in_height, s->kernel_height);
    axis columns = make_axis(remainder_column, s->stride_width, s->pad_left, s->in_width, s->kernel_width);
    ck_patches patches = {
        .height = s->out_height,
        .width = s->out_width,
        .channels = s->out_channels,
        .rows = rows.count,
        .columns = columns.count,
        .kernel_height = rows.taps,
        .kernel_width = columns.taps,
        .row_step = 1,
        .column_step = 1,
        .top = rows.source,
        .left = columns.source,
    };
    phases[n] = (phase){patches,          rows.first, columns.first, s->stride_height, s->stride_width, remainder_row,
                        remainder_column, 0,          filter};
    phases[n].depth = ck_patch_floats(&patches);
    filter += ck_panels_floats(s->in_channels, phases[n].depth);
  }
}

// MARK: - Packing

size_t ck_patches_filter_floats(const ck_convolution *s) {
  size_t taps = s->kernel_height * s->kernel_width;
  return taps * ck_maximum(ck_panels_floats(s->out_channels, s->in_channels),
                           ck_panels_floats(s->in_channels, s->out_channels));
}

typedef struct {
  const ck_convolution *shape;
  ck_pass pass;
  const phase *phases;
  const float *w;
  float *filter;
} pack_work;

// One panel of every phase.
static void pack_panel(void *context, size_t panel) {
  const pack_work *work = context;
  const ck_convolution *s = work->shape;
  size_t in = s->in_channels, out = s->out_channels;
  if (work->pass == CK_FORWARD) {
    ck_panels_pack(out, work->phases[0].depth, work->w, out, 1, panel, panel + 1, work->filter);
    return;
  }
  for (size_t n = 0; n < phase_count(s, work->pass); n++) {
    const phase *f = &work->phases[n];
    size_t height = f->patches.kernel_height, width = f->patches.kernel_width;
    size_t columns = ck_minimum(in - panel * CK_PANEL, CK_PANEL);
    size_t across = columns <= CK_HALF_PANEL ? CK_HALF_PANEL : CK_PANEL;
    for (size_t tap = 0; tap < height * width; tap++) {
      // The taps in the order of dy, which is the reverse of the kernel's.
      size_t p = f->first_row + (height - 1 - tap / width) * s->stride_height;
      size_t q = f->first_column + (width - 1 - tap % width) * s->stride_width;
      const float *from = work->w + (p * s->kernel_width + q) * in * out + panel * CK_PANEL * out;
      float *to = work->filter + f->filter + panel * CK_PANEL * f->depth + tap * out * across;
      ck_panels_pack(columns, out, from, 1, out, 0, 1, to);
    }
  }
}

void ck_patches_pack(const ck_convolution *s, ck_pass pass, const float *w, float *filter, int threads) {
  phase phases[phase_count(s, pass)];
  make_phases(s, pass, phases);
  pack_work work = {s, pass, phases, w, filter};
  size_t columns = pass == CK_FORWARD ? s->out_channels : s->in_channels;
  ck_parallel(ck_divide_up(columns, CK_PANEL), threads, pack_panel, &work);
}

// MARK: - Multiplying

typedef struct {
  const phase *phases;
  const float *source, *filter;
  const ck_epilogue *epilogue;
  float *result;
  size_t batch, height, width, columns;  // of the result
  size_t column_blocks, block_columns;
  bool streams;
} work;

static size_t phase_rows(const work *w, const phase *f) { return w->batch * f->patches.rows * f->patches.columns; }

// Patches a task: what a quarter of a megabyte holds, with their results.
static size_t block_rows(const work *w, const phase *f) {
  size_t rows = phase_rows(w, f), wanted = ck_maximum(((size_t)1 << 16) / (f->depth + w->columns), 56);
  return rows == 0 ? 1 : ck_divide_up(rows, ck_divide_up(rows, wanted));
}

static size_t row_blocks(const work *w, const phase *f) { return ck_divide_up(phase_rows(w, f), block_rows(w, f)); }

// Finishes rows, which lie `distance` apart, and puts them to their pixels.
CK_INLINE void place(const work *w, const phase *f, size_t first, size_t count, size_t column, size_t columns,
                     const float *restrict rows, size_t distance) {
  const float *bias = w->epilogue->bias ? w->epilogue->bias + column : NULL;
  float slope = w->epilogue->slope;
  size_t j = first % f->patches.columns, i = first / f->patches.columns % f->patches.rows;
  size_t image = first / f->patches.columns / f->patches.rows;
  for (size_t n = 0; n < count; n++, rows += distance) {
    size_t row = image * w->height + f->top + i * f->row_step;
    float *restrict to = w->result + (row * w->width + f->left + j * f->column_step) * w->columns + column;
    if (++j == f->patches.columns) {
      j = 0;
      if (++i == f->patches.rows) i = 0, image++;
    }
    size_t c = 0;
    for (; c + 16 <= columns; c += 16) {
      ck_lanes value, added = {0};
      ck_load(&value, rows + c);
      if (bias) ck_load(&added, bias + c);
      value += added;
      ck_leak(&value, slope);
      if (w->streams) ck_stream(to + c, &value);
      else ck_store(to + c, &value);
    }
    for (; c < columns; c++) {
      float value = bias ? rows[c] + bias[c] : rows[c];
      to[c] = value < 0 ? slope * value : value;
    }
  }
}

// Without a border, and without a step between them, patches of neighboring places overlap in the source. Rows of
// fewer places than a register tile takes are better gathered.
static bool overlap_in_source(const ck_patches *p) {
  return p->kernel_height * p->kernel_width > 1 && p->row_step == 1 && p->column_step == 1 && p->top == 0 &&
         p->left == 0 && p->rows + p->kernel_height - 1 <= p->height &&
         p->columns + p->kernel_width - 1 <= p->width && p->columns >= 14;
}

// rows[count][across] = patches · filter, a row of the kernel at a time, each of which is one run of the source.
static void multiply_in_source(const work *w, const phase *f, size_t first, size_t count, const float *filter,
                               size_t across, float *rows) {
  const ck_patches *p = &f->patches;
  size_t run = p->kernel_width * p->channels, whole = across / CK_PANEL * CK_PANEL;
  for (size_t n = 0, length; n < count; n += length, rows += length * across) {
    size_t column = (first + n) % p->columns, row = (first + n) / p->columns;
    length = ck_minimum(p->columns - column, count - n);
    const float *source = w->source + ((row / p->rows * p->height + row % p->rows) * p->width + column) * p->channels;
    for (size_t k = 0; k < p->kernel_height; k++) {
      ck_matrix runs = {source + k * p->width * p->channels, p->channels, 1};
      if (whole > 0) {
        ck_panels panels = {filter + k * run * CK_PANEL, f->depth * CK_PANEL, CK_PANEL};
        ck_panels_multiply(length, whole, run, runs, panels, k > 0, rows, across);
      }
      if (whole < across) {
        ck_panels half = {filter + whole * f->depth + k * run * CK_HALF_PANEL, f->depth * CK_PANEL, CK_HALF_PANEL};
        ck_panels_multiply(length, CK_HALF_PANEL, run, runs, half, k > 0, rows + whole, across);
      }
    }
  }
}

CK_INLINE void multiply_block_body(void *context, size_t task) {
  const work *w = context;
  size_t block = task / w->column_blocks, column = task % w->column_blocks * w->block_columns;
  const phase *f = w->phases;
  for (size_t blocks; block >= (blocks = row_blocks(w, f)); f++) block -= blocks;

  size_t rows_here = block_rows(w, f), first = block * rows_here;
  size_t count = ck_minimum(rows_here, phase_rows(w, f) - first);
  size_t columns = ck_minimum(w->block_columns, w->columns - column);
  // Whole lanes, the last of which may be zero: the product need not mind what does not fill them.
  size_t across = ck_round_up(columns, CK_HALF_PANEL);
  const float *filter = w->filter + f->filter + column * f->depth;
  bool gathers = !overlap_in_source(&f->patches);
  size_t gathered = gathers ? count * ck_gather_distance(&f->patches) : 0, distance;
  float *scratch = ck_scratch(CK_SCRATCH_TASK, gathered + count * across), *rows = scratch + gathered;
  if (gathers) {
    const float *patches = ck_gather(&f->patches, w->source, first, count, scratch, &distance);
    ck_panels_multiply(count, across, f->depth, (ck_matrix){patches, distance, 1}, ck_packed_panels(filter, f->depth),
                       false, rows, across);
  } else {
    multiply_in_source(w, f, first, count, filter, across, rows);
  }
  place(w, f, first, count, column, columns, rows, across);
  ck_end_streams(w->streams);
}
CK_TASK(multiply_block)

void ck_patches_multiply(const ck_convolution *s, ck_pass pass, const float *source, const float *filter,
                         const ck_epilogue *epilogue, float *result, int threads) {
  size_t count = phase_count(s, pass);
  phase phases[count];
  make_phases(s, pass, phases);
  bool forward = pass == CK_FORWARD;
  work w = {
      .phases = phases,
      .source = source,
      .filter = filter,
      .epilogue = epilogue,
      .result = result,
      .batch = s->batch,
      .height = forward ? s->out_height : s->in_height,
      .width = forward ? s->out_width : s->in_width,
      .columns = forward ? s->out_channels : s->in_channels,
  };
  w.streams = ck_streams(result, w.batch * w.height * w.width, w.columns, CK_LANES);
  size_t blocks = 0;
  for (size_t i = 0; i < count; i++) blocks += row_blocks(&w, &phases[i]);
  if (blocks == 0 || w.columns == 0) return;
  // A single image has few rows. Cutting columns gives the threads work, at the price of gathering again.
  w.block_columns = w.columns;
  size_t parts = ck_parts_for(threads);
  while (blocks * ck_divide_up(w.columns, w.block_columns) < parts && w.block_columns >= 2 * CK_PANEL) {
    w.block_columns = ck_round_up(w.block_columns / 2, CK_PANEL);
  }
  w.column_blocks = ck_divide_up(w.columns, w.block_columns);
  ck_parallel(blocks * w.column_blocks, threads, multiply_block, &w);
}
