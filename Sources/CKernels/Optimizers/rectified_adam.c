// RAdam (Liu et al. 2020), one pass over gradient, parameter and both moments.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "ck_optimizers.h"
#include "Machine/blocks.h"

typedef struct {
  size_t count;
  float rate, beta1, beta2, epsilon;  // rate includes the correction of m and the rectification
  float rest1, rest2;                 // 1 − β
  bool divides;                       // whether the variance of the step is known well enough
  const float *gradient;
  float *parameter, *m, *v;
} context_t;

CK_INLINE void rectified_block_body(void *opaque, size_t block) {
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
    float root = __builtin_elementwise_sqrt(second) + context.epsilon;
    parameter[i] -= context.rate * first / (context.divides ? root : 1);
  }
}
CK_TASK(rectified_block)

void ck_rectified_adam(size_t count, ck_adam_settings settings, float threshold, uint64_t step, const float *gradient,
                       float *parameter, float *m, float *v, int threads) {
  double beta1 = (double)settings.beta1, beta2 = (double)settings.beta2, t = (double)step;
  double power = pow(beta2, t), most = 2 / (1 - beta2) - 1, samples = most - 2 * t * power / (1 - power);
  bool divides = samples > (double)threshold;
  double factor = 1 / (1 - pow(beta1, t));
  if (divides) {
    factor *= sqrt((1 - power) * (samples - 4) / (most - 4) * (samples - 2) / samples * most / (most - 2));
  }
  context_t context = {
      .count = count,
      .rate = (float)((double)settings.rate * factor),
      .beta1 = settings.beta1,
      .beta2 = settings.beta2,
      .epsilon = settings.epsilon,
      .rest1 = (float)(1 - beta1),
      .rest2 = (float)(1 - beta2),
      .divides = divides,
      .gradient = gradient,
      .parameter = parameter,
      .m = m,
      .v = v,
  };
  ck_run_blocks(count, ck_block_count(count, CK_BLOCK), threads, rectified_block, &context);
}
