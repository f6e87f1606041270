// Messages between the processes of a training, by MPI. Without LATENT_MPI there is nothing here.
#ifndef C_MESSAGE_PASSING_H
#define C_MESSAGE_PASSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Joins the processes that mpirun started. False where MPI cannot be used by several threads.
bool mp_start(int32_t *rank, int32_t *count);
// Waits for the others and leaves.
void mp_finish(void);
// Ends all processes.
void mp_abort(int32_t status);

// values[count] ← Σ over the ranks, added in pairs of neighbors, the pairs' sums in pairs, and so on. The number of
// ranks is a power of two. The second is for long sums, and waits without keeping a processor busy; it may run beside
// the others on a thread of its own.
void mp_sum_doubles(double *values, size_t count);
void mp_sum_floats(float *values, size_t count);
// all[ranks × count] ← the bytes of each rank.
void mp_gather(const void *bytes, size_t count, void *all);

#endif
