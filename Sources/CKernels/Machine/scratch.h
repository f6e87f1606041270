// Memory that a kernel needs for the length of a call.
#ifndef CK_SCRATCH_H
#define CK_SCRATCH_H

#include <stddef.h>

// A thread has one block of scratch for each purpose: what one task of ck_parallel needs, and what a call
// shares among its tasks.
typedef enum { CK_SCRATCH_TASK, CK_SCRATCH_CALL, CK_SCRATCH_COUNT } ck_scratch_purpose;

// Returns memory for the length of a call, 64-byte aligned and uninitialized, to be freed by ck_buffer_free. Where
// the system has none the process ends with a sentence: a kernel has no way to fail.
void *ck_allocate(size_t bytes);

// Returns at least `floats` floats, aligned and uninitialized likewise, that stay the calling thread's until it asks
// again for the same purpose. They grow, and are freed when the thread ends. Without memory it does as ck_allocate.
float *ck_scratch(ck_scratch_purpose purpose, size_t floats);

#endif
