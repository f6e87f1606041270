// Attention and tokens. The conventions are those of CKernels.h.
#ifndef CK_TRANSFORMER_FAMILY_H
#define CK_TRANSFORMER_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Multi-head attention (Vaswani et al. 2017). Head h takes channels h·d ..< (h + 1)·d of Q, K and V, d = width/heads.
typedef struct {
  size_t batch, tokens, width, heads;
  bool is_causal;  // a token attends to itself and to those before it
} ck_attention;
// y[batch, tokens, width] = softmax(Q·Kᵀ/√d)·V, of qkv[batch, tokens, 3, width].
void ck_attention_forward(const ck_attention *shape, const float *qkv, float *y, int threads);
void ck_attention_backward(const ck_attention *shape, const float *qkv, const float *dy, float *dqkv, int threads);

// y[batch, tokens, width] = x + positions[tokens, width], where with a token[width] it stands before each sequence,
// which then has tokens − 1 of its own; token may be NULL.
void ck_positions_forward(size_t batch, size_t tokens, size_t width, const float *x, const float *token,
                          const float *positions, float *y);
// Sums over the batch for the token and the positions. Any output may be NULL.
void ck_positions_backward(size_t batch, size_t tokens, size_t width, bool has_token, const float *dy, float *dx,
                           float *dtoken, float *dpositions);
// dtable[rows[i]] += dy[i] for each i in order: the pullback of looking rows up in a table.
void ck_add_rows(size_t count, size_t width, const uint32_t *rows, const float *dy, float *dtable);

#ifdef __cplusplus
}
#endif

#endif
