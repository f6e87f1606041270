// Resizing by averaging whole pixels.
//
// Goals, in order: the mean to the last place, so that it can be compared with other implementations; speed,
// for a detector looks at a picture in ten sizes; any number of rows alone, for it walks them in bands.
// - Sums are of integers and exact: rows are added, then columns. The running sum along a row wraps around at
//   2³², and the difference of two of its places is right all the same.
// - A mean is one division of two numbers that are exact while a window has no more than 2¹⁶ pixels.
// - Rejected: a table of sums over the whole picture. It is read from memory for every size, where the rows of
//   one output stay in the cache.
#include <stdint.h>

#include "ck_images.h"
#include "ck_machine.h"
#include "Machine/blocks.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

typedef struct {
  const uint8_t *image;
  size_t width, channels;
  const ck_crop *crops;
  size_t out_height, out_width, first_row, row_count, bands;
  float offset, scale;
  float *out;
} resize_context;

enum { ROWS_OF_BAND = 16 };

// The source pixels of output `place` of `out` that share `length`: each that it overlaps.
CK_INLINE ck_range window(size_t place, size_t length, size_t out) {
  return (ck_range){place * length / out, ck_divide_up((place + 1) * length, out)};
}

CK_INLINE void add_rows(const resize_context *context, const ck_crop *crop, ck_range rows, size_t count,
                        uint32_t *restrict sum) {
  size_t row_length = context->width * context->channels;
  const uint8_t *restrict first =
      context->image + (crop->top + rows.begin) * row_length + crop->left * context->channels;
  for (size_t i = 0; i < count; i++) sum[i] = first[i];
  for (size_t row = 1; row < rows.end - rows.begin; row++) {
    const uint8_t *restrict source = first + row * row_length;
    for (size_t i = 0; i < count; i++) sum[i] += source[i];
  }
}

CK_INLINE void add_columns(size_t channels, size_t width, size_t out_width, const uint32_t *restrict begin,
                           const uint32_t *restrict end, const uint32_t *restrict sum, uint32_t *restrict running,
                           uint32_t *restrict total) {
  for (size_t channel = 0; channel < channels; channel++) running[channel] = 0;
  for (size_t i = 0; i < width * channels; i++) running[channels + i] = running[i] + sum[i];
  for (size_t place = 0; place < out_width; place++) {
    const uint32_t *restrict from = running + begin[place] * channels;
    const uint32_t *restrict to = running + end[place] * channels;
    for (size_t channel = 0; channel < channels; channel++) {
      total[place * channels + channel] = to[channel] - from[channel];
    }
  }
}

CK_INLINE void resize_band_body(void *opaque, size_t task) {
  const resize_context *context = opaque;
  size_t channels = context->channels, out_width = context->out_width, out_count = out_width * channels;
  size_t index = task / context->bands;
  const ck_crop *crop = context->crops + index;
  size_t count = crop->width * channels;
  uint32_t *sum = (uint32_t *)ck_scratch(CK_SCRATCH_TASK, 2 * (count + out_count + out_width) + channels);
  uint32_t *running = sum + count, *total = running + count + channels;
  uint32_t *begin = total + out_count, *end = begin + out_width;
  float *lengths = (float *)(end + out_width);  // of a window, for each value of a row
  for (size_t place = 0; place < out_width; place++) {
    ck_range columns = window(place, crop->width, out_width);
    begin[place] = (uint32_t)columns.begin;
    end[place] = (uint32_t)columns.end;
    for (size_t channel = 0; channel < channels; channel++) {
      lengths[place * channels + channel] = (float)(columns.end - columns.begin);
    }
  }
  ck_range band = ck_block_range(context->row_count, ROWS_OF_BAND, task % context->bands);
  for (size_t row = band.begin; row < band.end; row++) {
    ck_range rows = window(context->first_row + row, crop->height, context->out_height);
    add_rows(context, crop, rows, count, sum);
    if (channels == 3) {
      add_columns(3, crop->width, out_width, begin, end, sum, running, total);
    } else {
      add_columns(channels, crop->width, out_width, begin, end, sum, running, total);
    }
    float *restrict out = context->out + (index * context->row_count + row) * out_count;
    float height = (float)(rows.end - rows.begin), offset = context->offset, scale = context->scale;
    for (size_t i = 0; i < out_count; i++) {
      out[i] = ((float)total[i] / (height * lengths[i]) - offset) * scale;
    }
  }
}
CK_TASK(resize_band)

void ck_area_resize(const uint8_t *image, size_t width, size_t channels, size_t count, const ck_crop *crops,
                    size_t out_height, size_t out_width, size_t first_row, size_t row_count, float offset,
                    float scale, float *out, int threads) {
  size_t bands = ck_block_count(row_count, ROWS_OF_BAND);
  resize_context context = {image,     width,     channels, crops,  out_height, out_width,
                            first_row, row_count, bands,    offset, scale,      out};
  ck_parallel(count * bands, threads, resize_band, &context);
}
