// For nanosleep.
#define _POSIX_C_SOURCE 200809L

#include "CMessagePassing.h"

#ifdef LATENT_MPI

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Long sums have a communicator of their own, so that their messages meet no others.
static MPI_Comm long_sums;
static int rank, count;

bool mp_start(int32_t *own_rank, int32_t *rank_count) {
  int threads;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &threads) != MPI_SUCCESS) return false;
  if (threads < MPI_THREAD_MULTIPLE) return false;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  MPI_Comm_dup(MPI_COMM_WORLD, &long_sums);
  *own_rank = rank;
  *rank_count = count;
  return true;
}

void mp_finish(void) { MPI_Finalize(); }

void mp_abort(int32_t status) { MPI_Abort(MPI_COMM_WORLD, status); }

void mp_gather(const void *bytes, size_t size, void *all) {
  MPI_Allgather(bytes, (int)size, MPI_BYTE, all, (int)size, MPI_BYTE, MPI_COMM_WORLD);
}

// Short sums: each of log₂ N rounds exchanges all numbers with a rank twice as far as the round before. Both
// partners add the same two numbers, and a + b is b + a.
void mp_sum_doubles(double *values, size_t size) {
  double *others = malloc(size * sizeof *others);
  if (!others) MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  for (int distance = 1; distance < count; distance *= 2) {
    MPI_Sendrecv(values, (int)size, MPI_DOUBLE, rank ^ distance, 0, others, (int)size, MPI_DOUBLE, rank ^ distance, 0,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (size_t i = 0; i < size; i++) values[i] += others[i];
  }
  free(others);
}

// Long waits leave the processor to the backward pass.
static void exchange(const float *sent, size_t sent_size, float *received, size_t received_size, int partner) {
  MPI_Request requests[2];
  MPI_Irecv(received, (int)received_size, MPI_FLOAT, partner, 0, long_sums, &requests[0]);
  MPI_Isend(sent, (int)sent_size, MPI_FLOAT, partner, 0, long_sums, &requests[1]);
  const struct timespec pause = {0, 50000};
  for (int done = 0; !done;) {
    MPI_Testall(2, requests, &done, MPI_STATUSES_IGNORE);
    if (!done) nanosleep(&pause, NULL);
  }
}

// Long sums in the same tree (Rabenseifner 2004): in each round partners share the numbers that both still have, and
// each adds one half; then the halves go back the same way. A rank sends twice all numbers and not log₂ N times.
void mp_sum_floats(float *values, size_t size) {
  float *others = malloc((size / 2 + 1) * sizeof *others);
  if (!others) MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  size_t begins[32], ends[32], begin = 0, end = size;
  int rounds = 0;
  for (int distance = 1; distance < count; distance *= 2, rounds++) {
    begins[rounds] = begin;
    ends[rounds] = end;
    size_t middle = begin + (end - begin) / 2;
    bool upper = rank & distance;
    if (upper) {
      exchange(values + begin, middle - begin, others, end - middle, rank ^ distance);
      begin = middle;
    } else {
      exchange(values + middle, end - middle, others, middle - begin, rank ^ distance);
      end = middle;
    }
    for (size_t i = begin; i < end; i++) values[i] += others[i - begin];
  }
  for (int distance = count / 2; distance > 0; distance /= 2) {
    rounds--;
    if (rank & distance)
      exchange(values + begin, end - begin, values + begins[rounds], begin - begins[rounds], rank ^ distance);
    else exchange(values + begin, end - begin, values + end, ends[rounds] - end, rank ^ distance);
    begin = begins[rounds];
    end = ends[rounds];
  }
  free(others);
}

#endif
