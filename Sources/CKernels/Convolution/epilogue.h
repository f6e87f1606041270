// What is done to a convolution's result before it leaves the cache.
#ifndef CK_EPILOGUE_H
#define CK_EPILOGUE_H

#include <stddef.h>

// y ← y + bias, then ← slope·y where negative.
typedef struct {
  const float *bias;  // NULL for none
  float slope;        // 1 for none
} ck_epilogue;

static inline float ck_finished(const ck_epilogue *epilogue, float y, size_t channel) {
  float value = epilogue->bias ? y + epilogue->bias[channel] : y;
  return value < 0 ? epilogue->slope * value : value;
}

#endif
