// What is done to a convolution's result before it leaves the cache.
#ifndef CK_EPILOGUE_H
#define CK_EPILOGUE_H

// y ← y + bias, then ← slope·y where negative.
typedef struct {
  const float *bias;  // NULL for none
  float slope;        // 1 for none
} ck_epilogue;

#endif
