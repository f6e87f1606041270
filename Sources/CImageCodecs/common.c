#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool ic_copy(const uint8_t *bytes, size_t count, ic_bytes *copy) {
  uint8_t *memory = malloc(count);
  if (memory == NULL) return false;
  memcpy(memory, bytes, count);
  *copy = (ic_bytes){memory, count};
  return true;
}

void ic_free_metadata(ic_metadata *metadata) {
  ic_free(metadata->color_profile.bytes);
  ic_free(metadata->exif.bytes);
}

void ic_say(char *message, const char *fragment) { snprintf(message, IC_MESSAGE_SIZE, "%s", fragment); }

void ic_free(const void *memory) { free((void *)memory); }
