// The matrices of Winograd's convolution with six points, as straight-line code on vectors.
//
// A correlation of d₀ … d₅ with r taps gives m = 7 − r outputs, y = Aᵀ[(G·w) ⊙ (Bᵀ·d)], with six multiplications
// instead of m·r (Winograd 1980; Lavin and Gray 2016). The points are 0, 1, −1, 2, −½ and ∞;
// Docs/Derivations/winograd.md derives the matrices.
// Goals, in order: (1) small rounding error: of the points that give 2e-6 to 4e-6 in two dimensions these have the
// fewest operations; ±½ and ±2 together lose twice as much; (2) one data transform for r = 2 and r = 3: Bᵀ depends
// on the points alone; (3) few operations: 14 for Bᵀ, 14 for Aᵀ.
#ifndef CK_WINOGRAD_TRANSFORMS_H
#define CK_WINOGRAD_TRANSFORMS_H

#include "Machine/lanes.h"

enum { CK_POINTS = 6 };

// v = Bᵀ·d. Both are six vectors, `d_step` and `v_step` apart.
CK_INLINE void ck_winograd_data(const ck_lanes *d, const size_t d_step, ck_lanes *v, const size_t v_step) {
  ck_lanes d0 = d[0], d1 = d[d_step], d2 = d[2 * d_step], d3 = d[3 * d_step], d4 = d[4 * d_step];
  ck_lanes d5 = d[5 * d_step];
  ck_lanes even = d4 - d2, odd = d3 - d1;
  ck_lanes sum = even - 1.5f * d3, difference = odd - 1.5f * d2;
  v[0] = (d0 - d2) + (even - 1.5f * odd);
  v[v_step] = sum + difference;
  v[2 * v_step] = sum - difference;
  v[3 * v_step] = even + 0.5f * odd;
  v[4 * v_step] = even - 2.0f * odd;
  v[5 * v_step] = (d5 - d3) - (odd + 1.5f * even);
}

// y = Aᵀ·s, m = 4 or 5 outputs of six sums.
CK_INLINE void ck_winograd_output(const size_t m, const ck_lanes *s, const size_t s_step, ck_lanes *y,
                                  const size_t y_step) {
  ck_lanes s3 = s[3 * s_step], s4 = s[4 * s_step], last = s[5 * s_step];
  ck_lanes even = s[s_step] + s[2 * s_step], odd = s[s_step] - s[2 * s_step];
  y[0] = s[0] + even + (s3 + s4);
  y[y_step] = odd + (2.0f * s3 - 0.5f * s4);
  y[2 * y_step] = even + (4.0f * s3 + 0.25f * s4);
  y[3 * y_step] = odd + (8.0f * s3 - 0.125f * s4);
  if (m == 4) y[3 * y_step] += last;
  else y[4 * y_step] = even + (16.0f * s3 + 0.0625f * s4) + last;
}

// s = A·y, the adjoint of the output's.
CK_INLINE void ck_winograd_output_adjoint(const size_t m, const ck_lanes *y, const size_t y_step, ck_lanes *s,
                                          const size_t s_step) {
  ck_lanes y0 = y[0], y1 = y[y_step], y2 = y[2 * y_step], y3 = y[3 * y_step];
  ck_lanes last = m == 4 ? y3 : y[4 * y_step], y4 = m == 4 ? (ck_lanes){0} : last;
  ck_lanes even = y0 + y2 + y4, odd = y1 + y3;
  s[0] = y0;
  s[s_step] = even + odd;
  s[2 * s_step] = even - odd;
  s[3 * s_step] = y0 + 2.0f * (y1 + 2.0f * (y2 + 2.0f * (y3 + 2.0f * y4)));
  s[4 * s_step] = y0 - 0.5f * (y1 - 0.5f * (y2 - 0.5f * (y3 - 0.5f * y4)));
  s[5 * s_step] = last;
}

// u = G·w, six numbers of r = 2 or 3 taps.
CK_INLINE void ck_winograd_filter(const size_t r, const ck_lanes *w, const size_t w_step, ck_lanes *u,
                                  const size_t u_step) {
  ck_lanes w0 = w[0], w1 = w[w_step], w2 = r == 3 ? w[2 * w_step] : (ck_lanes){0};
  u[0] = w0;
  u[u_step] = (-1.0f / 3) * (w0 + w2 + w1);
  u[2 * u_step] = (1.0f / 3) * (w0 + w2 - w1);
  u[3 * u_step] = (1.0f / 15) * (w0 + 2.0f * w1 + 4.0f * w2);
  u[4 * u_step] = (-16.0f / 15) * (w0 - 0.5f * w1 + 0.25f * w2);
  u[5 * u_step] = r == 3 ? w2 : w1;
}

// w = Gᵀ·u, the adjoint of the filter's.
CK_INLINE void ck_winograd_filter_adjoint(const size_t r, const ck_lanes *u, const size_t u_step, ck_lanes *w,
                                          const size_t w_step) {
  ck_lanes u1 = (1.0f / 3) * u[u_step], u2 = (1.0f / 3) * u[2 * u_step], u3 = (1.0f / 15) * u[3 * u_step];
  ck_lanes u4 = (16.0f / 15) * u[4 * u_step], last = u[5 * u_step];
  ck_lanes even = u2 - u1, odd = -u1 - u2;
  w[0] = u[0] + even + (u3 - u4);
  w[w_step] = odd + (2.0f * u3 + 0.5f * u4);
  if (r == 2) w[w_step] += last;
  else w[2 * w_step] = even + (4.0f * u3 - 0.25f * u4) + last;
}

#endif
