// Tensor storage that is kept when freed.
//
// A training step asks for the same sizes again and again. Returning hundreds of megabytes to the system and
// faulting them in afresh costs more than the arithmetic, so freed blocks wait for the next demand of their size.
// Goals in order: (1) a loop that repeats its demands faults no page after its first rounds; (2) what is kept never
// takes the process far above the most that it has had in use. Freeing everything once too much was kept met only
// the second: each new size of a step cost the blocks of all the others.

#ifdef __linux__
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ck_machine.h"
#include "Machine/sizes.h"

#endif

// Sizes are rounded up to `steps` classes between one power of two and the next.
enum { alignment = 64, small_bytes = 64 << 10, steps = 8, class_count = 64 * steps, huge_page = 2 << 20 };
static const size_t always_kept_bytes = (size_t)256 << 20;

// Precedes each block, and takes a whole alignment unit so that the block itself is aligned.
typedef struct header {
  size_t bytes;  // of the block, after rounding
  struct header *next;
  size_t freed;  // counts up
} header;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static header *kept[class_count];  // each the last one freed first
static size_t kept_bytes, live_bytes, most_live_bytes, frees;

static size_t step_of(size_t bytes) {
  size_t step = 1;
  while (step * 2 * steps <= bytes) step *= 2;
  return step;
}

static header **kept_of(size_t bytes) {
  size_t step = step_of(bytes), power = 0;
  while (step >> power > 1) power++;
  return &kept[power * steps + bytes / step - steps];
}

static header *take(header **link) {
  header *block = *link;
  *link = block->next;
  kept_bytes -= block->bytes;
  return block;
}

// The link to the kept block that was freed first, or NULL.
static header **oldest(void) {
  header **found = NULL;
  for (size_t i = 0; i < class_count; i++) {
    if (!kept[i]) continue;
    header **last = &kept[i];
    while ((*last)->next) last = &(*last)->next;
    if (!found || (*last)->freed < (*found)->freed) found = last;
  }
  return found;
}

#ifdef MADV_HUGEPAGE
// Blocks of many pages are mapped: the heap of the C library keeps the gaps that freed ones leave, half a gigabyte
// among three large networks. They ask for huge pages: fewer faults, and fewer misses when a tile of each of 36
// matrices is read. What does not fill one at the end goes without: of 4.5 MiB that was a third more.
static bool is_mapped(size_t bytes) { return bytes >= 2 * huge_page; }

static size_t mapped_bytes(size_t bytes) { return ck_round_up(alignment + bytes, huge_page); }

static header *mapped(size_t bytes) {
  size_t total = mapped_bytes(bytes);
  char *start = mmap(NULL, total + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  size_t before = ck_round_up((uintptr_t)start, huge_page) - (uintptr_t)start;
  if (before > 0) munmap(start, before);
  if (before < huge_page) munmap(start + before + total, huge_page - before);
  size_t filled = (alignment + bytes) / huge_page * huge_page;
  (void)madvise(start + before, filled, MADV_HUGEPAGE);  // a refusal costs speed only
  return (header *)(start + before);
}

static void unmap(header *block) { munmap(block, mapped_bytes(block->bytes)); }
#else
static bool is_mapped(size_t bytes) { return false; }
static header *mapped(size_t bytes) { return NULL; }
static void unmap(header *block) {}
#endif

static header *from_system(size_t bytes) {
  return is_mapped(bytes) ? mapped(bytes) : aligned_alloc(alignment, ck_round_up(alignment + bytes, alignment));
}

static void to_system(header *block) {
  if (is_mapped(block->bytes)) {
    unmap(block);
  } else {
    free(block);
  }
}

static void release_until(size_t bytes) {
  while (kept_bytes > bytes) to_system(take(oldest()));
}

void *ck_buffer_allocate(size_t bytes) {
  header *block;
  if (bytes < small_bytes) {
    bytes = ck_round_up(bytes, alignment);
    block = from_system(bytes);
  } else {
    bytes = ck_round_up(bytes, step_of(bytes));
    pthread_mutex_lock(&mutex);
    header **link = kept_of(bytes);
    if (*link) {
      block = take(link);
    } else {
      size_t most = most_live_bytes + ck_minimum(most_live_bytes / 4, always_kept_bytes);
      most = ck_maximum(always_kept_bytes, most);
      release_until(most - ck_minimum(most, live_bytes + bytes));
      block = from_system(bytes);
      if (!block) {
        release_until(0);
        block = from_system(bytes);
      }
    }
    if (block) live_bytes += bytes;
    most_live_bytes = ck_maximum(most_live_bytes, live_bytes);
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
  header **link = kept_of(block->bytes);
  block->next = *link;
  block->freed = frees++;
  *link = block;
  kept_bytes += block->bytes;
  live_bytes -= block->bytes;
  pthread_mutex_unlock(&mutex);
}

void ck_buffer_trim(void) {
  pthread_mutex_lock(&mutex);
  release_until(0);
  most_live_bytes = live_bytes;
  pthread_mutex_unlock(&mutex);
}
