/* A thread of the program's own (pthread.h). Each lies above its stack, but for the first one. */
#ifndef LIBC_THREAD_H
#define LIBC_THREAD_H

#include <kumiki/rtos/call.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The bytes of addresses for all stacks. */
#define THREAD_STACKS 0x1f000000ULL

struct thread {
	/* Used by the thread alone, from its start on. */
	void *(*start)(void *);
	void *argument;
	const void *specific[PTHREAD_KEYS_MAX];
	rtos_handle_t wake; /* the notification that this thread alone waits for */
	/* Guarded by sync_enter(). */
	struct sync_waiters *waits; /* NULL: the thread is in no list */
	struct thread *next;        /* in that list */
	rtos_handle_t handle;       /* 0: the first thread, or one that has ended */
	uint8_t priority, cpu;
	bool ended, detached;
	void *value;
	struct sync_waiters joiners;
	/* Guarded by the lock for making and freeing threads. */
	struct thread *above; /* the next one by its stack's address */
	rtos_handle_t region; /* the stack's */
	uint64_t stack, size; /* address and bytes */
};

#endif
