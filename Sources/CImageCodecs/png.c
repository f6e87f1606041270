#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

// What must survive a longjmp lives here, in the frame of the caller of the function that calls setjmp.
typedef struct {
  jmp_buf failed;
  char *message;
  png_structp png;
  png_infop info;
  uint8_t *row;  // as libpng reads or writes it

  ic_bytes left;  // reading
  ic_header header;

  ic_growing file;  // writing
} context_t;

static void on_error(png_structp png, png_const_charp text) {
  context_t *context = png_get_error_ptr(png);
  ic_say(context->message, text);
  longjmp(context->failed, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void on_read(png_structp png, png_bytep out, size_t count) {
  context_t *context = png_get_io_ptr(png);
  if (count > context->left.count) png_error(png, "the file ends too early");
  memcpy(out, context->left.bytes, count);
  context->left.bytes += count;
  context->left.count -= count;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  context_t *context = png_get_io_ptr(png);
  if (!ic_reserve(&context->file, count)) png_error(png, "there is no memory for the file");
  memcpy(context->file.bytes + context->file.count, bytes, count);
  context->file.count += count;
}

static void on_flush(png_structp png) { (void)png; }

// Makes what reading and writing share; `png` is NULL when libpng could not start.
static void prepare(context_t *context, png_structp png) {
  context->png = png;
  if (png == NULL) longjmp(context->failed, 1);
  context->info = png_create_info_struct(png);
  if (context->info == NULL) png_error(png, "there is no memory for it");
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
}

static void take_row(context_t *context, size_t channels) {
  context->row = malloc(context->header.width * channels);
  if (context->row == NULL) png_error(context->png, "there is no memory for a row of it");
}

static void read_header(context_t *context) {
  prepare(context, png_create_read_struct(PNG_LIBPNG_VER_STRING, context, on_error, on_warning));
  png_structp png = context->png;
  png_infop info = context->info;
  png_set_read_fn(png, context, on_read);
  png_set_chunk_malloc_max(png, IC_MAX_PNG_CHUNK);
  // Nothing but pixels and transparency is unpacked: a thousand chunks of text could unpack to gigabytes.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  context->header.width = png_get_image_width(png, info);
  context->header.height = png_get_image_height(png, info);
  context->header.has_alpha =
      (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  context->header.is_gray = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0;
  context->header.depth = png_get_bit_depth(png, info);
}

// The pixels of a pass are those at (x + i·dx, y + j·dy); without interlacing there is one pass.
typedef struct {
  size_t x, y, dx, dy;
} pass_t;

static void read_pass(context_t *context, pass_t pass, uint8_t *pixels, uint8_t *alpha) {
  size_t width = context->header.width, height = context->header.height;
  if (pass.x >= width) return;
  for (size_t y = pass.y; y < height; y += pass.dy) {
    png_read_row(context->png, context->row, NULL);
    const uint8_t *value = context->row;
    for (size_t pixel = y * width + pass.x; pixel < (y + 1) * width; pixel += pass.dx) {
      for (size_t c = 0; c < 3; c++) pixels[pixel * 3 + c] = *value++;
      if (alpha != NULL) alpha[pixel] = *value++;
    }
  }
}

static bool announce(context_t *context) {
  if (setjmp(context->failed)) return false;
  read_header(context);
  return true;
}

static bool decode(context_t *context, uint8_t *pixels, uint8_t *alpha) {
  if (setjmp(context->failed)) return false;
  read_header(context);
  png_structp png = context->png;
  size_t channels = context->header.has_alpha ? 4 : 3;
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  // libpng hands out the passes of an interlaced file as they are stored: were it to combine them, it would
  // want all rows at once, in memory beside the picture's own.
  png_read_update_info(png, context->info);
  if (png_get_rowbytes(png, context->info) != context->header.width * channels) {
    png_error(png, "its pixel format is unknown");
  }
  take_row(context, channels);
  if (png_get_interlace_type(png, context->info) == PNG_INTERLACE_NONE) {
    read_pass(context, (pass_t){0, 0, 1, 1}, pixels, alpha);
  } else {
    for (int i = 0; i < PNG_INTERLACE_ADAM7_PASSES; i++) {
      pass_t pass = {PNG_PASS_START_COL(i), PNG_PASS_START_ROW(i), (size_t)1 << PNG_PASS_COL_SHIFT(i),
                     (size_t)1 << PNG_PASS_ROW_SHIFT(i)};
      read_pass(context, pass, pixels, alpha);
    }
  }
  png_read_end(png, context->info);
  return true;
}

bool ic_read_png_header(ic_bytes file, ic_header *header, char *message) {
  context_t context = {.message = message, .left = file};
  ic_say(message, "libpng could not start");
  bool read = announce(&context);
  png_destroy_read_struct(&context.png, &context.info, NULL);
  if (read) *header = context.header;
  return read;
}

bool ic_decode_png(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message) {
  context_t context = {.message = message, .left = file};
  ic_say(message, "libpng could not start");
  bool decoded = decode(&context, pixels, alpha);
  png_destroy_read_struct(&context.png, &context.info, NULL);
  free(context.row);
  return decoded;
}

static void write_rows(context_t *context, const ic_picture *picture) {
  size_t width = picture->width, colors = picture->is_gray ? 1 : 3;
  take_row(context, colors + 1);
  for (size_t y = 0; y < picture->height; y++) {
    uint8_t *value = context->row;
    for (size_t pixel = y * width; pixel < (y + 1) * width; pixel++) {
      for (size_t c = 0; c < colors; c++) *value++ = picture->pixels[pixel * 3 + c];
      if (picture->has_alpha) *value++ = picture->alpha == NULL ? 255 : picture->alpha[pixel];
    }
    png_write_row(context->png, context->row);
  }
}

static bool encode(context_t *context, const ic_picture *picture) {
  if (setjmp(context->failed)) return false;
  prepare(context, png_create_write_struct(PNG_LIBPNG_VER_STRING, context, on_error, on_warning));
  png_structp png = context->png;
  png_infop info = context->info;
  png_set_write_fn(png, context, on_write, on_flush);
  png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
               (picture->is_gray ? 0 : PNG_COLOR_MASK_COLOR) | (picture->has_alpha ? PNG_COLOR_MASK_ALPHA : 0),
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  write_rows(context, picture);
  png_write_end(png, info);
  return true;
}

bool ic_encode_png(const ic_picture *picture, ic_bytes *file, char *message) {
  context_t context = {.message = message, .header = {.width = picture->width}};
  ic_say(message, "libpng could not start");
  bool encoded = encode(&context, picture);
  png_destroy_write_struct(&context.png, &context.info);
  free(context.row);
  if (encoded) {
    *file = (ic_bytes){context.file.bytes, context.file.count};
  } else {
    free(context.file.bytes);
  }
  return encoded;
}
