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

void ic_say(char *message, const char *fragment);

#endif
