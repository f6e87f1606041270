#include <math.h>

#include "CKernelsReference.h"

void ck_reference_adam(size_t count, ck_adam_settings settings, uint64_t step, const double *gradient,
                       double *parameter, double *m, double *v) {
  double beta1 = (double)settings.beta1, beta2 = (double)settings.beta2;
  for (size_t i = 0; i < count; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
    double first = m[i] / (1 - pow(beta1, (double)step)), second = v[i] / (1 - pow(beta2, (double)step));
    parameter[i] -= (double)settings.rate * first / (sqrt(second) + (double)settings.epsilon);
  }
}
