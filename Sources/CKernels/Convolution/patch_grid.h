// The patches of a picture that a convolution sees, in memory or where they lie.
#ifndef CK_PATCH_GRID_H
#define CK_PATCH_GRID_H

#include "ck_convolution.h"

// A grid of patches of an NHWC source. Patch (i, j) covers source rows i·row_step + top ..< + kernel_height
// and columns j·column_step + left ..< + kernel_width, with zeros outside the source.
typedef struct {
  size_t height, width, channels;  // of the source
  size_t rows, columns;            // of the grid
  size_t kernel_height, kernel_width;
  size_t row_step, column_step;
  ptrdiff_t top, left;
} ck_patches;

static inline size_t ck_patch_floats(const ck_patches *p) { return p->kernel_height * p->kernel_width * p->channels; }

// The patches that the forward pass multiplies with w.
static inline ck_patches ck_input_patches(const ck_convolution *s) {
  return (ck_patches){
      .height = s->in_height,
      .width = s->in_width,
      .channels = s->in_channels,
      .rows = s->out_height,
      .columns = s->out_width,
      .kernel_height = s->kernel_height,
      .kernel_width = s->kernel_width,
      .row_step = s->stride_height,
      .column_step = s->stride_width,
      .top = -(ptrdiff_t)s->pad_top,
      .left = -(ptrdiff_t)s->pad_left,
  };
}

// The patches numbered first ..< first + count, counting over the batch, one a row, at `distance` from each other:
// a view of the source where they lie in it as they are, else gathered into `scratch` with that distance between
// them.
const float *ck_gather(const ck_patches *patches, const float *source, size_t first, size_t count, float *scratch,
                       size_t *distance);
// The distance that ck_gather wants in scratch; 0 where it copies nothing. Rows never lie whole pages apart, which
// would put all of them into the same few lines of the cache.
size_t ck_gather_distance(const ck_patches *patches);

// Up to this many channels count as few: what one short vector holds.
enum { ck_few_channels = 4 };

// Whether a convolution is of stride 1 and has few output channels but not few input channels, so that patches of its
// input cost more to copy than those of its output.
bool ck_convolution_is_narrow(const ck_convolution *shape);

#endif
