#include <math.h>

#include "CKernelsReference.h"

void ck_reference_rectified_adam(size_t count, ck_adam_settings settings, double threshold, uint64_t step,
                                 const double *gradient, double *parameter, double *m, double *v) {
  double beta1 = (double)settings.beta1, beta2 = (double)settings.beta2, t = (double)step;
  double most = 2 / (1 - beta2) - 1;
  double samples = most - 2 * t * pow(beta2, t) / (1 - pow(beta2, t));
  for (size_t i = 0; i < count; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
    double first = m[i] / (1 - pow(beta1, t));
    if (samples > threshold) {
      double r = sqrt((samples - 4) * (samples - 2) * most / ((most - 4) * (most - 2) * samples));
      first *= r * sqrt(1 - pow(beta2, t)) / (sqrt(v[i]) + (double)settings.epsilon);
    }
    parameter[i] -= (double)settings.rate * first;
  }
}
