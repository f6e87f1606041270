// HEIC by libheif, which turns pictures upright by itself. Without IC_HEIC there is nothing here.
#ifdef IC_HEIC

#include <libheif/heif.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

typedef struct {
  struct heif_context *context;
  struct heif_image_handle *picture;  // the one that the file is about
} photo_t;

// The library's sentences end with a line's end.
static void say_error(char *message, struct heif_error error) {
  ic_say(message, error.message);
  message[strcspn(message, "\n")] = 0;
}

static void close_photo(photo_t *photo) {
  heif_image_handle_release(photo->picture);
  heif_context_free(photo->context);
}

static bool open_photo(ic_bytes file, photo_t *photo, char *message) {
  *photo = (photo_t){.context = heif_context_alloc()};
  if (photo->context == NULL) {
    ic_say(message, "there is no memory for it");
    return false;
  }
  struct heif_error error = heif_context_read_from_memory_without_copy(photo->context, file.bytes, file.count, NULL);
  if (error.code == heif_error_Ok) error = heif_context_get_primary_image_handle(photo->context, &photo->picture);
  if (error.code == heif_error_Ok) return true;
  say_error(message, error);
  close_photo(photo);
  return false;
}

bool ic_read_heic_header(ic_bytes file, ic_header *header, char *message) {
  photo_t photo;
  if (!open_photo(file, &photo, message)) return false;
  const int width = heif_image_handle_get_width(photo.picture), height = heif_image_handle_get_height(photo.picture);
  const int depth = heif_image_handle_get_luma_bits_per_pixel(photo.picture);
  *header = (ic_header){.width = (size_t)width,
                        .height = (size_t)height,
                        .has_alpha = heif_image_handle_has_alpha_channel(photo.picture),
                        .depth = depth > 0 ? depth : 8};
  close_photo(&photo);
  if (width > 0 && height > 0) return true;
  ic_say(message, "it says no size");
  return false;
}

// Takes the pixels over, if they are as many as the header said.
static bool take_pixels(const struct heif_image *image, const photo_t *photo, uint8_t *pixels, uint8_t *alpha) {
  const int width = heif_image_get_width(image, heif_channel_interleaved);
  const int height = heif_image_get_height(image, heif_channel_interleaved);
  int stride;
  const uint8_t *rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  if (rows == NULL || width != heif_image_handle_get_width(photo->picture) ||
      height != heif_image_handle_get_height(photo->picture)) {
    return false;
  }
  for (int y = 0; y < height; y++) {
    const uint8_t *row = rows + (size_t)y * (size_t)stride;
    const size_t first = (size_t)y * (size_t)width;
    if (alpha == NULL) {
      memcpy(pixels + 3 * first, row, 3 * (size_t)width);
    } else {
      ic_separate(row, (size_t)width, pixels + 3 * first, alpha + first);
    }
  }
  return true;
}

bool ic_decode_heic(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message) {
  photo_t photo;
  if (!open_photo(file, &photo, message)) return false;
  struct heif_decoding_options *options = heif_decoding_options_alloc();
  if (options != NULL) options->convert_hdr_to_8bit = 1;
  struct heif_image *image = NULL;
  const struct heif_error error =
      heif_decode_image(photo.picture, &image, heif_colorspace_RGB,
                        alpha == NULL ? heif_chroma_interleaved_RGB : heif_chroma_interleaved_RGBA, options);
  const bool is_decoded = error.code == heif_error_Ok && take_pixels(image, &photo, pixels, alpha);
  if (error.code != heif_error_Ok) {
    say_error(message, error);
  } else if (!is_decoded) {
    ic_say(message, "its pixels are others than it announces");
  }
  heif_image_release(image);
  heif_decoding_options_free(options);
  close_photo(&photo);
  return is_decoded;
}

// A copy of a block of metadata, from `start` on; nothing where there is none of that kind, or too much of it.
static ic_bytes block(const photo_t *photo, const char *kind, const char *content, size_t start) {
  heif_item_id ids[16];
  const int count = heif_image_handle_get_list_of_metadata_block_IDs(photo->picture, kind, ids, 16);
  for (int index = 0; index < count; index++) {
    const size_t size = heif_image_handle_get_metadata_size(photo->picture, ids[index]);
    const char *found = heif_image_handle_get_metadata_content_type(photo->picture, ids[index]);
    if ((content != NULL && (found == NULL || strcmp(found, content) != 0)) || size <= start || size > IC_MAX_BLOCK)
      continue;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) continue;
    if (heif_image_handle_get_metadata(photo->picture, ids[index], bytes).code == heif_error_Ok) {
      memmove(bytes, bytes + start, size - start);
      return (ic_bytes){bytes, size - start};
    }
    free(bytes);
  }
  return (ic_bytes){0};
}

static ic_bytes profile(const photo_t *photo) {
  const enum heif_color_profile_type type = heif_image_handle_get_color_profile_type(photo->picture);
  const size_t size = heif_image_handle_get_raw_color_profile_size(photo->picture);
  if ((type != heif_color_profile_type_prof && type != heif_color_profile_type_rICC) || size == 0 ||
      size > IC_MAX_BLOCK) {
    return (ic_bytes){0};
  }
  uint8_t *bytes = malloc(size);
  if (bytes != NULL && heif_image_handle_get_raw_color_profile(photo->picture, bytes).code == heif_error_Ok) {
    return (ic_bytes){bytes, size};
  }
  free(bytes);
  return (ic_bytes){0};
}

// Whether a picture without a profile has the primaries of sRGB, or does not say.
static bool is_srgb(const photo_t *photo) {
  struct heif_color_profile_nclx *colors = NULL;
  if (heif_image_handle_get_nclx_color_profile(photo->picture, &colors).code != heif_error_Ok) return true;
  const bool is_srgb = colors->color_primaries == heif_color_primaries_ITU_R_BT_709_5 ||
                       colors->color_primaries == heif_color_primaries_unspecified;
  heif_nclx_color_profile_free(colors);
  return is_srgb;
}

bool ic_read_heic_blocks(ic_bytes file, ic_blocks *blocks, char *message) {
  photo_t photo;
  if (!open_photo(file, &photo, message)) return false;
  // Before the TIFF block four bytes say how far it is; all writers put it right behind them, after “Exif\0\0” at
  // most.
  *blocks = (ic_blocks){.profile = profile(&photo),
                        .exif = block(&photo, "Exif", NULL, 4),
                        .xmp = block(&photo, "mime", "application/rdf+xml", 0),
                        .has_other_colors = !is_srgb(&photo),
                        .pictures = (size_t)heif_context_get_number_of_top_level_images(photo.context)};
  close_photo(&photo);
  return true;
}

#else
typedef int ic_without_heic;  // C asks for a declaration
#endif
