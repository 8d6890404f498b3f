/*
 * Threads of one process: a subset of POSIX (docs/rtos/programs.md says what differs).
 * Priorities are the kernel's, 0 to 255; every mutex lends them. Deadlines are CLOCK_MONOTONIC's.
 */
#ifndef PTHREAD_H
#define PTHREAD_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct thread;

/* The threads that wait for something, the most urgent first. */
struct sync_waiters {
	struct thread *first;
};

/* ---- threads ---- */

typedef struct thread *pthread_t;

typedef struct pthread_attributes {
	size_t stack;
	int detached;
	int priority; /* negative: the creating thread's */
	int cpu;      /* negative: the creating thread's */
} pthread_attr_t;

enum {
	PTHREAD_CREATE_JOINABLE = 0,
	PTHREAD_CREATE_DETACHED = 1,
};

#define PTHREAD_STACK_MIN 4096

int pthread_attr_init(pthread_attr_t *attributes);
int pthread_attr_destroy(pthread_attr_t *attributes);
int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size);
int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size);
int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state);
int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state);
int pthread_attr_setschedparam(pthread_attr_t *attributes, const struct sched_param *parameters);
int pthread_attr_getschedparam(const pthread_attr_t *attributes, struct sched_param *parameters);
/* Not of POSIX: the CPU that the thread runs on. */
int pthread_attr_setcpu_np(pthread_attr_t *attributes, int cpu);

int pthread_create(pthread_t *made, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument);
int pthread_join(pthread_t thread, void **value);
int pthread_detach(pthread_t thread);
_Noreturn void pthread_exit(void *value);
pthread_t pthread_self(void);
int pthread_equal(pthread_t left, pthread_t right);
int pthread_setschedprio(pthread_t thread, int priority);

/* ---- once, and values of each thread ---- */

typedef struct {
	int state;
	struct sync_waiters waiters;
} pthread_once_t;

#define PTHREAD_ONCE_INIT                                                                          \
	{                                                                                          \
		0,                                                                                 \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}

int pthread_once(pthread_once_t *once, void (*routine)(void));

#define PTHREAD_KEYS_MAX              32
#define PTHREAD_DESTRUCTOR_ITERATIONS 4

typedef unsigned pthread_key_t;

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
void *pthread_getspecific(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);

/* ---- mutexes ---- */

typedef struct {
	int type;
} pthread_mutexattr_t;

enum {
	PTHREAD_MUTEX_NORMAL = 0,
	PTHREAD_MUTEX_ERRORCHECK = 1,
	PTHREAD_MUTEX_RECURSIVE = 2,
	PTHREAD_MUTEX_DEFAULT = PTHREAD_MUTEX_NORMAL,
	PTHREAD_PRIO_NONE = 0,
	PTHREAD_PRIO_INHERIT = 1,
	PTHREAD_PRIO_PROTECT = 2,
};

typedef struct {
	uint32_t handle; /* the kernel's lock; 0: not made yet */
	int type;
	unsigned depth; /* how often the owner took the mutex beyond the first time */
} pthread_mutex_t;

#define PTHREAD_MUTEX_INITIALIZER                                                                  \
	{                                                                                          \
		0, PTHREAD_MUTEX_DEFAULT, 0                                                        \
	}

int pthread_mutexattr_init(pthread_mutexattr_t *attributes);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes);
int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *type);
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol);
int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attributes, int *protocol);

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int pthread_mutex_destroy(pthread_mutex_t *mutex);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_trylock(pthread_mutex_t *mutex);
int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline);
int pthread_mutex_unlock(pthread_mutex_t *mutex);

/* ---- condition variables ---- */

typedef struct {
	clockid_t clock;
} pthread_condattr_t;

typedef struct {
	struct sync_waiters waiters;
} pthread_cond_t;

#define PTHREAD_COND_INITIALIZER                                                                   \
	{                                                                                          \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}

int pthread_condattr_init(pthread_condattr_t *attributes);
int pthread_condattr_destroy(pthread_condattr_t *attributes);
int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int pthread_cond_destroy(pthread_cond_t *condition);
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *deadline);
int pthread_cond_signal(pthread_cond_t *condition);
int pthread_cond_broadcast(pthread_cond_t *condition);

/* ---- read-write locks: writers first; they lend no priority ---- */

typedef struct {
	unsigned readers; /* how many readers have the lock */
	int written;      /* a writer has the lock */
	struct sync_waiters reading, writing;
} pthread_rwlock_t;

typedef int pthread_rwlockattr_t;

#define PTHREAD_RWLOCK_INITIALIZER                                                                 \
	{                                                                                          \
		0, 0, {NULL},                                                                      \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes);
int pthread_rwlock_destroy(pthread_rwlock_t *lock);
int pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock);
int pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int pthread_rwlock_trywrlock(pthread_rwlock_t *lock);
int pthread_rwlock_unlock(pthread_rwlock_t *lock);

#endif
