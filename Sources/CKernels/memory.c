// Tensor storage that is kept when freed.
//
// A training step asks for the same sizes again and again. Returning hundreds of megabytes to the system and
// faulting them in afresh costs more than many a kernel, so freed blocks wait on lists of their exact size.

#include <pthread.h>
#include <stdlib.h>

#include "CKernels.h"
#include "private.h"

enum { alignment = 64, small_bytes = 64 << 10, granule = 4 << 10, list_count = 256 };
static const size_t always_kept_bytes = (size_t)256 << 20;

// Precedes each block, and takes a whole alignment unit so that the block itself is aligned.
typedef struct header {
  size_t bytes;  // of the block, after rounding
  struct header *next;
} header;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static header *kept[list_count];
static size_t kept_bytes, live_bytes;

static header **list_for(size_t bytes) { return &kept[bytes / granule % list_count]; }

static header *take_kept(size_t bytes) {
  for (header **link = list_for(bytes); *link; link = &(*link)->next) {
    header *block = *link;
    if (block->bytes != bytes) continue;
    *link = block->next;
    kept_bytes -= bytes;
    return block;
  }
  return NULL;
}

static void release_kept(void) {
  for (size_t i = 0; i < list_count; i++) {
    while (kept[i]) {
      header *block = kept[i];
      kept[i] = block->next;
      free(block);
    }
  }
  kept_bytes = 0;
}

void *ck_buffer_allocate(size_t bytes) {
  bool small = bytes < small_bytes;
  bytes = small ? ck_round_up(bytes, alignment) : ck_round_up(bytes, granule);
  header *block;
  if (small) {
    block = aligned_alloc(alignment, alignment + bytes);
  } else {
    pthread_mutex_lock(&mutex);
    block = take_kept(bytes);
    if (!block) {
      // The sizes have changed, so what is kept may never be asked for again.
      if (kept_bytes > ck_maximum(always_kept_bytes, live_bytes)) release_kept();
      block = aligned_alloc(alignment, alignment + bytes);
      if (!block) {
        release_kept();
        block = aligned_alloc(alignment, alignment + bytes);
      }
    }
    if (block) live_bytes += bytes;
    pthread_mutex_unlock(&mutex);
  }
  if (!block) return NULL;
  block->bytes = bytes;
  return (char *)block + alignment;
}

void ck_buffer_free(void *buffer) {
  if (!buffer) return;
  header *block = (header *)((char *)buffer - alignment);
  if (block->bytes < small_bytes) {
    free(block);
    return;
  }
  pthread_mutex_lock(&mutex);
  header **list = list_for(block->bytes);
  block->next = *list;
  *list = block;
  kept_bytes += block->bytes;
  live_bytes -= block->bytes;
  pthread_mutex_unlock(&mutex);
}

void ck_buffer_trim(void) {
  pthread_mutex_lock(&mutex);
  release_kept();
  pthread_mutex_unlock(&mutex);
}
