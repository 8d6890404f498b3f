/* A thread of this program (pthread.h). Each struct lies above its thread's stack, except that of
 * the first thread. */
#ifndef LIBC_THREAD_H
#define LIBC_THREAD_H

#include <kumiki/rtos/call.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* How many bytes of addresses all stacks have together. */
#define THREAD_STACKS 0x1f000000ULL

struct thread {
	/* Only the thread itself uses these fields, from its start on. */
	void *(*start)(void *);
	void *argument;
	const void *specific[PTHREAD_KEYS_MAX];
	rtos_handle_t wake; /* a notification; only this thread waits for it */
	/* sync_enter() guards these fields. */
	struct sync_waiters *waits; /* NULL: the thread is in no list */
	struct thread *next;        /* in that list */
	rtos_handle_t handle;       /* 0: the first thread, or a thread that has ended */
	uint8_t priority, cpu;
	bool ended, detached;
	void *value;
	struct sync_waiters joiners;
	/* The lock for the making and freeing of threads guards these fields. */
	struct thread *above; /* the next one by its stack's address */
	rtos_handle_t region; /* the region of the stack */
	uint64_t stack, size; /* address and bytes */
};

#endif
