#include "harness.h"

#include <string.h>

// The rectifier's kink is where x is, so dx is compared where both have a sign: everywhere, as y keeps the sign of x.
static void style(void) {
  static const size_t sizes[][2] = {{1, 1}, {7, 3}, {9, 17}, {100, 64}, {900, 5}};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t batch = 2, pixels = sizes[i][0], channels = sizes[i][1], n = batch * pixels * channels,
           d = batch * channels;
    float *x = random_floats(n), *dy = random_floats(n), *factors = random_floats(d), *noise = random_floats(pixels);
    float *bias = random_floats(channels), *y = blank(n), *dx = blank(n), *dd = blank(d);
    for (size_t j = 0; j < d; j++) factors[j] = 1 + 0.5f * tanhf(factors[j]);
    ck_style s = {factors, noise, bias, 0.2f, 1.4f};
    double *y2 = wide_blank(n), *dx2 = wide_blank(n), *dd2 = wide_blank(d);
    ck_style_forward(&s, batch, pixels, channels, x, y, threads);
    ck_style_backward(&s, batch, pixels, channels, y, dy, dx, dd, threads);
    ck_reference_style_forward(&s, batch, pixels, channels, wide(x, n), y2);
    ck_reference_style_backward(&s, batch, pixels, channels, wide(x, n), wide(dy, n), dx2, dd2);
    compare("y", y, y2, n, 4, tolerance_of(3));
    compare("dx", dx, dx2, n, 2, tolerance_of(3));
    compare("ddemodulation", dd, dd2, d, 8 * sqrt((double)pixels), tolerance_of(pixels));
  }
}

static void blur(void) {
  for (size_t pad = 1; pad <= 2; pad++) {
    for (size_t channels = 1; channels <= 33; channels += 16) {
      size_t n = 2 * 9 * 7 * channels, out = 2 * (9 + 2 * pad - 3) * (7 + 2 * pad - 3) * channels;
      float *x = random_floats(n), *y = blank(out);
      double *expected = wide_blank(out);
      ck_blur(2, 9, 7, channels, pad, NULL, x, y, threads);
      ck_reference_blur(2, 9, 7, channels, pad, wide(x, n), expected);
      compare("y", y, expected, out, 1, tolerance_of(16));
    }
  }
}

// Output i weighs the three places from i/2.
static ck_taps table(size_t in, size_t out) {
  uint32_t *first = memory(out * sizeof *first), *count = memory(out * sizeof *count);
  for (size_t i = 0; i < out; i++)
    first[i] = (uint32_t)(i / 2), count[i] = in - i / 2 < 3 ? (uint32_t)(in - i / 2) : 3;
  return (ck_taps){in, out, 3, first, count, wide(random_floats(3 * out), 3 * out)};
}

static void resample(void) {
  for (size_t channels = 1; channels <= 19; channels += 6) {
    ck_taps rows = table(11, 20), columns = table(9, 17);
    size_t n = 2 * 11 * 9 * channels, out = 2 * 20 * 17 * channels;
    float *x = random_floats(n), *y = blank(out);
    double *expected = wide_blank(out);
    ck_resample(2, &rows, &columns, channels, x, y, threads);
    ck_reference_resample(2, &rows, &columns, channels, wide(x, n), expected);
    compare("y", y, expected, out, 3, 4 * tolerance_of(9));
  }
}

static void augmentation(void) {
  static const ck_augmentation changes[] = {{0.3f, 1.5f, 0.7f, 2, -1}, {-0.2f, 0.4f, 1.3f, -3, 0}};
  for (size_t channels = 1; channels <= 5; channels += 2) {
    size_t n = 2 * 13 * 11 * channels;
    float *x = random_floats(n), *dy = random_floats(n), *y = blank(n), *dx = blank(n);
    double *y2 = wide_blank(n), *dx2 = wide_blank(n);
    ck_augment_forward(2, 13, 11, channels, changes, x, y, threads);
    ck_augment_backward(2, 13, 11, channels, changes, dy, dx, threads);
    ck_reference_augment_forward(2, 13, 11, channels, changes, wide(x, n), y2);
    ck_reference_augment_backward(2, 13, 11, channels, changes, wide(dy, n), dx2);
    compare("y", y, y2, n, largest(wide(x, n), n) + 1, tolerance_of(1));
    compare("dx", dx, dx2, n, largest(wide(dy, n), n) + 1, tolerance_of(1));
  }
}

static uint8_t *random_bytes(size_t count) {
  float *draw = random_floats(count);
  uint8_t *bytes = memory(count);
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(255 / (1 + expf(-draw[i])));
  return bytes;
}

static void area_resize(void) {
  enum { width = 40, height = 37, channels = 3, rows = 8, columns = 9, n = rows * columns * channels };
  static const ck_crop crops[] = {{0, 0, 37, 40}, {3, 5, 20, 31}, {10, 2, 4, 5}};
  uint8_t *image = random_bytes(width * height * channels);
  float *out = blank(COUNT(crops) * n);
  ck_area_resize(image, width, channels, COUNT(crops), crops, rows, columns, 0, rows, 127.5f, 0.01f, out, threads);
  for (size_t i = 0; i < COUNT(crops); i++) {
    double *expected = wide_blank(n);
    ck_reference_area_resize(image, width, channels, crops + i, rows, columns, 127.5, 0.01f, expected);
    compare("out", out + i * n, expected, n, 255 * 0.01, 4 * FLT_EPSILON);
  }
}

// A frame of whole pixels, cut at its own size, is the picture's part; an empty patch put back leaves every bit.
static void frames(void) {
  enum { width = 31, height = 29, rows = 11, columns = 13 };
  static const double frame[6] = {5, 7, columns, 0, 0, rows}, feather[4] = {0.1, 0.1, 0.1, 0.1};
  uint8_t *image = random_bytes(width * height * 3), *before = memory(width * height * 3);
  uint8_t *out = memory(rows * columns * 3);
  memcpy(before, image, width * height * 3);
  ck_cut_frame(image, height, width, frame, rows, columns, out, threads);
  for (size_t i = 0; i < rows; i++) {
    expect("a cut of whole pixels",
           memcmp(out + i * columns * 3, image + ((i + 7) * width + 5) * 3, columns * 3) == 0);
  }
  float *patch = memory(rows * columns * 4 * sizeof *patch);
  memset(patch, 0, rows * columns * 4 * sizeof *patch);
  ck_put_back_frame(image, height, width, frame, patch, rows, columns, feather, threads);
  expect("an empty patch", memcmp(image, before, width * height * 3) == 0);
  for (size_t i = 0; i < rows * columns; i++) patch[4 * i + 1] = 90, patch[4 * i + 3] = 1;
  static const double sharp[4] = {0};
  ck_put_back_frame(image, height, width, frame, patch, rows, columns, sharp, threads);
  for (size_t i = 0; i < height; i++) {
    for (size_t j = 0; j < width; j++) {
      const uint8_t *pixel = image + (i * width + j) * 3, *old = before + (i * width + j) * 3;
      int inside = i >= 7 && i < 7 + rows && j >= 5 && j < 5 + columns;
      // The innermost places are those whose sixteen neighbours all lie in the patch.
      int deep = i >= 9 && i < 5 + rows && j >= 7 && j < 3 + columns;
      if (deep) expect("a patch replaces", pixel[0] == 0 && pixel[1] == 90 && pixel[2] == 0);
      if (!inside) expect("outside nothing changes", memcmp(pixel, old, 3) == 0);
    }
  }
}

const check image_checks[] = {{"style", style},
                              {"blur", blur},
                              {"resample", resample},
                              {"augmentation", augmentation},
                              {"area resize", area_resize},
                              {"frames", frames},
                              {0}};
