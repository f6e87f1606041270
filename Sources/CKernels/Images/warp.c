// Cutting a slanted frame out of a picture, and putting one back.
//
// Goals, in order: (1) putting back what was cut out, unchanged, changes nothing, and nothing outside the frame is
// ever written; (2) no aliasing where the frame shrinks: each output pixel averages a grid of samples no further
// apart than the picture's own pixels; (3) no lattice where it grows: put back by Catmull-Rom's cubic, not by lines;
// (4) one formula for adding, replacing and painting: "over" with premultiplied colors (Porter and Duff 1984), in
// which colors need not be those of the opacity. Rejected: a mip pyramid, which is faster for large frames and blurs
// small ones; a crop, colors and two weights that are interpolated apart and then multiplied, which is twice the work
// and looks the same.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ck_images.h"
#include "ck_machine.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

// Where a coordinate lies between two pixel centers of `size`, and how far from the first.
typedef struct {
  size_t low, high;
  float fraction;
} between;

static between place(double at, size_t size) {
  double clamped = fmin(fmax(at - 0.5, 0), (double)(size - 1));
  size_t low = (size_t)clamped;
  return (between){low, ck_minimum(low + 1, size - 1), (float)(clamped - (double)low)};
}

typedef struct {
  const uint8_t *image;
  size_t height, width;
  const double *frame;
  size_t out_height, out_width, samples;
  uint8_t *out;
} cut;

static void cut_row(void *context, size_t y) {
  const cut *c = context;
  for (size_t x = 0; x < c->out_width; x++) {
    float sum[3] = {0};
    for (size_t k = 0; k < c->samples * c->samples; k++) {
      double s = ((double)x + ((double)(k % c->samples) + 0.5) / (double)c->samples) / (double)c->out_width;
      double t = ((double)y + ((double)(k / c->samples) + 0.5) / (double)c->samples) / (double)c->out_height;
      between column = place(c->frame[0] + s * c->frame[2] + t * c->frame[4], c->width);
      between row = place(c->frame[1] + s * c->frame[3] + t * c->frame[5], c->height);
      const uint8_t *top = c->image + row.low * c->width * 3, *bottom = c->image + row.high * c->width * 3;
      for (size_t channel = 0; channel < 3; channel++) {
        float a = top[column.low * 3 + channel], b = top[column.high * 3 + channel];
        float p = bottom[column.low * 3 + channel], q = bottom[column.high * 3 + channel];
        float upper = a + column.fraction * (b - a), lower = p + column.fraction * (q - p);
        sum[channel] += upper + row.fraction * (lower - upper);
      }
    }
    for (size_t channel = 0; channel < 3; channel++) {
      c->out[(y * c->out_width + x) * 3 + channel] =
          (uint8_t)(sum[channel] / (float)(c->samples * c->samples) + 0.5f);
    }
  }
}

void ck_cut_frame(const uint8_t *image, size_t height, size_t width, const double frame[6], size_t out_height,
                  size_t out_width, uint8_t *out, int threads) {
  double across = hypot(frame[2], frame[3]) / (double)out_width;
  double down = hypot(frame[4], frame[5]) / (double)out_height;
  size_t samples = (size_t)fmin(fmax(ceil(fmax(across, down)), 1), 64);
  cut c = {image, height, width, frame, out_height, out_width, samples, out};
  ck_parallel(out_height, threads, cut_row, &c);
}

typedef struct {
  uint8_t *image;
  size_t width, top, left, columns;
  const double *frame;
  const float *patch;
  size_t patch_height, patch_width;
  const double *feather;
  bool *changes;  // of each four neighbors of the patch both ways, whether one is not zero
} paste;

// Catmull-Rom's weights of the four neighbors of a place `f` of the way between the middle two.
static void cubic(float f, float weights[4]) {
  weights[0] = f * (-0.5f + f * (1 - 0.5f * f));
  weights[1] = 1 + f * f * (-2.5f + 1.5f * f);
  weights[2] = f * (0.5f + f * (2 - 1.5f * f));
  weights[3] = f * f * (-0.5f + 0.5f * f);
}

static size_t clamped(ptrdiff_t index, size_t count) { return index < 0 ? 0 : ck_minimum((size_t)index, count - 1); }

// The whole number below x, or x. The C library's floor would be a call for each pixel.
static ptrdiff_t whole_below(double x) {
  ptrdiff_t whole = (ptrdiff_t)x;
  return (double)whole > x ? whole - 1 : whole;
}

typedef float four __attribute__((vector_size(16), aligned(4)));

// Between rows top and top + 1, columns left and left + 1, each −1 … the last.
static bool *changes_at(const paste *p, ptrdiff_t top, ptrdiff_t left) {
  return p->changes + (size_t)(top + 1) * (p->patch_width + 1) + (size_t)(left + 1);
}

// Most of a patch is often empty, as where a painter's mask is closed.
static void find_changes(const paste *p) {
  ptrdiff_t height = (ptrdiff_t)p->patch_height, width = (ptrdiff_t)p->patch_width;
  memset(p->changes, 0, (p->patch_height + 1) * (p->patch_width + 1) * sizeof *p->changes);
  for (ptrdiff_t row = 0; row < height; row++) {
    for (ptrdiff_t column = 0; column < width; column++) {
      const float *pixel = p->patch + (row * width + column) * 4;
      if (pixel[0] == 0 && pixel[1] == 0 && pixel[2] == 0 && pixel[3] == 0) continue;
      for (ptrdiff_t top = row < 1 ? -1 : row - 2; top <= row + 1 && top < height; top++) {
        for (ptrdiff_t left = column < 1 ? -1 : column - 2; left <= column + 1 && left < width; left++) {
          *changes_at(p, top, left) = true;
        }
      }
    }
  }
}

// Whether there is anything to paste at a place of the frame, and what.
static bool sample_patch(const paste *p, double s, double t, four *value) {
  double x = s * (double)p->patch_width - 0.5, y = t * (double)p->patch_height - 0.5;
  ptrdiff_t left = whole_below(x), top = whole_below(y);
  if (!*changes_at(p, top, left)) return false;
  float across[4], down[4];
  cubic((float)(x - (double)left), across);
  cubic((float)(y - (double)top), down);
  size_t columns[4];
  for (int j = 0; j < 4; j++) columns[j] = clamped(left + j - 1, p->patch_width);
  // A sum for each row, as one for all would be sixteen additions that wait for each other.
  four rows[4];
  for (int i = 0; i < 4; i++) {
    const float *row = p->patch + clamped(top + i - 1, p->patch_height) * p->patch_width * 4;
    rows[i] = across[0] * *(const four *)(row + columns[0] * 4);
    for (int j = 1; j < 4; j++) rows[i] += across[j] * *(const four *)(row + columns[j] * 4);
  }
  *value = (down[0] * rows[0] + down[1] * rows[1]) + (down[2] * rows[2] + down[3] * rows[3]);
  return true;
}

// 0 on a side of the frame, 1 from its feather inward, smooth at both ends; a side without feather is sharp.
static float mask(const paste *p, double s, double t) {
  double inward[4] = {s, t, 1 - s, 1 - t}, ramp = 1;
  for (int side = 0; side < 4; side++) {
    if (p->feather[side] <= 0) continue;
    double rise = inward[side] / p->feather[side];
    if (rise < ramp) ramp = rise;
  }
  return (float)(ramp * ramp * (3 - 2 * ramp));
}

static void paste_row(void *context, size_t task) {
  const paste *p = context;
  const double *f = p->frame;
  double determinant = f[2] * f[5] - f[3] * f[4], y = (double)(p->top + task) + 0.5 - f[1];
  uint8_t *row = p->image + ((p->top + task) * p->width + p->left) * 3;
  for (size_t column = 0; column < p->columns; column++, row += 3) {
    double x = (double)(p->left + column) + 0.5 - f[0];
    double s = (x * f[5] - y * f[4]) / determinant, t = (y * f[2] - x * f[3]) / determinant;
    if (!(s > 0 && s < 1 && t > 0 && t < 1)) continue;
    four value;
    if (!sample_patch(p, s, t, &value)) continue;
    float weight = mask(p, s, t);
    for (size_t channel = 0; channel < 3; channel++) {
      float old = row[channel], change = value[channel] - value[3] * old;
      float sum = old + weight * change + 0.5f;
      row[channel] = (uint8_t)(sum > 255 ? 255 : sum > 0 ? sum : 0);
    }
  }
}

void ck_put_back_frame(uint8_t *image, size_t height, size_t width, const double frame[6], const float *patch,
                       size_t patch_height, size_t patch_width, const double feather[4], int threads) {
  double x[2] = {frame[0], frame[0]}, y[2] = {frame[1], frame[1]};
  for (int corner = 1; corner < 4; corner++) {
    double right = corner & 1, down = corner >> 1;
    double cx = frame[0] + right * frame[2] + down * frame[4], cy = frame[1] + right * frame[3] + down * frame[5];
    x[0] = fmin(x[0], cx), x[1] = fmax(x[1], cx);
    y[0] = fmin(y[0], cy), y[1] = fmax(y[1], cy);
  }
  size_t left = (size_t)fmin(fmax(floor(x[0]), 0), (double)width);
  size_t right = (size_t)fmin(fmax(ceil(x[1]), 0), (double)width);
  size_t top = (size_t)fmin(fmax(floor(y[0]), 0), (double)height);
  size_t bottom = (size_t)fmin(fmax(ceil(y[1]), 0), (double)height);
  if (left >= right || top >= bottom) return;
  size_t cells = (patch_height + 1) * (patch_width + 1);
  bool *changes = (bool *)ck_scratch(CK_SCRATCH_CALL, ck_divide_up(cells * sizeof *changes, sizeof(float)));
  paste p = {image, width, top, left, right - left, frame, patch, patch_height, patch_width, feather, changes};
  find_changes(&p);
  ck_parallel(bottom - top, threads, paste_row, &p);
}
