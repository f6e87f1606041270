#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ck_machine.h"
#include "Machine/scratch.h"
#include "Machine/sizes.h"

void *ck_allocate(size_t bytes) {
  void *memory = ck_buffer_allocate(bytes);
  if (memory) return memory;
  fprintf(stderr, "A kernel needs %zu bytes of memory, which the system does not have.\n", bytes);
  abort();
}

typedef struct {
  float *floats[CK_SCRATCH_COUNT];
  size_t capacity[CK_SCRATCH_COUNT];
} arena;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local arena thread_arena;

static void free_arena(void *pointer) {
  arena *mine = pointer;
  for (int i = 0; i < CK_SCRATCH_COUNT; i++) {
    ck_buffer_free(mine->floats[i]);
    mine->floats[i] = NULL;
    mine->capacity[i] = 0;
  }
}

static void create_key(void) { pthread_key_create(&key, free_arena); }

float *ck_scratch(ck_scratch_purpose purpose, size_t floats) {
  arena *mine = &thread_arena;
  if (mine->capacity[purpose] >= floats) return mine->floats[purpose];
  pthread_once(&once, create_key);
  pthread_setspecific(key, mine);
  ck_buffer_free(mine->floats[purpose]);
  // Whole 64 KiB, so that slowly rising demands do not reallocate each time.
  size_t capacity = ck_round_up(floats, 16384);
  mine->floats[purpose] = ck_allocate(capacity * sizeof(float));
  mine->capacity[purpose] = capacity;
  return mine->floats[purpose];
}
