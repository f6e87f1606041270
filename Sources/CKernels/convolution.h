// What the three convolutions share: patches of an image, and products of patches with a matrix.
#ifndef CK_CONVOLUTION_H
#define CK_CONVOLUTION_H

#include "CKernels.h"

// A grid of patches of an NHWC source. Patch (i, j) covers source rows i·row_step + top ..< + kernel_height
// and columns j·column_step + left ..< + kernel_width, with zeros outside the source.
typedef struct {
  size_t height, width, channels;  // of the source
  size_t rows, columns;            // of the grid
  size_t kernel_height, kernel_width;
  size_t row_step, column_step;
  ptrdiff_t top, left;
} ck_patches;

static inline size_t ck_patch_floats(const ck_patches *p) {
  return p->kernel_height * p->kernel_width * p->channels;
}

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

// Returns the patches numbered first ..< first + count, counting over the batch, one a row: a view of the
// source where they lie in it as they are, else gathered into `scratch`.
const float *ck_gather(const ck_patches *patches, const float *source, size_t first, size_t count,
                       float *scratch);
// Whether ck_gather copies nothing, and so needs no scratch.
bool ck_patches_are_source(const ck_patches *patches);

// destination(b, i, j) = patch(b, i, j) · weights for each patch of the grid, where the destination is an
// image of `columns` channels and patch (i, j) belongs to its place (i·row_step + top, j·column_step + left).
typedef struct {
  ck_patches patches;
  const float *weights;  // [patch floats × columns]
  size_t height, width, top, left, row_step, column_step;  // of the destination
} ck_patch_product;

// Computes the products, which share source, destination and channels, in tasks fixed by shape alone.
void ck_multiply_patches(const ck_patch_product *products, size_t count, size_t batch, const float *source,
                         size_t columns, float *destination, int threads);

// backward_input where in_channels are so few that patches of dy would be copied for hardly any arithmetic:
// each pixel of dy is multiplied with all taps at once, and dx gathers the sums. `top` and `left` take the
// padding's place, and may be negative. w is [kernel_height, kernel_width, in_channels, out_channels].
void ck_convolution_backward_input_narrow(const ck_convolution *shape, ptrdiff_t top, ptrdiff_t left,
                                          const float *dy, const float *w, float *dx, int threads);

// Up to this many channels count as few.
enum { ck_narrow_channels = 8 };

#endif
