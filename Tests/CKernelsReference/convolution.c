#include <string.h>

#include "CKernelsReference.h"

// Calls visit(context, x pixel, y pixel, tap) for each product of the convolution: x pixel (b, i·s + p −
// pad_top, j·s + q − pad_left) inside the input, y pixel (b, i, j), tap (p, q).
static void for_each_tap(const ck_convolution *s, void (*visit)(void *context, size_t x, size_t y, size_t tap),
                         void *context) {
  for (size_t b = 0; b < s->batch; b++) {
    for (size_t i = 0; i < s->out_height; i++) {
      for (size_t j = 0; j < s->out_width; j++) {
        for (size_t p = 0; p < s->kernel_height; p++) {
          // Unsigned: what lies above or left of the input wraps round and is past its end.
          size_t row = i * s->stride_height + p - s->pad_top;
          if (row >= s->in_height) continue;
          for (size_t q = 0; q < s->kernel_width; q++) {
            size_t column = j * s->stride_width + q - s->pad_left;
            if (column >= s->in_width) continue;
            visit(context, (b * s->in_height + row) * s->in_width + column,
                  (b * s->out_height + i) * s->out_width + j, p * s->kernel_width + q);
          }
        }
      }
    }
  }
}

typedef struct {
  size_t in, out;  // channels
  const double *a, *b;
  double *result;
} operands;

// y[o] += x[c] · w[c, o]
static void visit_forward(void *context, size_t x, size_t y, size_t tap) {
  const operands *v = context;
  for (size_t c = 0; c < v->in; c++) {
    double x_c = v->a[x * v->in + c];
    const double *w = v->b + (tap * v->in + c) * v->out;
    for (size_t o = 0; o < v->out; o++) v->result[y * v->out + o] += x_c * w[o];
  }
}

// dx[c] += Σ_o dy[o] · w[c, o]
static void visit_backward_input(void *context, size_t x, size_t y, size_t tap) {
  const operands *v = context;
  for (size_t c = 0; c < v->in; c++) {
    const double *w = v->b + (tap * v->in + c) * v->out;
    double sum = 0;
    for (size_t o = 0; o < v->out; o++) sum += v->a[y * v->out + o] * w[o];
    v->result[x * v->in + c] += sum;
  }
}

// dw[c, o] += x[c] · dy[o]
static void visit_backward_filter(void *context, size_t x, size_t y, size_t tap) {
  const operands *v = context;
  for (size_t c = 0; c < v->in; c++) {
    double x_c = v->a[x * v->in + c];
    double *dw = v->result + (tap * v->in + c) * v->out;
    for (size_t o = 0; o < v->out; o++) dw[o] += x_c * v->b[y * v->out + o];
  }
}

void ck_reference_convolution_forward(const ck_convolution *s, const double *x, const double *w, double *y) {
  memset(y, 0, s->batch * s->out_height * s->out_width * s->out_channels * sizeof(double));
  operands v = {s->in_channels, s->out_channels, x, w, y};
  for_each_tap(s, visit_forward, &v);
}

void ck_reference_convolution_backward_input(const ck_convolution *s, const double *dy, const double *w, double *dx) {
  memset(dx, 0, s->batch * s->in_height * s->in_width * s->in_channels * sizeof(double));
  operands v = {s->in_channels, s->out_channels, dy, w, dx};
  for_each_tap(s, visit_backward_input, &v);
}

void ck_reference_convolution_backward_filter(const ck_convolution *s, const double *x, const double *dy,
                                              double *dw) {
  memset(dw, 0, s->kernel_height * s->kernel_width * s->in_channels * s->out_channels * sizeof(double));
  operands v = {s->in_channels, s->out_channels, x, dy, dw};
  for_each_tap(s, visit_backward_filter, &v);
}
