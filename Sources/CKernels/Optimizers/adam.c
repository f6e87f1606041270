// Adam (Kingma & Ba 2015), one pass over gradient, parameter and both moments.
#include <math.h>
#include <stdint.h>

#include "ck_optimizers.h"
#include "Machine/blocks.h"

typedef struct {
  size_t count;
  float rate, beta1, beta2, epsilon;  // rate includes the correction of m
  float rest1, rest2;                 // 1 − β
  float correction;                   // of v
  const float *gradient;
  float *parameter, *m, *v;
} context_t;

CK_INLINE void adam_block_body(void *opaque, size_t block) {
  const context_t context = *(const context_t *)opaque;
  ck_range range = ck_block_range(context.count, CK_BLOCK, block);
  const float *restrict gradient = context.gradient;
  float *restrict parameter = context.parameter, *restrict m = context.m, *restrict v = context.v;
  for (size_t i = range.begin; i < range.end; i++) {
    float g = gradient[i];
    float first = context.beta1 * m[i] + context.rest1 * g;
    float second = context.beta2 * v[i] + context.rest2 * (g * g);
    m[i] = first;
    v[i] = second;
    // The builtin sets no errno, as sqrtf must, and so vectorizes.
    float root = __builtin_elementwise_sqrt(second * context.correction);
    parameter[i] -= context.rate * first / (root + context.epsilon);
  }
}
CK_TASK(adam_block)

void ck_adam(size_t count, ck_adam_settings settings, uint64_t step, const float *gradient, float *parameter,
             float *m, float *v, int threads) {
  double beta1 = (double)settings.beta1, beta2 = (double)settings.beta2;
  context_t context = {
      .count = count,
      .rate = (float)((double)settings.rate / (1 - pow(beta1, (double)step))),
      .beta1 = settings.beta1,
      .beta2 = settings.beta2,
      .epsilon = settings.epsilon,
      .rest1 = (float)(1 - beta1),
      .rest2 = (float)(1 - beta2),
      .correction = (float)(1 / (1 - pow(beta2, (double)step))),
      .gradient = gradient,
      .parameter = parameter,
      .m = m,
      .v = v,
  };
  ck_run_blocks(count, ck_block_count(count, CK_BLOCK), threads, adam_block, &context);
}
