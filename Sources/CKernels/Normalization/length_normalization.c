// Vectors along one dimension brought to a length: y = x/√(weight·Σ x² + ε), and the gradient.
//
// Goals, in order: results that do not depend on the number of threads; sums in double, since the squares of a
// vector may span many orders of magnitude; one reading of memory, a task's vectors staying in the cache.
#include <math.h>

#include "ck_normalization.h"
#include "Machine/blocks.h"
#include "Machine/sizes.h"

// Neighboring vectors that a task does at a time where the dimension is not the last.
enum { WIDTH = 64 };

typedef struct {
  size_t length, inner, chunks;
  double weight, epsilon;
  const float *x, *dy;
  float *result;
} length_context;

// Σ over the dimension of a·b for `count` neighboring vectors.
CK_INLINE void column_sums(const float *a, const float *b, size_t length, size_t inner, size_t count, double *sum) {
  for (size_t j = 0; j < count; j++) sum[j] = 0;
  for (size_t l = 0; l < length; l++) {
    for (size_t j = 0; j < count; j++) sum[j] += (double)a[l * inner + j] * b[l * inner + j];
  }
}

CK_INLINE void forward_body(void *opaque, size_t task) {
  const length_context context = *(const length_context *)opaque;
  size_t outer = task / context.chunks, first = task % context.chunks * WIDTH;
  size_t count = ck_minimum(context.inner - first, WIDTH), begin = outer * context.length * context.inner + first;
  const float *restrict x = context.x + begin;
  float *restrict y = context.result + begin;
  double sum[WIDTH];
  if (context.inner == 1) {
    sum[0] = ck_lanes_dot(context.length, x, x);
  } else {
    column_sums(x, x, context.length, context.inner, count, sum);
  }
  float factor[WIDTH];
  for (size_t j = 0; j < count; j++) factor[j] = (float)(1 / sqrt(context.weight * sum[j] + context.epsilon));
  if (context.inner == 1) {
    for (size_t l = 0; l < context.length; l++) y[l] = x[l] * factor[0];
    return;
  }
  for (size_t l = 0; l < context.length; l++) {
    for (size_t j = 0; j < count; j++) y[l * context.inner + j] = x[l * context.inner + j] * factor[j];
  }
}
CK_TASK(forward)

CK_INLINE void backward_body(void *opaque, size_t task) {
  const length_context context = *(const length_context *)opaque;
  size_t outer = task / context.chunks, first = task % context.chunks * WIDTH;
  size_t count = ck_minimum(context.inner - first, WIDTH), begin = outer * context.length * context.inner + first;
  const float *restrict x = context.x + begin, *restrict dy = context.dy + begin;
  float *restrict dx = context.result + begin;
  double squares[WIDTH], products[WIDTH];
  if (context.inner == 1) {
    squares[0] = ck_lanes_dot(context.length, x, x);
    products[0] = ck_lanes_dot(context.length, x, dy);
  } else {
    column_sums(x, x, context.length, context.inner, count, squares);
    column_sums(x, dy, context.length, context.inner, count, products);
  }
  // With r = 1/√(weight·Σ x² + ε): dx = r·dy − weight·r³·⟨x, dy⟩·x.
  float factor[WIDTH], along[WIDTH];
  for (size_t j = 0; j < count; j++) {
    double r = 1 / sqrt(context.weight * squares[j] + context.epsilon);
    factor[j] = (float)r;
    along[j] = (float)(context.weight * r * r * r * products[j]);
  }
  if (context.inner == 1) {
    for (size_t l = 0; l < context.length; l++) dx[l] = factor[0] * dy[l] - along[0] * x[l];
    return;
  }
  for (size_t l = 0; l < context.length; l++) {
    for (size_t j = 0; j < count; j++) {
      size_t place = l * context.inner + j;
      dx[place] = factor[j] * dy[place] - along[j] * x[place];
    }
  }
}
CK_TASK(backward)

void ck_normalize_length_forward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                 const float *x, float *y, int threads) {
  length_context context = {.length = length,
                            .inner = inner,
                            .chunks = ck_divide_up(inner, WIDTH),
                            .weight = (double)weight,
                            .epsilon = (double)epsilon,
                            .x = x,
                            .result = y};
  ck_run_blocks(outer * length * inner, outer * context.chunks, threads, forward, &context);
}

void ck_normalize_length_backward(size_t outer, size_t length, size_t inner, float weight, float epsilon,
                                  const float *x, const float *dy, float *dx, int threads) {
  length_context context = {.length = length,
                            .inner = inner,
                            .chunks = ck_divide_up(inner, WIDTH),
                            .weight = (double)weight,
                            .epsilon = (double)epsilon,
                            .x = x,
                            .dy = dy,
                            .result = dx};
  ck_run_blocks(outer * length * inner, outer * context.chunks, threads, backward, &context);
}
