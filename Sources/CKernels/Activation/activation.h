// The formulas of the activations, shared by the kernels that apply them along with something else.
#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H

#include "Activation/elementary.h"
#include "ck_activation.h"

// `kind` is a constant wherever these are inlined, so that each loop holds the formula of one kind only.
CK_INLINE float ck_activate(ck_activation kind, float slope, float x) {
  switch (kind) {
    case CK_RELU: return x < 0 ? 0 : x;
    case CK_LEAKY_RELU: return x < 0 ? slope * x : x;
    case CK_ELU: return x < 0 ? ck_expm1_below_zero(x) : x;
    case CK_TANH: return ck_tanh(x);
    case CK_SIGMOID: return ck_sigmoid(x);
    case CK_RELU6: x = x < 0 ? 0 : x; return x > 6 ? 6 : x;
    default: return x;
  }
}

// The derivative in terms of the output y.
CK_INLINE float ck_activation_derivative(ck_activation kind, float slope, float y) {
  switch (kind) {
    case CK_RELU: return y > 0 ? 1 : 0;
    case CK_LEAKY_RELU: return y > 0 ? 1 : slope;
    case CK_ELU: return y > 0 ? 1 : y + 1;
    case CK_TANH: return 1 - y * y;
    case CK_SIGMOID: return y * (1 - y);
    case CK_RELU6: return y > 0 && y < 6 ? 1 : 0;
    default: return 1;
  }
}

// Calls ACTION(kind) with the kind as a constant.
#define CK_WITH_CONSTANT_KIND(kind, ACTION)           \
  switch (kind) {                                     \
    case CK_RELU: ACTION(CK_RELU); break;             \
    case CK_LEAKY_RELU: ACTION(CK_LEAKY_RELU); break; \
    case CK_ELU: ACTION(CK_ELU); break;               \
    case CK_TANH: ACTION(CK_TANH); break;             \
    case CK_SIGMOID: ACTION(CK_SIGMOID); break;       \
    case CK_RELU6: ACTION(CK_RELU6); break;           \
    default: ACTION(CK_IDENTITY); break;              \
  }

#endif
