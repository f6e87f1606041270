#include "common.h"

#include <stdio.h>
#include <stdlib.h>

bool ic_reserve(ic_growing *file, size_t extra) {
  if (extra <= file->capacity - file->count) return true;
  size_t capacity = file->capacity < 65536 ? 65536 : file->capacity;
  while (capacity - file->count < extra) {
    if (capacity > SIZE_MAX / 2) return false;
    capacity *= 2;
  }
  uint8_t *bytes = realloc(file->bytes, capacity);
  if (bytes == NULL) return false;
  file->bytes = bytes;
  file->capacity = capacity;
  return true;
}

void ic_separate(const uint8_t *both, size_t count, uint8_t *pixels, uint8_t *alpha) {
  for (size_t index = 0; index < count; index++) {
    for (size_t channel = 0; channel < 3; channel++) pixels[3 * index + channel] = both[4 * index + channel];
    if (alpha != NULL) alpha[index] = both[4 * index + 3];
  }
}

void ic_say(char *message, const char *fragment) { snprintf(message, IC_MESSAGE_SIZE, "%s", fragment); }

void ic_free(const void *memory) { free((void *)memory); }
