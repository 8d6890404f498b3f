/* Semaphores within one process (docs/rtos/programs.md). */
#ifndef SEMAPHORE_H
#define SEMAPHORE_H

#include <pthread.h>

#define SEM_VALUE_MAX 0x7fffffff

typedef struct {
	unsigned value;
	struct sync_waiters waiters;
} sem_t;

/* `shared` has to be 0. */
int sem_init(sem_t *semaphore, int shared, unsigned value);
int sem_destroy(sem_t *semaphore);
int sem_wait(sem_t *semaphore);
int sem_trywait(sem_t *semaphore);
int sem_timedwait(sem_t *semaphore, const struct timespec *deadline);
int sem_post(sem_t *semaphore);
int sem_getvalue(sem_t *semaphore, int *value);

#endif
