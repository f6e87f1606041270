#include "harness.h"

static void attention(void) {
  static const ck_attention shapes[] = {
      {1, 1, 1, 1, false}, {2, 7, 24, 3, true}, {1, 50, 64, 2, false}, {3, 17, 34, 2, true}, {2, 33, 96, 6, false}};
  for (size_t i = 0; i < COUNT(shapes); i++) {
    const ck_attention *s = shapes + i;
    size_t n = s->batch * s->tokens * s->width, terms = s->tokens + s->width / s->heads;
    float *qkv = random_floats(3 * n), *dy = random_floats(n), *y = blank(n), *dqkv = blank(3 * n);
    double *value = wide_blank(n), *gradient = wide_blank(3 * n);
    ck_attention_forward(s, qkv, y, threads);
    ck_attention_backward(s, qkv, dy, dqkv, threads);
    ck_reference_attention_forward(s, wide(qkv, 3 * n), value);
    ck_reference_attention_backward(s, wide(qkv, 3 * n), wide(dy, n), gradient);
    compare("y", y, value, n, 1, 4 * tolerance_of(terms));
    compare("dqkv", dqkv, gradient, 3 * n, fmax(largest(gradient, 3 * n), 1), 4 * tolerance_of(terms));
  }
}

static void positions(void) {
  enum { batch = 3, tokens = 9, width = 37, n = batch * tokens * width, own = batch * (tokens - 1) * width };
  float *x = random_floats(own), *token = random_floats(width), *places = random_floats(tokens * width);
  float *dy = random_floats(n), *y = blank(n), *dx = blank(own), *dt = blank(width), *dp = blank(tokens * width);
  double *y2 = wide_blank(n), *dx2 = wide_blank(own), *dt2 = wide_blank(width), *dp2 = wide_blank(tokens * width);
  ck_positions_forward(batch, tokens, width, x, token, places, y);
  ck_positions_backward(batch, tokens, width, true, dy, dx, dt, dp);
  ck_reference_positions_forward(batch, tokens, width, wide(x, own), wide(token, width), wide(places, tokens * width),
                                 y2);
  ck_reference_positions_backward(batch, tokens, width, true, wide(dy, n), dx2, dt2, dp2);
  compare("y", y, y2, n, 1, tolerance_of(1));
  compare("dx", dx, dx2, own, 1, 0);
  compare("dtoken", dt, dt2, width, 2, tolerance_of(1));
  compare("dpositions", dp, dp2, tokens * width, 2, tolerance_of(1));
}

static void add_rows(void) {
  enum { count = 40, width = 19, rows = 7, n = rows * width };
  float *table = random_floats(n), *dy = random_floats(count * width);
  double *expected = wide(table, n);
  uint32_t places[count];
  for (size_t i = 0; i < count; i++) {
    places[i] = (uint32_t)(i * i % rows);
    for (size_t j = 0; j < width; j++) expected[places[i] * width + j] += dy[i * width + j];
  }
  ck_add_rows(count, width, places, dy, table);
  compare("table", table, expected, n, sqrt(count), tolerance_of(count));
}

const check transformer_checks[] = {
    {"attention", attention}, {"positions", positions}, {"rows of a table", add_rows}, {0}};
