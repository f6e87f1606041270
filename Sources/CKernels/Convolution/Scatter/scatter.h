// Pixels times all taps, then sums of shifted products: results of few channels.
#ifndef CK_SCATTER_H
#define CK_SCATTER_H

#include "ck_convolution.h"
#include "Convolution/epilogue.h"

bool ck_scatter_fits(const ck_convolution *shape, ck_pass pass);
size_t ck_scatter_filter_floats(const ck_convolution *shape, ck_pass pass);
void ck_scatter_pack(const ck_convolution *shape, ck_pass pass, const float *w, float *filter, int threads);
void ck_scatter_multiply(const ck_convolution *shape, ck_pass pass, const float *source, const float *filter,
                         const ck_epilogue *epilogue, float *result, int threads);

#endif
