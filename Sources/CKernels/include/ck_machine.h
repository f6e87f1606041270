// What the kernels run on: instructions, threads, memory. The conventions are those of CKernels.h.
#ifndef CK_MACHINE_FAMILY_H
#define CK_MACHINE_FAMILY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// The instruction set that the kernels use: portable, avx2 or avx512. The environment variable CK_ISA forces one;
// the process aborts when the processor lacks it.
const char *ck_instruction_set_name(void);

// Calls body(context, task) once for each task in 0 ..< tasks on at most `threads` threads, the caller being one.
// Re-entrant: concurrent callers share one pool, and a body may call it again.
void ck_parallel(size_t tasks, int threads, void (*body)(void *context, size_t task), void *context);

// Storage for tensors, 64-byte aligned, uninitialized. Freed blocks are kept and reused, so that a training step
// does not fault in hundreds of megabytes of fresh pages. Returns NULL when the system has no memory.
void *ck_buffer_allocate(size_t bytes);
void ck_buffer_free(void *buffer);
// Gives kept blocks back to the system.
void ck_buffer_trim(void);

#ifdef __cplusplus
}
#endif

#endif
