#include "harness.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int threads;

static uint64_t state, digest;
static size_t compared, failures;
static const char *running;

enum { MOST_BLOCKS = 1 << 16 };
static void *blocks[MOST_BLOCKS];
static size_t block_count;

void *memory(size_t bytes) {
  void *block = malloc(bytes + 1);
  if (!block || block_count == MOST_BLOCKS) abort();
  return blocks[block_count++] = block;
}

// SplitMix64.
static double uniform(void) {
  uint64_t bits = state += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return ((double)((bits ^ (bits >> 31)) >> 11) + 0.5) * 0x1p-53;
}

float *random_floats(size_t count) {
  float *x = memory(count * sizeof *x);
  for (size_t i = 0; i < count; i++) {
    double radius = sqrt(-2 * log(uniform()));
    x[i] = (float)(radius * cos(2 * M_PI * uniform()));
  }
  return x;
}

float *blank(size_t count) {
  float *x = memory(count * sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = NAN;
  return x;
}

double *wide(const float *x, size_t count) {
  double *y = memory(count * sizeof *y);
  for (size_t i = 0; i < count; i++) y[i] = x[i];
  return y;
}

double *wide_blank(size_t count) {
  double *x = memory(count * sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = NAN;
  return x;
}

double largest(const double *x, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++) most = fmax(most, fabs(x[i]));
  return most;
}

double tolerance_of(size_t terms) { return 8 * FLT_EPSILON * (1 + sqrt((double)terms)); }

void expect(const char *what, int holds) {
  compared++;
  if (holds) return;
  if (failures++ < 40) printf("FAILED %s, %d threads: %s\n", running, threads, what);
}

void compare(const char *output, const float *got, const double *expected, size_t count, double scale,
             double tolerance) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, got + i, sizeof bits);
    digest = (digest ^ bits) * 0x100000001B3;
    double error = fabs(got[i] - expected[i]) / scale;
    worst = error <= worst ? worst : isnan(error) ? INFINITY : error;
  }
  compared += count;
  if (count > 0 && worst <= tolerance) return;
  if (failures++ < 40) {
    printf("FAILED %s, %d threads: %s of %zu is off by %g, allowed %g\n", running, threads, output, count, worst,
           tolerance);
  }
}

static uint64_t run(const check *check, int with) {
  running = check->name, threads = with, state = 1, digest = 0xCBF29CE484222325;
  check->run();
  while (block_count > 0) free(blocks[--block_count]);
  return digest;
}

// With an argument, only the checks whose name contains it.
int main(int count, char **arguments) {
  const struct check_list {
    const check *first;
  } lists[] = {{matrix_checks},        {convolution_checks}, {activation_checks},  {elementwise_checks},
               {normalization_checks}, {loss_checks},        {transformer_checks}, {image_checks}};
  size_t checks = 0;
  for (size_t list = 0; list < COUNT(lists); list++) {
    for (const check *c = lists[list].first; c->name; c++) {
      if (count > 1 && !strstr(c->name, arguments[1])) continue;
      size_t before = failures, elements = compared;
      uint64_t one = run(c, 1), two = run(c, 2);
      expect("the bits depend on the number of threads", one == two);
      printf("%-28s %s, %zu elements\n", c->name, failures == before ? "passed" : "failed", compared - elements);
      fflush(stdout);
      checks++;
    }
  }
  printf("%zu checks, instructions %s: %zu failures\n", checks, ck_instruction_set_name(), failures);
  return checks == 0 || failures > 0;
}
