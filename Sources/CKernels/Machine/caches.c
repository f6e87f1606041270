#include <pthread.h>
#include <unistd.h>

#include "Machine/caches.h"

static size_t second = (size_t)1 << 20;

static void ask(void) {
#if defined(_SC_LEVEL2_CACHE_SIZE)
  long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes >= 1 << 17) second = (size_t)bytes;
#endif
}

size_t ck_second_cache_bytes(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, ask);
  return second;
}
