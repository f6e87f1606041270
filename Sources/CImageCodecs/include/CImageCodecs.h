// PNG and JPEG in memory, on libpng and libjpeg-turbo. Pictures are 8-bit RGB, interleaved, row by row.
//
// Private: only Imaging/ImageCodec.swift imports this module.
//
// Every function returns true, or false with a sentence fragment in `message` and nothing left allocated.
// A file that ends too early is an error, not a picture with a grey lower half.
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
  IC_MAX_LENGTH = 16384,  // the greatest width and height; checked before memory is taken
};

typedef struct {
  size_t width, height;
  uint8_t *pixels;  // width · height · 3 bytes
} ic_picture;

typedef struct {
  uint8_t *bytes;
  size_t count;
} ic_file;

// Decoders set *picture, whose pixels the caller gives back with ic_free.
// PNG: palette, grey, 16-bit and interlaced files become 8-bit RGB; transparency is laid over white.
bool ic_decode_png(const uint8_t *bytes, size_t count, ic_picture *picture, char *message);
// JPEG: grey and CMYK become RGB. The Exif orientation is not applied.
bool ic_decode_jpeg(const uint8_t *bytes, size_t count, ic_picture *picture, char *message);

// Encoders set *file, whose bytes the caller gives back with ic_free.
bool ic_encode_png(const ic_picture *picture, ic_file *file, char *message);
// Quality 0 to 100. From 90 on colours are kept at full resolution.
bool ic_encode_jpeg(const ic_picture *picture, int quality, ic_file *file, char *message);

void ic_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
