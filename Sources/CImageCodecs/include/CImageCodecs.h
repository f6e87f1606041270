// PNG and JPEG in memory, on libpng and libjpeg-turbo, and where they are built WebP and HEIC, which are read alone.
// Pictures are 8-bit RGB, interleaved, row by row, with a plane of alpha beside them where the file has transparency.
// What a file holds beside its pixels is neither read nor written here.
//
// Private: only Imaging/ImageCodec.swift imports this module.
//
// A file is read in two steps, so that its caller can refuse its size before memory is taken for pixels, and
// has the pixels written where they are to stay. Every function returns true, or false with a fragment of a
// sentence in `message` and nothing left allocated. A file that lacks pixels is an error, not a picture with a
// gray lower half.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  IC_MESSAGE_SIZE = 256,  // bytes a caller provides for a message, its terminating zero included
  // Beyond its pixels, what a PNG file may make us hold at once: one chunk, packed or unpacked.
  IC_MAX_PNG_CHUNK = 16 << 20,
  // The most bytes of a block of metadata that is handed out.
  IC_MAX_BLOCK = 16 << 20,
  // Encoders in use make at most some twenty; each costs its reader a walk over the whole picture.
  IC_MAX_JPEG_SCANS = 100,
  // Up to here a JPEG file is made smaller by tables of its own, for which all of it is held, 6 bytes a pixel.
  IC_MAX_OPTIMIZED_PIXELS = 100000000,
};

typedef struct {
  const uint8_t *bytes;
  size_t count;
} ic_bytes;

typedef struct {
  size_t width, height;
  bool has_alpha;
  bool is_gray;  // of one value a pixel, besides alpha
  bool is_cmyk;
  int depth;  // bits a value
} ic_header;

typedef struct {
  size_t width, height;
  const uint8_t *pixels;  // width · height · 3
  const uint8_t *alpha;   // width · height, or NULL where all is opaque; colors are not multiplied by it
  bool has_alpha;         // a PNG is written with alpha, opaque or not
  bool is_gray;           // red is written as the one value of each pixel
} ic_picture;

// A header may announce any size that its format can say.
// PNG: palette, gray, 16-bit and interlaced files become 8-bit RGB.
bool ic_read_png_header(ic_bytes file, ic_header *header, char *message);
// JPEG: gray and CMYK become RGB; there is never alpha. Where all pixels are there, the end mark may be missing.
bool ic_read_jpeg_header(ic_bytes file, ic_header *header, char *message);

// What a HEIC file holds beside its pixels; each block is given back with ic_free, and empty where there is none.
typedef struct {
  ic_bytes profile, exif, xmp;
  bool has_other_colors;  // than sRGB's, and no profile for them
  size_t pictures;
} ic_blocks;

// With IC_WEBP, on libwebp, and IC_HEIC, on libheif.
bool ic_read_webp_header(ic_bytes file, ic_header *header, char *message);
bool ic_read_heic_header(ic_bytes file, ic_header *header, char *message);
bool ic_read_heic_blocks(ic_bytes file, ic_blocks *blocks, char *message);

// Decoders fill `pixels`, of the header's size, and `alpha`, which is NULL unless the header has it.
bool ic_decode_png(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message);
bool ic_decode_jpeg(ic_bytes file, uint8_t *pixels, char *message);
bool ic_decode_webp(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message);
bool ic_decode_heic(ic_bytes file, uint8_t *pixels, uint8_t *alpha, char *message);

// Encoders set *file, whose bytes the caller gives back with ic_free.
bool ic_encode_png(const ic_picture *picture, ic_bytes *file, char *message);
// Quality 0 to 100. From 90 on colors are kept at full resolution. Alpha is not looked at.
bool ic_encode_jpeg(const ic_picture *picture, int quality, ic_bytes *file, char *message);

void ic_free(const void *memory);

#ifdef __cplusplus
}
#endif

#endif
