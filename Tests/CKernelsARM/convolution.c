#include "harness.h"

// Batch, size, channels, kernel, stride, padding in the order top, left, bottom, right.
static const size_t shapes[][13] = {
    {2, 7, 6, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1},     {1, 9, 8, 3, 5, 5, 2, 2, 3, 1, 2, 2, 1},
    {3, 8, 9, 5, 1, 4, 4, 3, 2, 4, 1, 0, 6},     {1, 7, 7, 64, 3, 1, 1, 1, 1, 0, 0, 0, 0},
    {2, 8, 6, 3, 64, 4, 5, 2, 2, 1, 1, 1, 1},    {2, 20, 20, 3, 24, 4, 4, 2, 2, 1, 1, 1, 1},
    {2, 20, 20, 32, 3, 5, 5, 1, 1, 2, 2, 2, 2},  {2, 20, 20, 64, 48, 4, 4, 2, 2, 1, 1, 1, 1},
    {3, 19, 22, 16, 32, 4, 4, 2, 2, 0, 2, 1, 1}, {2, 20, 22, 32, 16, 5, 5, 2, 2, 1, 2, 2, 1},
    {2, 15, 13, 32, 48, 3, 3, 1, 1, 1, 1, 1, 1}, {2, 9, 12, 48, 16, 3, 3, 2, 2, 0, 1, 1, 0},
    {2, 11, 7, 16, 16, 2, 2, 1, 1, 0, 1, 0, 1},  {2, 8, 10, 16, 80, 3, 3, 1, 1, 2, 0, 1, 2},
    {1, 7, 9, 64, 112, 3, 3, 1, 1, 1, 1, 1, 1},  {2, 17, 16, 10, 28, 2, 3, 1, 1, 0, 0, 0, 0},
    {1, 18, 20, 9, 70, 5, 5, 1, 1, 0, 0, 0, 0},  {7, 5, 5, 40, 1, 5, 5, 1, 1, 0, 0, 0, 0},
    {5, 5, 5, 24, 65, 5, 5, 1, 1, 0, 0, 0, 0},   {2, 9, 9, 33, 70, 1, 1, 1, 1, 0, 0, 0, 0},
    {2, 11, 12, 10, 9, 1, 2, 3, 3, 0, 0, 0, 0},  {2, 11, 12, 3, 9, 2, 1, 3, 3, 0, 1, 0, 0},
};

static ck_convolution shape_of(const size_t s[13]) {
  return (ck_convolution){s[0],
                          s[1],
                          s[2],
                          s[3],
                          (s[1] + s[9] + s[11] - s[5]) / s[7] + 1,
                          (s[2] + s[10] + s[12] - s[6]) / s[8] + 1,
                          s[4],
                          s[5],
                          s[6],
                          s[7],
                          s[8],
                          s[9],
                          s[10]};
}

typedef struct {
  size_t x, y, w, taps;
} counts;

static counts counts_of(const ck_convolution *s) {
  size_t taps = s->kernel_height * s->kernel_width;
  return (counts){s->batch * s->in_height * s->in_width * s->in_channels,
                  s->batch * s->out_height * s->out_width * s->out_channels, taps * s->in_channels * s->out_channels,
                  taps};
}

// Winograd's transforms round 16 times as much.
static void triad(ck_algorithm algorithm) {
  double more = algorithm == CK_WINOGRAD ? 16 : 1;
  size_t cases = 0;
  for (size_t i = 0; i < COUNT(shapes); i++) {
    ck_convolution s = shape_of(shapes[i]);
    counts n = counts_of(&s);
    float *x = random_floats(n.x), *w = random_floats(n.w), *dy = random_floats(n.y);
    for (ck_pass pass = CK_FORWARD; pass <= CK_BACKWARD_INPUT; pass++) {
      if (!ck_convolution_supports(&s, pass, algorithm)) continue;
      bool is_forward = pass == CK_FORWARD;
      size_t count = is_forward ? n.y : n.x, channels = is_forward ? s.out_channels : s.in_channels;
      size_t terms = n.taps * (is_forward ? s.in_channels : s.out_channels);
      float *filter = blank(ck_convolution_filter_count(&s, pass, algorithm));
      ck_convolution_pack(&s, pass, algorithm, w, filter, threads);
      double *expected = wide_blank(count), *finished = wide_blank(count);
      if (is_forward) ck_reference_convolution_forward(&s, wide(x, n.x), wide(w, n.w), expected);
      else ck_reference_convolution_backward_input(&s, wide(dy, n.y), wide(w, n.w), expected);
      static const ck_activation kinds[] = {CK_IDENTITY, CK_LEAKY_RELU, CK_TANH};
      for (size_t k = 0; k < COUNT(kinds); k++) {
        float *bias = random_floats(channels), *result = blank(count);
        ck_reference_bias_activation_forward(kinds[k], 0.2f, count / channels, channels, expected,
                                             wide(bias, channels), finished);
        if (is_forward) ck_convolution_forward(&s, algorithm, x, filter, bias, kinds[k], 0.2f, result, threads);
        else ck_convolution_backward_input(&s, algorithm, dy, filter, bias, kinds[k], 0.2f, result, threads);
        compare(is_forward ? "y" : "dx", result, finished, count, 1 + sqrt((double)terms),
                more * tolerance_of(terms));
        cases++;
      }
    }
    if (!ck_convolution_supports(&s, CK_BACKWARD_FILTER, algorithm)) continue;
    size_t terms = s.batch * s.out_height * s.out_width;
    float *dw = blank(n.w);
    double *expected = wide_blank(n.w);
    ck_convolution_backward_filter(&s, algorithm, x, dy, dw, threads);
    ck_reference_convolution_backward_filter(&s, wide(x, n.x), wide(dy, n.y), expected);
    compare("dw", dw, expected, n.w, sqrt((double)terms), more * tolerance_of(terms));
  }
  expect("some shapes are supported", cases > 0);
}

static void patches(void) { triad(CK_PATCHES); }
static void scatter(void) { triad(CK_SCATTER); }
static void winograd(void) { triad(CK_WINOGRAD); }
static void blas(void) { triad(CK_BLAS); }

static void depthwise(void) {
  for (size_t i = 0; i < COUNT(shapes); i++) {
    ck_convolution s = shape_of(shapes[i]);
    s.out_channels = s.in_channels;
    counts n = counts_of(&s);
    size_t w_count = n.taps * s.in_channels, terms = s.batch * s.out_height * s.out_width;
    float *x = random_floats(n.x), *w = random_floats(w_count), *dy = random_floats(n.y);
    float *y = blank(n.y), *dx = blank(n.x), *dw = blank(w_count);
    double *value = wide_blank(n.y), *by_x = wide_blank(n.x), *by_w = wide_blank(w_count);
    ck_depthwise_forward(&s, x, w, NULL, CK_IDENTITY, 0, y, threads);
    ck_depthwise_backward_input(&s, dy, w, dx, threads);
    ck_depthwise_backward_filter(&s, x, dy, dw, threads);
    ck_reference_depthwise_forward(&s, wide(x, n.x), wide(w, w_count), value);
    ck_reference_depthwise_backward_input(&s, wide(dy, n.y), wide(w, w_count), by_x);
    ck_reference_depthwise_backward_filter(&s, wide(x, n.x), wide(dy, n.y), by_w);
    compare("y", y, value, n.y, sqrt((double)n.taps), tolerance_of(n.taps));
    compare("dx", dx, by_x, n.x, sqrt((double)n.taps), tolerance_of(n.taps));
    compare("dw", dw, by_w, w_count, sqrt((double)terms), tolerance_of(terms));
  }
}

static void max_pool(void) {
  static const ck_pooling pools[] = {{2, 7, 9, 5, 3, 4, 3, 2}, {1, 8, 6, 33, 4, 3, 2, 2}, {3, 5, 5, 1, 3, 3, 3, 1}};
  for (size_t i = 0; i < COUNT(pools); i++) {
    const ck_pooling *s = pools + i;
    size_t in = s->batch * s->in_height * s->in_width * s->channels;
    size_t out = s->batch * s->out_height * s->out_width * s->channels;
    float *x = random_floats(in), *dy = random_floats(out), *y = blank(out), *dx = blank(in);
    double *value = wide_blank(out), *gradient = wide_blank(in);
    ck_max_pool_forward(s, x, y, threads);
    ck_max_pool_backward(s, x, y, dy, dx, threads);
    ck_reference_max_pool_forward(s, wide(x, in), value);
    ck_reference_max_pool_backward(s, wide(x, in), wide(dy, out), gradient);
    compare("y", y, value, out, 1, 0);
    compare("dx", dx, gradient, in, 3, tolerance_of(9));
  }
}

const check convolution_checks[] = {{"patches", patches},
                                    {"scatter", scatter},
                                    {"winograd", winograd},
                                    {"convolutions on BLAS", blas},
                                    {"depthwise", depthwise},
                                    {"max pool", max_pool},
                                    {0}};
