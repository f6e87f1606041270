// The ends of a transformer: rows looked up in a table, and a token and positions that are learned.
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ck_transformer.h"
#include "Machine/blocks.h"

void ck_add_rows(size_t count, size_t width, const uint32_t *rows, const float *dy, float *dtable) {
  for (size_t i = 0; i < count; i++) {
    float *restrict target = dtable + rows[i] * width;
    const float *restrict source = dy + i * width;
    for (size_t j = 0; j < width; j++) target[j] += source[j];
  }
}

void ck_positions_forward(size_t batch, size_t tokens, size_t width, const float *x, const float *token,
                          const float *positions, float *y) {
  size_t first = token ? 1 : 0, own = (tokens - first) * width;
  for (size_t sequence = 0; sequence < batch; sequence++) {
    float *restrict out = y + sequence * tokens * width;
    if (token) {
      for (size_t i = 0; i < width; i++) out[i] = token[i] + positions[i];
    }
    const float *restrict in = x + sequence * own, *restrict added = positions + first * width;
    out += first * width;
    for (size_t i = 0; i < own; i++) out[i] = in[i] + added[i];
  }
}

// Sums over sequences in their order, in double.
static void add_sequences(size_t batch, size_t distance, size_t count, const float *from, float *sums) {
  for (size_t i = 0; i < count; i++) {
    double sum = 0;
    for (size_t sequence = 0; sequence < batch; sequence++) sum += (double)from[sequence * distance + i];
    sums[i] = (float)sum;
  }
}

void ck_positions_backward(size_t batch, size_t tokens, size_t width, bool has_token, const float *dy, float *dx,
                           float *dtoken, float *dpositions) {
  size_t first = has_token ? 1 : 0, own = (tokens - first) * width;
  if (dx) {
    for (size_t sequence = 0; sequence < batch; sequence++) {
      memcpy(dx + sequence * own, dy + (sequence * tokens + first) * width, own * sizeof(float));
    }
  }
  if (dtoken) add_sequences(batch, tokens * width, width, dy, dtoken);
  if (dpositions) add_sequences(batch, tokens * width, tokens * width, dy, dpositions);
}
