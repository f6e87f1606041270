#ifndef IC_COMMON_H
#define IC_COMMON_H

#include "CImageCodecs.h"

// A file being written, which grows by doubling.
typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} ic_growing;

// Makes room for `extra` bytes after `count`; false without memory.
bool ic_reserve(ic_growing *file, size_t extra);

// Colors and alpha, in one array of four values a pixel, apart; without the latter where `alpha` is NULL.
void ic_separate(const uint8_t *both, size_t count, uint8_t *pixels, uint8_t *alpha);

void ic_say(char *message, const char *fragment);

#endif
