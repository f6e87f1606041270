// Patches times weights: the way that any convolution can be computed.
#ifndef CK_PATCHES_H
#define CK_PATCHES_H

#include "ck_convolution.h"
#include "Convolution/epilogue.h"

size_t ck_patches_filter_floats(const ck_convolution *shape);
void ck_patches_pack(const ck_convolution *shape, ck_pass pass, const float *w, float *filter, int threads);
void ck_patches_multiply(const ck_convolution *shape, ck_pass pass, const float *source, const float *filter,
                         const ck_epilogue *epilogue, float *result, int threads);
void ck_patches_backward_filter(const ck_convolution *shape, const float *x, const float *dy, float *dw, int threads);

#endif
