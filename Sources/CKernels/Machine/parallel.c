// A pool of threads that helps callers with their loops.
//
// Goals, in order: (1) no deadlock under nesting or concurrent callers; (2) a result that does not depend on
// who runs which task; (3) little cost per call.
// The caller always works on its own loop, and waits only for tasks already claimed by a helper, which never
// wait for the caller; so progress needs no free worker. Rejected: OpenMP (a run-time dependency, and nested
// regions spawn threads) and one thread created per call (tens of microseconds each).

// The C standard's headers leave out pthread_sigmask.
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ck_machine.h"

// Lives on its caller's stack, for as long as a helper is inside.
typedef struct loop {
  void (*body)(void *context, size_t task);
  void *context;
  size_t tasks;
  atomic_size_t next_task;
  // The rest is guarded by the pool's mutex.
  int helpers_wanted;
  int helpers_inside;
  bool listed;
  pthread_cond_t no_helper_inside;
  struct loop *previous, *next;
} loop;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t loop_listed = PTHREAD_COND_INITIALIZER;
static loop *first_loop;
static int worker_count;

static void list(loop *l) {
  l->previous = NULL;
  l->next = first_loop;
  if (first_loop) first_loop->previous = l;
  first_loop = l;
  l->listed = true;
}

static void unlist(loop *l) {
  if (!l->listed) return;
  if (l->previous) l->previous->next = l->next;
  else first_loop = l->next;
  if (l->next) l->next->previous = l->previous;
  l->listed = false;
}

static void work(loop *l) {
  size_t task;
  while ((task = atomic_fetch_add_explicit(&l->next_task, 1, memory_order_relaxed)) < l->tasks) {
    l->body(l->context, task);
  }
}

static void *help(void *unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  for (;;) {
    loop *l = first_loop;
    if (!l) {
      pthread_cond_wait(&loop_listed, &mutex);
      continue;
    }
    l->helpers_inside++;
    if (--l->helpers_wanted == 0) unlist(l);
    pthread_mutex_unlock(&mutex);
    work(l);
    pthread_mutex_lock(&mutex);
    unlist(l);
    if (--l->helpers_inside == 0) pthread_cond_signal(&l->no_helper_inside);
  }
  return NULL;
}

// Called with the mutex held. A system that refuses a thread leaves the pool smaller, which costs only time.
static void grow(int workers) {
  if (worker_count >= workers) return;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // Workers inherit the mask: signals stay with the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  while (worker_count < workers && pthread_create(&thread, &attributes, help, NULL) == 0) worker_count++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

void ck_parallel(size_t tasks, int threads, void (*body)(void *context, size_t task), void *context) {
  if (threads <= 1 || tasks <= 1) {
    for (size_t task = 0; task < tasks; task++) body(context, task);
    return;
  }
  int helpers = tasks < (size_t)threads ? (int)tasks - 1 : threads - 1;
  loop l = {.body = body, .context = context, .tasks = tasks, .helpers_wanted = helpers};
  pthread_cond_init(&l.no_helper_inside, NULL);

  pthread_mutex_lock(&mutex);
  grow(helpers);
  list(&l);
  if (helpers == 1) pthread_cond_signal(&loop_listed);
  else pthread_cond_broadcast(&loop_listed);
  pthread_mutex_unlock(&mutex);

  work(&l);

  pthread_mutex_lock(&mutex);
  unlist(&l);
  while (l.helpers_inside > 0) pthread_cond_wait(&l.no_helper_inside, &mutex);
  pthread_mutex_unlock(&mutex);
  pthread_cond_destroy(&l.no_helper_inside);
}
