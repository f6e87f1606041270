// Pictures: sizes, places and colors. The conventions are those of CKernels.h.
#ifndef CK_IMAGES_FAMILY_H
#define CK_IMAGES_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: - Sizes and places of 8-bit pictures

// Crops [top, top + crop_height) × [left, left + crop_width) of an 8-bit interleaved image and resizes it to
// out_height × out_width with a triangle filter widened by the reduction (antialiased, as Pillow's BILINEAR).
// Parts of the crop outside the image repeat its nearest border pixel. Results are rounded to the nearest integer.
void ck_resize(const uint8_t *image, size_t height, size_t width, size_t channels, double top, double left,
               double crop_height, double crop_width, size_t out_height, size_t out_width, uint8_t *out);

// A frame is a parallelogram in a picture: (x, y) of its first corner, the vector along its top edge, the vector down
// its left edge. Coordinates are of edges: the first pixel reaches from 0 to 1.

// Resamples a frame of an 8-bit RGB picture to out_height × out_width, each pixel the mean of a grid of bilinear
// samples at most one pixel of the picture apart (up to 64 a side). Outside the picture its nearest border pixel is
// repeated.
void ck_cut_frame(const uint8_t *image, size_t height, size_t width, const double frame[6], size_t out_height,
                  size_t out_width, uint8_t *out, int threads);
// Puts patch[patch_height × patch_width × 4] into a frame of the picture, in place: x += m·(color − opacity·x). A
// patch's pixel is a color that is added, in units of the picture's values, and an opacity, the part of the picture
// that is taken away: 0 adds, 1 replaces. The mask m rises from 0 on each side of the frame (left, top, right,
// bottom) to 1 at its feather, a part of the frame's extent; where that is 0 the side is sharp. The patch is
// interpolated by Catmull-Rom's cubic; pixels whose center is outside, or whose sixteen neighbors in the patch are 0,
// keep their bits.
void ck_put_back_frame(uint8_t *image, size_t height, size_t width, const double frame[6], const float *patch,
                       size_t patch_height, size_t patch_width, const double feather[4], int threads);

// A rectangle of whole pixels, inside its picture.
typedef struct {
  size_t top, left, height, width;
} ck_crop;
// Averages each crop of an 8-bit interleaved image, `width` pixels wide, to out_height × out_width, of which it
// computes the rows first_row ..< first_row + row_count: out[count, row_count, out_width, channels]. Output i of n
// averages the crop's rows ⌊i·height/n⌋ ..< ⌈(i + 1)·height/n⌉, and columns likewise, fewer than 2²⁴ pixels; then
// out = (mean − offset)·scale.
void ck_area_resize(const uint8_t *image, size_t width, size_t channels, size_t count, const ck_crop *crops,
                    size_t out_height, size_t out_width, size_t first_row, size_t row_count, float offset,
                    float scale, float *out, int threads);

// MARK: - Resampling by tables

// A linear map from `in` to `out` places of an axis: output i is the sum of weight[i·reach + t]·input[first[i] + t]
// for t in 0 ..< count[i], with count[i] ≤ reach and first[i] + count[i] ≤ in.
typedef struct {
  size_t in, out, reach;
  const uint32_t *first, *count;
  const double *weight;
} ck_taps;

// y[batch, rows.out, columns.out, channels] of x[batch, rows.in, columns.in, channels], one table along each axis.
void ck_resample(size_t batch, const ck_taps *rows, const ck_taps *columns, size_t channels, const float *x, float *y,
                 int threads);
// The same of an interleaved 8-bit picture, as Pillow computes it where both axes shrink or both grow: columns first,
// then rows, each with weights rounded to 22 bits behind the point and sums to the nearest byte. The weights of an
// output have a sum of magnitudes below 2.
void ck_resample_bytes(const ck_taps *rows, const ck_taps *columns, size_t channels, const uint8_t *image,
                       uint8_t *out);

// MARK: - Augmentation

// One image's change of color and place: y = translate(contrast(saturation(x + brightness))).
typedef struct {
  float brightness;                 // added to every value
  float saturation;                 // x ← mean over channels + saturation·(x − that mean)
  float contrast;                   // x ← mean over the image + contrast·(x − that mean)
  int32_t shift_down, shift_right;  // pixels; what comes in from outside is 0
} ck_augmentation;
// Differentiable augmentation (Zhao et al. 2020) of x[batch, height, width, channels], one record an image.
void ck_augment_forward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                        const float *x, float *y, int threads);
void ck_augment_backward(size_t batch, size_t height, size_t width, size_t channels, const ck_augmentation *change,
                         const float *dy, float *dx, int threads);

#ifdef __cplusplus
}
#endif

#endif
