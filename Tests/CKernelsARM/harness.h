// What the checks of the kernels stand on: random numbers, outputs that start as NaN, and comparisons.
//
// A check runs a kernel on `threads` threads and hands each output to `compare`. All checks of a run see the same
// random numbers for any number of threads, so that the digest of their outputs must be the same.
#ifndef HARNESS_H
#define HARNESS_H

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "CKernels.h"
#include "CKernelsReference.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

extern int threads;

typedef struct {
  const char *name;
  void (*run)(void);
} check;
extern const check activation_checks[], convolution_checks[], elementwise_checks[], image_checks[], loss_checks[],
    matrix_checks[], normalization_checks[], transformer_checks[];  // each ends with a name that is NULL

// Memory of a check, freed behind it.
void *memory(size_t bytes);
float *random_floats(size_t count);  // standard normal
float *blank(size_t count);          // NaN
double *wide(const float *x, size_t count);
double *wide_blank(size_t count);
double largest(const double *x, size_t count);

// 8·ε·(1 + √K), the error to allow a sum of K products, in units of √K.
double tolerance_of(size_t terms);
// Fails unless |got − expected| ≤ tolerance·scale in each element.
void compare(const char *output, const float *got, const double *expected, size_t count, double scale,
             double tolerance);
void expect(const char *what, int holds);

#endif
