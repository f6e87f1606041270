// Choosing among the instruction sets of a processor at run time.
//
// A package that others depend on may not pass flags to the compiler, so each kernel is one inlined body that
// is compiled several times, into functions that differ by their target attribute. The portable version is
// the reference that every machine has; the others override it where the processor has their instructions.
#ifndef CK_INSTRUCTIONS_H
#define CK_INSTRUCTIONS_H

#include <stddef.h>

typedef enum { CK_PORTABLE, CK_AVX2, CK_AVX512, CK_INSTRUCTION_SETS } ck_instruction_set;

// The best set that the processor has, or the one that the environment variable CK_ISA names (portable, avx2,
// avx512). Aborts where that is no such name or the processor lacks it: a test forced to a set must not run
// another.
ck_instruction_set ck_instructions(void);

#define CK_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define CK_TARGET_AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt")))
// Named one by one: as arch=x86-64-v4 the compiler would prefer vectors of half the length.
#define CK_TARGET_AVX512                                                           \
  __attribute__((                                                                  \
      target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2," \
             "lzcnt,popcnt")))
#else
#define CK_TARGET_AVX2
#define CK_TARGET_AVX512
#endif

// Defines `static void name(void *context, size_t task)`, a body for ck_parallel, in all versions of the
// inlined function name_body.
#define CK_TASK(name)                                                                                    \
  static void name##_portable(void *context, size_t task) { name##_body(context, task); }                \
  CK_TARGET_AVX2 static void name##_avx2(void *context, size_t task) { name##_body(context, task); }     \
  CK_TARGET_AVX512 static void name##_avx512(void *context, size_t task) { name##_body(context, task); } \
  static void name(void *context, size_t task) {                                                         \
    static void (*const versions[CK_INSTRUCTION_SETS])(void *, size_t) = {name##_portable, name##_avx2,  \
                                                                          name##_avx512};                \
    versions[ck_instructions()](context, task);                                                          \
  }

#endif
