#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Matrices/choice.h"

static ck_forced_choice forced = CK_BY_SPEED;

static void read_environment(void) {
  const char *wanted = getenv("CK_ALGORITHM");
  if (!wanted || !*wanted) return;
  if (strcmp(wanted, "patches") == 0) {
    forced = CK_FORCE_PATCHES;
  } else if (strcmp(wanted, "blas") == 0) {
    forced = CK_FORCE_BLAS;
  } else {
    fprintf(stderr, "CK_ALGORITHM is “%s”; it can only be patches or blas.\n", wanted);
    abort();
  }
}

ck_forced_choice ck_forced(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_environment);
  return forced;
}
