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
  uint8_t *row;  // RGB or RGBA

  ic_bytes left;       // reading
  size_t most_memory;  // that libpng may take at once
  ic_header header;
  ic_metadata metadata;

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

// libpng takes memory for all that an eXIf chunk says it holds, before it looks for it and whatever limit was set.
static png_voidp on_malloc(png_structp png, png_alloc_size_t size) {
  const context_t *context = png_get_mem_ptr(png);
  return size <= context->most_memory ? malloc(size) : NULL;
}

static void on_free(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

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
  context->most_memory = IC_MAX_PNG_CHUNK;
  prepare(context, png_create_read_struct_2(PNG_LIBPNG_VER_STRING, context, on_error, on_warning, context, on_malloc,
                                            on_free));
  png_structp png = context->png;
  png_infop info = context->info;
  png_set_read_fn(png, context, on_read);
  png_set_chunk_malloc_max(png, IC_MAX_PNG_CHUNK);
  // Text is not even unpacked: a thousand chunks of it could unpack to gigabytes.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, (const png_byte *)"iCCP\0eXIf", 2);
  png_read_info(png, info);
  context->header.width = png_get_image_width(png, info);
  context->header.height = png_get_image_height(png, info);
  context->header.has_alpha =
      (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
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

static void read_metadata(context_t *context) {
  png_charp name;
  int compression;
  png_bytep bytes;
  png_uint_32 count;
  if (png_get_iCCP(context->png, context->info, &name, &compression, &bytes, &count) != 0 && count > 0) {
    if (!ic_copy(bytes, count, &context->metadata.color_profile)) {
      png_error(context->png, "there is no memory for its color profile");
    }
  }
  if (png_get_eXIf_1(context->png, context->info, &count, &bytes) != 0 && count > 0) {
    if (!ic_copy(bytes, count, &context->metadata.exif)) {
      png_error(context->png, "there is no memory for its Exif block");
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
  context->most_memory = SIZE_MAX;  // of rows, whose length the caller has allowed
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
  context->most_memory = IC_MAX_PNG_CHUNK;
  png_read_end(png, context->info);
  read_metadata(context);
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

bool ic_decode_png(ic_bytes file, uint8_t *pixels, uint8_t *alpha, ic_metadata *metadata, char *message) {
  context_t context = {.message = message, .left = file};
  ic_say(message, "libpng could not start");
  bool decoded = decode(&context, pixels, alpha);
  png_destroy_read_struct(&context.png, &context.info, NULL);
  free(context.row);
  if (decoded) {
    *metadata = context.metadata;
  } else {
    ic_free_metadata(&context.metadata);
  }
  return decoded;
}

static void write_rows(context_t *context, const ic_picture *picture) {
  size_t width = picture->width;
  if (picture->alpha != NULL) take_row(context, 4);
  for (size_t y = 0; y < picture->height; y++) {
    const uint8_t *rgb = picture->pixels + y * width * 3;
    if (picture->alpha == NULL) {
      png_write_row(context->png, rgb);
      continue;
    }
    for (size_t x = 0; x < width; x++) {
      memcpy(context->row + x * 4, rgb + x * 3, 3);
      context->row[x * 4 + 3] = picture->alpha[y * width + x];
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
  // A malformed profile is a reason to leave it out, not to write nothing.
  png_set_benign_errors(png, 1);
  png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
               picture->alpha == NULL ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  ic_bytes profile = picture->metadata.color_profile, exif = picture->metadata.exif;
  if (profile.count > IC_MAX_PNG_CHUNK) png_error(png, "its color profile is larger than 16 MiB");
  if (exif.count > IC_MAX_PNG_CHUNK) png_error(png, "its Exif block is larger than 16 MiB");
  if (profile.count > 0) {
    png_set_iCCP(png, info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, profile.bytes, (png_uint_32)profile.count);
  }
  if (exif.count > 0) png_set_eXIf_1(png, info, (png_uint_32)exif.count, (png_bytep)exif.bytes);
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
