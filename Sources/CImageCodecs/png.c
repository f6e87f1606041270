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

  const uint8_t *next;  // reading
  size_t left;
  ic_picture picture;
  uint8_t *scratch;  // RGBA: one row, or all rows of an interlaced file
  png_bytep *rows;

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
  if (count > context->left) png_error(png, "the file ends too early");
  memcpy(out, context->next, count);
  context->next += count;
  context->left -= count;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  context_t *context = png_get_io_ptr(png);
  if (!ic_reserve(&context->file, count)) png_error(png, "there is no memory for the file");
  memcpy(context->file.bytes + context->file.count, bytes, count);
  context->file.count += count;
}

static void on_flush(png_structp png) { (void)png; }

static void over_white(const uint8_t *rgba, size_t pixels, uint8_t *rgb) {
  for (size_t i = 0; i < pixels; i++, rgba += 4, rgb += 3) {
    unsigned alpha = rgba[3];
    for (size_t c = 0; c < 3; c++) rgb[c] = (uint8_t)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}

static bool decode(context_t *context) {
  if (setjmp(context->failed)) return false;
  context->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, context, on_error, on_warning);
  if (context->png == NULL) return false;
  png_structp png = context->png;
  context->info = png_create_info_struct(png);
  if (context->info == NULL) png_error(png, "there is no memory to read it");
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_read_fn(png, context, on_read);
  png_read_info(png, context->info);

  size_t width = png_get_image_width(png, context->info), height = png_get_image_height(png, context->info);
  if (!ic_allocate_picture(&context->picture, width, height, context->message)) return false;
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  bool interlaced = png_set_interlace_handling(png) > 1;
  png_read_update_info(png, context->info);
  if (png_get_rowbytes(png, context->info) != width * 4) png_error(png, "its pixel format is unknown");

  context->scratch = malloc(width * 4 * (interlaced ? height : 1));
  if (context->scratch == NULL) png_error(png, "there is no memory to read it");
  if (interlaced) {
    context->rows = malloc(height * sizeof *context->rows);
    if (context->rows == NULL) png_error(png, "there is no memory to read it");
    for (size_t y = 0; y < height; y++) context->rows[y] = context->scratch + y * width * 4;
    png_read_image(png, context->rows);
    over_white(context->scratch, width * height, context->picture.pixels);
  } else {
    for (size_t y = 0; y < height; y++) {
      png_read_row(png, context->scratch, NULL);
      over_white(context->scratch, width, context->picture.pixels + y * width * 3);
    }
  }
  png_read_end(png, NULL);
  return true;
}

bool ic_decode_png(const uint8_t *bytes, size_t count, ic_picture *picture, char *message) {
  context_t context = {.message = message, .next = bytes, .left = count};
  ic_say(message, "libpng could not start");
  bool decoded = decode(&context);
  png_destroy_read_struct(&context.png, &context.info, NULL);
  free(context.scratch);
  free(context.rows);
  if (decoded) {
    *picture = context.picture;
  } else {
    free(context.picture.pixels);
  }
  return decoded;
}

static bool encode(context_t *context, const ic_picture *picture) {
  if (setjmp(context->failed)) return false;
  context->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, context, on_error, on_warning);
  if (context->png == NULL) return false;
  png_structp png = context->png;
  context->info = png_create_info_struct(png);
  if (context->info == NULL) png_error(png, "there is no memory to write it");
  png_set_write_fn(png, context, on_write, on_flush);
  png_set_IHDR(png, context->info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, context->info);
  for (size_t y = 0; y < picture->height; y++) png_write_row(png, picture->pixels + y * picture->width * 3);
  png_write_end(png, context->info);
  return true;
}

bool ic_encode_png(const ic_picture *picture, ic_file *file, char *message) {
  context_t context = {.message = message};
  ic_say(message, "libpng could not start");
  bool encoded = encode(&context, picture);
  png_destroy_write_struct(&context.png, &context.info);
  if (encoded) {
    *file = (ic_file){context.file.bytes, context.file.count};
  } else {
    free(context.file.bytes);
  }
  return encoded;
}
