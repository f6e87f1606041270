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

void ic_say(char *message, const char *fragment) {
  snprintf(message, IC_MESSAGE_SIZE, "%s", fragment);
}

bool ic_allocate_picture(ic_picture *picture, size_t width, size_t height, char *message) {
  if (width == 0 || height == 0 || width > IC_MAX_LENGTH || height > IC_MAX_LENGTH) {
    snprintf(message, IC_MESSAGE_SIZE, "it is %zu×%zu pixels, and each side must be from 1 to %d", width,
             height, IC_MAX_LENGTH);
    return false;
  }
  picture->pixels = malloc(width * height * 3);
  if (picture->pixels == NULL) {
    snprintf(message, IC_MESSAGE_SIZE, "there is no memory for %zu×%zu pixels", width, height);
    return false;
  }
  picture->width = width;
  picture->height = height;
  return true;
}

void ic_free(void *memory) { free(memory); }
