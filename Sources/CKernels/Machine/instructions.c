#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ck_machine.h"
#include "Machine/instructions.h"

static const char *const names[CK_INSTRUCTION_SETS] = {"portable", "avx2", "avx512"};
static ck_instruction_set chosen;

static ck_instruction_set best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                __builtin_cpu_supports("avx512vl");
  if (avx512) return CK_AVX512;
  if (avx2) return CK_AVX2;
#endif
  return CK_PORTABLE;
}

static void choose(void) {
  chosen = best();
  const char *wanted = getenv("CK_ISA");
  if (!wanted || !*wanted) return;
  for (int set = CK_PORTABLE; set <= (int)chosen; set++) {
    if (strcmp(wanted, names[set]) != 0) continue;
    chosen = (ck_instruction_set)set;
    return;
  }
  fprintf(stderr, "CK_ISA is “%s”; this processor has", wanted);
  for (int set = CK_PORTABLE; set <= (int)chosen; set++) {
    fprintf(stderr, "%s %s", set ? "," : "", names[set]);
  }
  fprintf(stderr, ".\n");
  abort();
}

ck_instruction_set ck_instructions(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, choose);
  return chosen;
}

const char *ck_instruction_set_name(void) { return names[ck_instructions()]; }
