// Convolutions as products on OpenBLAS.
#ifndef CK_BLAS_CONVOLUTION_H
#define CK_BLAS_CONVOLUTION_H

#include "ck_convolution.h"
#include "Convolution/epilogue.h"

// The filter is read as it lies, w[kernel_height, kernel_width, in_channels, out_channels].
void ck_blas_forward(const ck_convolution *shape, const float *x, const float *w, const ck_epilogue *epilogue,
                     float *y, int threads);
void ck_blas_backward_input(const ck_convolution *shape, const float *dy, const float *w, const ck_epilogue *epilogue,
                            float *dx, int threads);
void ck_blas_backward_filter(const ck_convolution *shape, const float *x, const float *dy, float *dw, int threads);

#endif
