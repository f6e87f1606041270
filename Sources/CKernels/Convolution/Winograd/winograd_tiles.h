// A tile between the picture and its 36 points.
#ifndef CK_WINOGRAD_TILES_H
#define CK_WINOGRAD_TILES_H

#include <stdbool.h>

#include "Convolution/Winograd/winograd.h"

// A window of `size` × `size` pixels of a picture; those outside of it are zero.
typedef struct {
  const float *pixels;  // of the first row and column, which may lie outside
  ptrdiff_t row_distance, column_distance;
  // The rows and columns inside.
  size_t first_row, end_row, first_column, end_column;
} ck_window;

CK_INLINE void ck_inside(ck_winograd_axis axis, ptrdiff_t first, size_t size, size_t count, size_t *begin,
                         size_t *end) {
  *begin = 0;
  while (*begin < count && first + axis.step * (ptrdiff_t)*begin < 0) ++*begin;
  *end = *begin;
  while (*end < count && first + axis.step * (ptrdiff_t)*end < (ptrdiff_t)size) ++*end;
}

// The window of `count` × `count` pixels that a tile of the batch touches in pictures of the given size.
CK_INLINE ck_window ck_window_of(const ck_winograd_plan *plan, const ck_winograd_axis axes[2], size_t tile,
                                 const float *pictures, size_t height, size_t width, size_t channels, size_t count) {
  size_t column = tile % plan->tile_columns, row = tile / plan->tile_columns % plan->tile_rows;
  size_t image = tile / plan->tile_columns / plan->tile_rows, outputs = plan->outputs;
  const float *picture = pictures + image * height * width * channels;
  ptrdiff_t top = axes[0].first + axes[0].step * (ptrdiff_t)(row * outputs);
  ptrdiff_t left = axes[1].first + axes[1].step * (ptrdiff_t)(column * outputs);
  ck_window window = {
      .pixels = picture + (top * (ptrdiff_t)width + left) * (ptrdiff_t)channels,
      .row_distance = axes[0].step * (ptrdiff_t)(width * channels),
      .column_distance = axes[1].step * (ptrdiff_t)channels,
  };
  ck_inside(axes[0], top, height, count, &window.first_row, &window.end_row);
  ck_inside(axes[1], left, width, count, &window.first_column, &window.end_column);
  return window;
}

// d = the window's pixels in 16 channels, [count][count].
CK_INLINE void ck_window_load(const ck_window *window, size_t channel, const size_t count, ck_lanes *d) {
  bool whole =
      window->first_row == 0 && window->end_row == count && window->first_column == 0 && window->end_column == count;
  CK_UNROLLED for (size_t i = 0; i < count; i++) {
    const float *row = window->pixels + (ptrdiff_t)i * window->row_distance + channel;
    bool row_inside = i >= window->first_row && i < window->end_row;
    CK_UNROLLED for (size_t j = 0; j < count; j++) {
      if (whole || (row_inside && j >= window->first_column && j < window->end_column)) {
        ck_load(&d[i * count + j], row + (ptrdiff_t)j * window->column_distance);
      } else {
        d[i * count + j] = (ck_lanes){0};
      }
    }
  }
}

// points[36][tiles][channels] of a window: Bᵀ·d·B.
CK_INLINE void ck_transform_window(const ck_window *window, size_t channels, float *points, size_t point_distance) {
  for (size_t channel = 0; channel < channels; channel += 16) {
    ck_lanes d[CK_TILE], columns[CK_TILE], rows[CK_POINTS];
    ck_window_load(window, channel, CK_POINTS, d);
    CK_UNROLLED for (size_t j = 0; j < CK_POINTS; j++) { ck_winograd_data(d + j, CK_POINTS, columns + j, CK_POINTS); }
    CK_UNROLLED for (size_t i = 0; i < CK_POINTS; i++) {
      ck_winograd_data(columns + i * CK_POINTS, 1, rows, 1);
      CK_UNROLLED for (size_t j = 0; j < CK_POINTS; j++) {
        ck_store(points + (i * CK_POINTS + j) * point_distance + channel, &rows[j]);
      }
    }
  }
}

#endif
