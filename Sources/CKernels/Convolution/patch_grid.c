#include <stdbool.h>
#include <string.h>

#include "Convolution/patch_grid.h"

// Whether the patches lie in the source as they are.
static bool are_source(const ck_patches *p) {
  if (p->top != 0 || p->left != 0) return false;
  bool pixels = p->kernel_height == 1 && p->kernel_width == 1 && p->row_step == 1 && p->column_step == 1 &&
                p->rows == p->height && p->columns == p->width;
  bool images = p->rows == 1 && p->columns == 1 && p->kernel_height == p->height && p->kernel_width == p->width;
  return pixels || images;
}

// A run of a three-channel image is too short to be worth a call to memcpy.
static inline void copy(float *restrict out, const float *restrict in, size_t count) {
  if (count > 32) {
    memcpy(out, in, count * sizeof(float));
    return;
  }
  size_t i = 0;
  for (; i + 4 <= count; i += 4) memcpy(out + i, in + i, 4 * sizeof(float));
  for (; i < count; i++) out[i] = in[i];
}

size_t ck_gather_distance(const ck_patches *p) {
  if (are_source(p)) return 0;
  enum { page = 1024 };
  size_t floats = ck_patch_floats(p);
  return floats % page == 0 ? floats + 16 : floats;
}

const float *ck_gather(const ck_patches *p, const float *source, size_t first, size_t count, float *scratch,
                       size_t *distance) {
  size_t run = p->kernel_width * p->channels, floats = p->kernel_height * run;
  *distance = ck_gather_distance(p);
  if (*distance == 0) {
    *distance = floats;
    return source + first * floats;
  }
  size_t column = first % p->columns, row = first / p->columns % p->rows;
  const float *image = source + first / p->columns / p->rows * p->height * p->width * p->channels;
  for (size_t n = 0; n < count; n++) {
    float *out = scratch + n * *distance;
    ptrdiff_t left = (ptrdiff_t)(column * p->column_step) + p->left;
    // Columns of the patch that lie inside: start ..< end, in 0 ... kernel_width.
    ptrdiff_t width = (ptrdiff_t)p->kernel_width;
    ptrdiff_t start = left < 0 ? (-left < width ? -left : width) : 0;
    ptrdiff_t end = (ptrdiff_t)p->width - left < width ? (ptrdiff_t)p->width - left : width;
    if (end < start) end = start;
    size_t before = (size_t)start * p->channels, inside = (size_t)(end - start) * p->channels;
    for (size_t k = 0; k < p->kernel_height; k++, out += run) {
      ptrdiff_t y = (ptrdiff_t)(row * p->row_step + k) + p->top;
      if (y < 0 || y >= (ptrdiff_t)p->height || inside == 0) {
        memset(out, 0, run * sizeof(float));
        continue;
      }
      const float *in = image + (y * (ptrdiff_t)p->width + left + start) * (ptrdiff_t)p->channels;
      if (before > 0) memset(out, 0, before * sizeof(float));
      copy(out + before, in, inside);
      if (before + inside < run) memset(out + before + inside, 0, (run - before - inside) * sizeof(float));
    }
    if (++column == p->columns) {
      column = 0;
      if (++row == p->rows) {
        row = 0;
        image += p->height * p->width * p->channels;
      }
    }
  }
  return scratch;
}

bool ck_convolution_is_narrow(const ck_convolution *s) {
  if (s->out_channels > ck_few_channels || s->in_channels <= ck_few_channels) return false;
  // Patches that need no copy are better off as they are.
  ck_patches patches = ck_input_patches(s);
  return s->stride_height == 1 && s->stride_width == 1 && ck_gather_distance(&patches) > 0;
}
