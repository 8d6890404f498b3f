/* Keys and pthread_once() (pthread.h). */
#include "specific.h"
#include "sync.h"
#include <errno.h>

/* Guarded by sync_enter(). */
static struct {
	bool used;
	void (*destructor)(void *);
} specific_keys[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	pthread_key_t number = 0;

	sync_enter();
	while (number < PTHREAD_KEYS_MAX && specific_keys[number].used)
		number++;
	if (number < PTHREAD_KEYS_MAX) {
		specific_keys[number].used = true;
		specific_keys[number].destructor = destructor;
	}
	sync_leave();
	*key = number;
	return number < PTHREAD_KEYS_MAX ? 0 : EAGAIN;
}

/* POSIX has the program free the threads' values of the key before this call. */
int pthread_key_delete(pthread_key_t key)
{
	int error = EINVAL;

	sync_enter();
	if (key < PTHREAD_KEYS_MAX && specific_keys[key].used) {
		specific_keys[key].used = false;
		specific_keys[key].destructor = NULL;
		error = 0;
	}
	sync_leave();
	return error;
}

void *pthread_getspecific(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX ? (void *)(uintptr_t)pthread_self()->specific[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	if (key >= PTHREAD_KEYS_MAX || !specific_keys[key].used)
		return EINVAL;
	pthread_self()->specific[key] = value;
	return 0;
}

static bool specific_end_round(struct thread *self)
{
	bool any = false;

	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
		void *value = (void *)(uintptr_t)self->specific[key];

		self->specific[key] = NULL;
		if (value == NULL || specific_keys[key].destructor == NULL)
			continue;
		specific_keys[key].destructor(value);
		any = true;
	}
	return any;
}

/* A destructor may set new values, so this function takes several rounds. */
void specific_end(struct thread *self)
{
	for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && specific_end_round(self); i++)
		;
}

/* ---- once ---- */

enum once_state { ONCE_NOT_YET = 0, ONCE_RUNS, ONCE_DONE };

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
	sync_enter();
	if (once->state == ONCE_RUNS) {
		(void)sync_wait(&once->waiters, 0);
		return 0;
	}
	if (once->state == ONCE_DONE) {
		sync_leave();
		return 0;
	}
	once->state = ONCE_RUNS;
	sync_leave();
	routine();
	sync_enter();
	once->state = ONCE_DONE;
	while (sync_wake(&once->waiters))
		;
	sync_leave();
	return 0;
}
