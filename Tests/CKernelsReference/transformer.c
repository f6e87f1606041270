#include <math.h>
#include <stdlib.h>

#include "CKernelsReference.h"

void ck_reference_gelu_forward(ck_gelu form, size_t count, const double *x, double *y) {
  for (size_t i = 0; i < count; i++) {
    y[i] = form == CK_GELU_EXACT ? x[i] * 0.5 * erfc(-x[i] / sqrt(2)) : x[i] / (1 + exp(-1.702 * x[i]));
  }
}

void ck_reference_gelu_backward(ck_gelu form, size_t count, const double *x, const double *dy, double *dx) {
  for (size_t i = 0; i < count; i++) {
    double s = 1 / (1 + exp(-1.702 * x[i]));
    double exact = 0.5 * erfc(-x[i] / sqrt(2)) + x[i] * exp(-x[i] * x[i] / 2) / sqrt(2 * acos(-1));
    dx[i] = dy[i] * (form == CK_GELU_EXACT ? exact : s + 1.702 * x[i] * s * (1 - s));
  }
}

static void row_statistics(size_t channels, double epsilon, const double *x, double *mean, double *deviation) {
  double sum = 0, square = 0;
  for (size_t i = 0; i < channels; i++) sum += x[i];
  *mean = sum / (double)channels;
  for (size_t i = 0; i < channels; i++) square += (x[i] - *mean) * (x[i] - *mean);
  *deviation = sqrt(square / (double)channels + epsilon);
}

void ck_reference_layer_norm_forward(size_t rows, size_t channels, double epsilon, const double *x,
                                     const double *scale, const double *offset, double *y) {
  for (size_t row = 0; row < rows; row++, x += channels, y += channels) {
    double mean, deviation;
    row_statistics(channels, epsilon, x, &mean, &deviation);
    for (size_t i = 0; i < channels; i++) y[i] = scale[i] * (x[i] - mean) / deviation + offset[i];
  }
}

void ck_reference_layer_norm_backward(size_t rows, size_t channels, double epsilon, const double *x,
                                      const double *scale, const double *dy, double *dx, double *dscale,
                                      double *doffset) {
  for (size_t i = 0; i < channels; i++) dscale[i] = doffset[i] = 0;
  for (size_t row = 0; row < rows; row++, x += channels, dy += channels, dx += channels) {
    double mean, deviation, sum = 0, product = 0;
    row_statistics(channels, epsilon, x, &mean, &deviation);
    for (size_t i = 0; i < channels; i++) {
      double normalized = (x[i] - mean) / deviation;
      dscale[i] += dy[i] * normalized;
      doffset[i] += dy[i];
      sum += dy[i] * scale[i];
      product += dy[i] * scale[i] * normalized;
    }
    for (size_t i = 0; i < channels; i++) {
      double normalized = (x[i] - mean) / deviation;
      dx[i] = (dy[i] * scale[i] - (sum + normalized * product) / (double)channels) / deviation;
    }
  }
}

// Element (token, i) of matrix `part` (0 Q, 1 K, 2 V) of a head.
static size_t element(const ck_attention *s, size_t sequence, size_t token, size_t part, size_t head, size_t i) {
  return ((sequence * s->tokens + token) * 3 + part) * s->width + head * (s->width / s->heads) + i;
}

// The weights of one query, at most `tokens`; those behind the mask are 0.
static void query_weights(const ck_attention *s, size_t sequence, size_t head, size_t query, const double *qkv,
                          double *weights) {
  size_t depth = s->width / s->heads, limit = s->is_causal ? query + 1 : s->tokens;
  double largest = -INFINITY, sum = 0;
  for (size_t key = 0; key < s->tokens; key++) {
    weights[key] = 0;
    for (size_t i = 0; i < depth; i++) {
      weights[key] += qkv[element(s, sequence, query, 0, head, i)] * qkv[element(s, sequence, key, 1, head, i)];
    }
    weights[key] /= sqrt((double)depth);
    if (key < limit && weights[key] > largest) largest = weights[key];
  }
  for (size_t key = 0; key < s->tokens; key++) {
    weights[key] = key < limit ? exp(weights[key] - largest) : 0;
    sum += weights[key];
  }
  for (size_t key = 0; key < s->tokens; key++) weights[key] /= sum;
}

void ck_reference_attention_forward(const ck_attention *s, const double *qkv, double *y) {
  size_t depth = s->width / s->heads;
  double *weights = malloc(s->tokens * sizeof *weights);
  for (size_t sequence = 0; sequence < s->batch; sequence++) {
    for (size_t query = 0; query < s->tokens; query++) {
      for (size_t head = 0; head < s->heads; head++) {
        query_weights(s, sequence, head, query, qkv, weights);
        for (size_t i = 0; i < depth; i++) {
          double sum = 0;
          for (size_t key = 0; key < s->tokens; key++) {
            sum += weights[key] * qkv[element(s, sequence, key, 2, head, i)];
          }
          *y++ = sum;
        }
      }
    }
  }
  free(weights);
}

void ck_reference_attention_backward(const ck_attention *s, const double *qkv, const double *dy, double *dqkv) {
  size_t depth = s->width / s->heads;
  double *weights = malloc(2 * s->tokens * sizeof *weights), *gradient = weights + s->tokens;
  for (size_t i = 0; i < s->batch * s->tokens * 3 * s->width; i++) dqkv[i] = 0;
  for (size_t sequence = 0; sequence < s->batch; sequence++) {
    for (size_t query = 0; query < s->tokens; query++) {
      for (size_t head = 0; head < s->heads; head++, dy += depth) {
        query_weights(s, sequence, head, query, qkv, weights);
        double mean = 0;
        for (size_t key = 0; key < s->tokens; key++) {
          gradient[key] = 0;
          for (size_t i = 0; i < depth; i++) {
            size_t value = element(s, sequence, key, 2, head, i);
            gradient[key] += dy[i] * qkv[value];
            dqkv[value] += weights[key] * dy[i];
          }
          mean += weights[key] * gradient[key];
        }
        for (size_t key = 0; key < s->tokens; key++) {
          double score = weights[key] * (gradient[key] - mean) / sqrt((double)depth);
          for (size_t i = 0; i < depth; i++) {
            size_t q = element(s, sequence, query, 0, head, i), k = element(s, sequence, key, 1, head, i);
            dqkv[q] += score * qkv[k];
            dqkv[k] += score * qkv[q];
          }
        }
      }
    }
  }
  free(weights);
}

void ck_reference_positions_forward(size_t batch, size_t tokens, size_t width, const double *x, const double *token,
                                    const double *positions, double *y) {
  for (size_t sequence = 0; sequence < batch; sequence++) {
    for (size_t i = 0; i < tokens * width; i++) {
      *y++ = (token && i < width ? token[i] : *x++) + positions[i];
    }
  }
}

void ck_reference_positions_backward(size_t batch, size_t tokens, size_t width, bool has_token, const double *dy,
                                     double *dx, double *dtoken, double *dpositions) {
  for (size_t i = 0; i < width; i++) dtoken[i] = 0;
  for (size_t i = 0; i < tokens * width; i++) dpositions[i] = 0;
  for (size_t sequence = 0; sequence < batch; sequence++) {
    for (size_t i = 0; i < tokens * width; i++, dy++) {
      dpositions[i] += *dy;
      if (has_token && i < width) dtoken[i] += *dy;
      else *dx++ = *dy;
    }
  }
}
